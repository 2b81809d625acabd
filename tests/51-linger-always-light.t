#!/bin/sh
# linger = LingerAlways: whose services have run lingers, also over a daemon that is
# killed; who had nothing but light sessions does not
# with each service manager
config='stopdelay=0 linger=LingerAlways'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
daemon
login light alice 'put XDG_SESSION_CLASS=background'
logout light
ok "a light session alone leaves nothing" waitfor 5 gone alice
is "and has started nothing" "$(starts alice foo)" 0

# services that started beside a light session
mkuser bob
service bob foo
login light bob 'put XDG_SESSION_CLASS=background'
login full bob
ok "beside a light one they start" waitfor 5 started bob foo
logout full light
ok "no session" waitfor 5 is_nsessions 0
ok "they linger" not ended "$(lastpid bob foo)"
is "ready" "$(state bob)" ready

login full alice
foo=$(lastpid alice foo)
logout full
ok "no session" waitfor 5 is_nsessions 0
login light alice 'put XDG_SESSION_CLASS=background'
logout light
ok "a light one ends" waitfor 5 is_nsessions 0
is "they linger" "$(state alice)" ready
crash
daemon
ok "the daemon was killed: ready" waitfor 5 is_state alice ready
login light alice 'put XDG_SESSION_CLASS=background'
logout light
ok "another light one" waitfor 5 is_nsessions 0
ok "they are what they were" not ended "$foo"
is "and linger" "$(state alice)" ready
finish
