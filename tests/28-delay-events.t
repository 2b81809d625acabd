#!/bin/sh
# what happens during the stop delay does not make it longer
config='stopdelay=9'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
t=$(now)
logout a
sleep 4
# the supervisor has something to say
kill -KILL "$(managers alice)"
ok "the services start again" waitfor 5 started alice foo 2
login light alice 'put XDG_SESSION_CLASS=background'
logout light
ok "and stop" waitfor 20 gone alice
t=$(($(now) - t))
ok "not early ($t)" [ $t -ge 890 ]
ok "nor late" [ $t -lt 1280 ]
is "nobody says what is for finding faults" "$(grep 'session .* ends' /tmp/log)" ''
finish
