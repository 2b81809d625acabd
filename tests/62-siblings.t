#!/bin/sh
# a user's processes make siblings for ever, which end at once and fall to the
# supervisor: it hears its orders, and the daemon those of others
# alone: it leaves others no processor
config='stopdelay=0 stoptimeout=1 killtimeout=1'
limit=400
leaks=0
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
mkuser bob
service alice flood 'exec hostile siblings 50 60'
daemon

# slow PID: as on a machine with more processors for the flood than for it
slow() {
	! command -v strace >/dev/null || strace -e trace=wait4,waitid -e quiet=all -o /dev/null \
	    -e inject=wait4,waitid:delay_enter=1000 -p "$1" 2>/dev/null &
}

# flood WHAT
flood() {
	rm -f /tmp/up.alice.flood
	login a alice
	ok "$1: runs" waitfor 8 eval '[ "$(pgrep -c -u alice -x hostile)" -ge 50 ]'
	pid=$(supervisor alice)
	slow "$pid"
	registers "$1" bob 1500
	t=$(now)
	logout a
	ok "$1: the order to stop is heard" waitfor 40 gone alice
	t=$(($(now) - t))
	ok "$1: in time ($t)" [ $t -lt 4500 ]
	ok "$1: by a supervisor that was not killed for it" not logged "supervisor.*$pid.*is killed"
	registers "$1, afterwards" bob 1500
}

flood "with cgroup"
no_cgroup
flood "without"

# what falls to the daemon
login a alice
waitfor 8 eval '[ "$(pgrep -c -u alice -x hostile)" -ge 50 ]'
slow "$daemon"
kill -KILL "$(supervisor alice)"
registers "its supervisor killed" bob 1500
ok "HUP is heard" hup
t=$(now)
kill -TERM "$daemon"
ok "TERM is heard" waitfor 20 ended "$daemon"
ok "in time" [ $(($(now) - t)) -lt 2000 ]
wait "$daemon" 2>/dev/null
daemon=
pkill -KILL -u alice
tell a close end exit >/tmp/told
finish
