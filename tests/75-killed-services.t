#!/bin/sh
# a service manager, its whole tree, the readiness script killed, at any point
# with each service manager
config='stopdelay=0 stoptimeout=2 killtimeout=1 corewait=5'
limit=180
. "${0%/*}/lib.sh"
uid=$(id -u alice)
service alice foo
service alice slow
check alice slow '[ -e /tmp/go ]'
core alice 'core_services="foo slow"'

# living SERVICE: how many processes of it
living() {
	while read -r pid; do
		ended "$pid" || echo "$pid"
	done <"/tmp/up.alice.$1" | wc -l
}

# killall_: all that runs for alice
killall_() {
	procs alice | while read -r pid _; do
		kill -KILL "$pid"
	done 2>/dev/null
}

# one: one service manager, another than the last one
one() {
	[ "$(managers alice | wc -l)" = 1 ] && [ "$(managers alice)" != "$last" ]
}

begin() {
	rm -f /tmp/go /tmp/s.a.*
	comes a alice
	ok "$1: starting" waitfor 5 one
	waitfor 5 eval '[ "$(starts alice slow)" -gt '"$count"' ]'
	last=$(managers alice)
}

# in_ WHAT: the login is in, with services; then it ends
in_() {
	touch /tmp/go
	wait $a
	is "$1: the login is in" "$(cat /tmp/a)" 0
	ok "$1: ready" waitfor 15 is_state alice ready
	is "$1: one service manager" "$(managers alice | wc -l)" 1
	is "$1: each service once" "$(living foo) $(living slow)" "1 1"
	is "$1: one session" "$(nsessions)" 1
	logout a
	ok "$1: all gone" waitfor 10 gone alice
	count=$(starts alice slow)
}

count=0 last=
daemon
begin "nobody killed"
in_ "nobody killed"

begin "manager killed while it starts"
kill -KILL "$last"
ok "another one" waitfor 10 one
in_ "manager killed while it starts"

begin "all killed while they start"
killall_
ok "another one" waitfor 10 one
in_ "all killed while they start"

begin "readiness script killed"
case $backend in
runit) script=turnstile-ready ;;
dinit) script='dinit ready' ;;
s6) script='s6 ready' ;;
openrc) script='openrc ready' ;;
esac
scripts() { pgrep -u alice -f "$script" >/tmp/pids; }
if waitfor 5 scripts; then
	xargs kill -KILL </tmp/pids
fi
in_ "readiness script killed"

begin "manager killed when it is ready"
touch /tmp/go
wait $a
touch "/run/user/$uid/file"
kill -KILL "$last"
ok "another one" waitfor 10 one
in_ "manager killed when it is ready"

# the PAM process: a child of the supervisor's, root's
login a alice
last=$(managers alice)
kill -KILL "$(pamprocess alice)"
ok "PAM process killed: it is said" waitfor 5 logged 'PAM process ended early'
is "PAM process killed: the service manager is the same" "$(managers alice)" "$last"
kill -KILL "$last"
ok "PAM process killed: a new one starts services again" waitfor 10 one
ok "PAM process killed: ready" waitfor 10 is_state alice ready
logout a
ok "PAM process killed: all gone" waitfor 10 gone alice

# while it stops
login a alice
kill -STOP "$(managers alice)"
manager=$(managers alice)
logout a
waitfor 5 is_state alice stopping
kill -KILL "$manager"
ok "manager killed while it stops: all gone" waitfor 10 gone alice

# one that is stopped, and a tree that is killed piece by piece
login a alice
i=0
while [ $((i += 1)) -le 8 ]; do
	procs alice | shuf -n 1 --random-source=/bin/sh | while read -r pid _; do
		kill -KILL "$pid"
	done 2>/dev/null
done
ok "some killed: ready" waitfor 20 is_state alice ready
ok "some killed: one service manager" waitfor 20 eval '[ "$(managers alice | wc -l)" = 1 ]'
logout a
ok "all gone" waitfor 10 gone alice
finish
