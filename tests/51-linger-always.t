#!/bin/sh
# linger = LingerAlways
# with each service manager
config='stopdelay=0 linger=LingerAlways'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
foo=$(lastpid alice foo)
logout a
login b alice
is "the same service" "$(lastpid alice foo)" "$foo"
logout b
is "no session" "$(nsessions)" 0
ok "it lives" not ended "$foo"
finish
