#!/bin/sh
# a supervisor that does not come to an end is killed: the next one ends what it left
config='stopdelay=0 logintimeout=90 stoptimeout=1 killtimeout=1'
limit=150
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
foo=$(lastpid alice foo)
sup=$(supervisor alice)
kill -STOP "$sup"
t=$(now)
logout a
ok "it is said" waitfor 45 logged "(alice): its supervisor (pid $sup) did not stop in time, killing it"
t=$(($(now) - t))
ok "not early ($t)" [ $t -ge 2900 ]
ok "it is dead" waitfor 3 ended "$sup"
ok "its service has ended" waitfor 5 ended "$foo"
ok "gone" waitfor 5 gone alice
login b alice
ok "the next login has services" started alice foo 2

# also by a new daemon, while somebody waits
service alice foo 'trap "" TERM
	while :; do sleep 1000 & wait; done'
kill "$(lastpid alice foo)"
ok "it is stubborn now" waitfor 5 started alice foo 3
sup=$(supervisor alice)
logout b
stops() {
	[ "$(key "private/logins/$(id -u alice)" STATE)" = stopping ]
}
ok "stopping" waitfor 5 stops
kill -STOP "$sup"
comes c alice
ok "somebody waits" waitfor 5 is_nsessions 1
crash
daemon
ok "a new daemon: it is said" waitfor 45 logged "(alice): its supervisor (pid $sup) did not stop in time, killing it"
wait $c
ok "who waits has services" waitfor 5 started alice foo 4
finish
