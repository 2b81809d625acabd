#!/bin/sh
# a supervisor that does not come to an end is killed: the next one ends what it left
config='stopdelay=0 stoptimeout=1 killtimeout=1'
limit=90
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
ok "it is said" waitfor 45 logged "(alice): its supervisor, pid $sup, is late and is killed"
t=$(($(now) - t))
ok "not early ($t)" [ $t -ge 2900 ]
ok "it is dead" waitfor 3 ended "$sup"
ok "its service has ended" waitfor 5 ended "$foo"
ok "gone" waitfor 5 gone alice
login b alice
ok "the next login has services" started alice foo 2
finish
