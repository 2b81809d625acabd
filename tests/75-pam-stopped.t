#!/bin/sh
# a PAM process that is stopped, and so does not start a service manager: it is killed
# in bounded time, and another one does
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
pam=$(pamprocess alice)
kill -STOP "$pam"
t=$(now)
kill -KILL "$(managers alice)"
ok "it is said" waitfor 9 logged "(alice): its PAM process (pid $pam) does not answer, killing it"
t=$(($(now) - t))
ok "not early ($t)" [ $t -ge 450 ]
ok "it is dead" waitfor 3 ended "$pam"
ok "services start again" waitfor 8 started alice foo 2
ok "ready" waitfor 5 is_state alice ready
ok "with another PAM process" [ "$(pamprocess alice)" ]
logout a
ok "gone" waitfor 8 gone alice
finish
