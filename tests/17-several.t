#!/bin/sh
# several sessions in one process, of several users
config='stopdelay=0'
. "${0%/*}/lib.sh"
mkuser bob
service alice foo
service bob foo
daemon
t='item tty pts/7'
process x 'start test alice' "$t" open 'start test bob' "$t" open 'start test alice' "$t" open
is "three sessions" "$(nsessions)" 3
is "alice has two" "$(key "users/$(id -u alice)" SESSIONS | wc -w)" 2
is "bob has one" "$(key "users/$(id -u bob)" SESSIONS | wc -w)" 1
tell x 'use 0' close end >/dev/null
ok "two are left" waitfor 5 is_nsessions 2
is "alice's services stay" "$(state alice)" ready
tell x 'use 1' close end >/dev/null
ok "one is left" waitfor 5 is_nsessions 1
ok "bob's are gone" waitfor 5 gone bob
is "alice's stay" "$(procs alice | grep -c runsvdir)" 1
kill -KILL "$(pid x)"
rm /tmp/s.x.*
ok "all are gone" waitfor 5 gone alice
finish
