#!/bin/sh
# a full session that comes in the stop delay of a light one has its services at once
config='stopdelay=5'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
daemon
login a alice 'put XDG_SESSION_CLASS=background'
logout a
t=$(now)
login b alice
t=$(($(now) - t))
ok "in time ($t)" [ $t -lt 350 ]
ok "its service runs" started alice foo
finish
