#!/bin/sh
# who has nothing to do sleeps: the daemon, a supervisor, a PAM process; and no dead
# child of theirs lies about
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
mkuser bob
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
login b bob
logout b
ok "bob has gone" waitfor 5 gone bob
touch /var/lib/turnstiled/linger/alice
ok "ready" waitfor 5 is_state alice ready
sleep 1
# woken: how often each of them was
woken() {
	for p in $pids; do
		awk -v p="$p" '/ctxt_switches/ { n += $2 } END { print p, n }' "/proc/$p/status"
	done
}
pids=$(ours)
is "there are three" "$(echo "$pids" | wc -w)" 3
woken >/tmp/before
sleep 2
woken >/tmp/after
# what runs beside it may take the processor from one of them
paste -d ' ' /tmp/before /tmp/after | awk '$4 - $2 > 5' >/tmp/restless
is "nobody was woken" "$(cat /tmp/restless)" ''
is "no zombies" "$(for p in $pids; do pgrep -P "$p"; done | while read -r p; do
    ! ended "$p" || cat "/proc/$p/comm"; done)" ''
finish
