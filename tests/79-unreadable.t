#!/bin/sh
# what cannot be read for a shortage is not taken for absent: a daemon that starts ends,
# and the next one knows all; one that runs tries again
config='stopdelay=0 logintimeout=20'
. "${0%/*}/lib.sh"
needs strace
leaks=0
useradd -m -s /bin/sh bob
for u in alice bob; do
	service $u foo
	core $u 'core_services="foo"'
done
uid=$(id -u bob)
daemon
login a alice

# failing CALL:ERROR[:WHEN] [PATH]: the daemon's, on that path
failing() {
	traced -o /dev/null -p "$daemon" -e trace="${1%%:*}" -e inject="${1%%:*}:error=${1#*:}" \
	    ${2:+-P "$2"}
}
untraced() {
	kill $strace 2>/dev/null
	wait $strace 2>/dev/null
}

for call in getdents64:EIO openat:ENOMEM:$(id -u alice) openat:EMFILE:1; do
	path=$(echo "$call" | cut -s -d: -f3) # relative, as the daemon says it
	failing "${call%:"$path"}" "$path"
	kill -HUP "$daemon"
	ok "$call at a start: it ends" waitfor 8 ended "$daemon"
	untraced
	wait "$daemon"
	daemon
	is "$call at a start: the session is there" "$(nsessions)" 1
	ok "$call at a start: ready" is_state alice ready
	is "$call at a start: the same services" "$(starts alice foo)" 1
	is "$call at a start: one service manager" "$(managers alice | wc -w)" 1
done
ok "it says why" logged '^turnstiled: cannot read '

failing openat:EMFILE "$uid"
process b 'start test bob' 'item tty pts/7'
tell b open >/tmp/told.b &
opened=$!
ok "a report: services start" waitfor 5 started bob foo
sleep 0.5
untraced
t=$(now)
wait $opened
ok "a report: it is read again ($(($(now) - t)))" [ $(($(now) - t)) -lt 400 ]
ok "a report: ready" is_state bob ready
tell b close end exit >/tmp/told.b
rm -f /tmp/s.b.*
ok "bob is gone" waitfor 8 gone bob

failing write:EIO:when=3
process b 'start test bob' 'item tty pts/7'
is "a supervisor's start: the login goes on" "$(tell b open)" 0
untraced
ok "a supervisor's start: it is said" logged 'cannot start its supervisor'
ok "a supervisor's start: it is tried again" waitfor 5 is_state bob ready
ok "a supervisor's start: services" waitfor 5 started bob foo 2
tell b close end exit >/tmp/told.b
rm -f /tmp/s.b.*
logout a
ok "gone" waitfor 8 gone bob alice
finish
