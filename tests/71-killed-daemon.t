#!/bin/sh
# the daemon is killed and started again: sessions and services do not notice
# with each service manager
config='stopdelay=0 stoptimeout=3 killtimeout=2'
. "${0%/*}/lib.sh"

# sessions' files and users', the runtime directory, services: what must not change
picture() {
	(cd /run/turnstiled && tail -n 99 sessions/* users/*)
	stat -c %i "/run/user/$uid" "/run/user/$uid/file"
	procs alice | sort
	procs bob | sort
}

unchanged() {
	picture >/tmp/now
	diff /tmp/was /tmp/now
}

# ready N: the Nth daemon is
ready() {
	[ "$(grep -c 'is ready$' /tmp/log)" = "$1" ]
}

mkuser bob
uid=$(id -u alice)
for u in alice bob; do
	service $u foo
	service $u bar
	core $u 'core_services="foo bar"'
done
daemon
login a alice
login b alice
login c bob
touch "/run/user/$uid/file"
waitfor 5 is_state bob ready
waitfor 5 eval '[ "$(procs alice | grep -c sleep)" -ge 3 ]'
picture >/tmp/was
ids=$(ls /run/turnstiled/sessions)
for i in 1 2 3; do
	crash
	ok "killed $i: nothing has changed" unchanged
	daemon
	ok "started $i: ready" waitfor 5 ready $((i + 1))
	ok "started $i: nothing has changed" unchanged
done

# a login and a logout as ever
login d alice
ok "a new session is ready at once" started alice foo 1
ok "and has a new ID" not expr " $ids " : ".* $(basename "$(session d)") " 
ok "it is the fourth" is_nsessions 4
logout d
ok "and ends" waitfor 5 is_nsessions 3

# without a daemon: logins fail at once, a logout is noticed later
crash
t=$(now)
login e alice
is "no daemon: a login opens" "$id" 0
ok "at once" [ $(($(now) - t)) -lt 400 ]
kill -KILL "$(pid c)"
rm /tmp/s.c.*
daemon
ok "who is gone is noticed" waitfor 5 gone bob
ok "two are left" waitfor 5 is_nsessions 2
is "alice's services are the same" "$(starts alice foo)" 1
logout e

# closed by its process, which lives on, by a connection that died
process f 'start test alice' 'item tty pts/7' 'open' 'start test alice' 'item tty pts/8' 'open'
ok "two sessions of one process" waitfor 5 is_nsessions 4
crash
daemon
is "the first is closed" "$(tell f 'use 0' close)" 0
ok "and that one only" waitfor 5 is_nsessions 3
is "not the other" "$(has f TTY)" pts/8
crash
tell f 'use 1' close >/tmp/f &
teller=$!
ok "its close tries again" waitfor 5 grep -q nanosleep "/proc/$(pid f)/wchan"
daemon
wait $teller
is "closed while there is no daemon" "$(cat /tmp/f)" 0
ok "it is told later" waitfor 5 is_nsessions 2
tell f end exit
rm /tmp/s.f.*

crash
daemon
logout a
ok "one is left" waitfor 5 is_nsessions 1
is "with services" "$(starts alice foo)" 1
logout b
ok "the last logout ends them" waitfor 5 gone alice
login g alice
ok "and the next login starts them" started alice foo 2
finish
