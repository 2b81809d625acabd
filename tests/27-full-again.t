#!/bin/sh
# a session that comes while services stop under a light one waits for those that
# start then
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
touch /tmp/go
service alice slow 'trap "until [ -e /tmp/end ]; do sleep 0.05; done; exit" TERM
	while :; do sleep 1000 & wait; done'
check alice slow '[ -e /tmp/go ]'
core alice 'core_services="slow"'
daemon
login light alice 'put XDG_SESSION_CLASS=background'
login a alice
rm /tmp/go
logout a
ok "services stop" waitfor 5 is_state alice starting
comes b alice
ok "a session comes" waitfor 5 is_nsessions 2
touch /tmp/end
ok "services start" waitfor 10 started alice slow 2
ok "it waits" not waitfor 1 [ -s /tmp/b ]
touch /tmp/go
wait $b
is "in" "$(cat /tmp/b)" 0
is "ready" "$(state alice)" ready
finish
