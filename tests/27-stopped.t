#!/bin/sh
# a service manager that is stopped goes on with the order to stop
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
kill -STOP "$(managers alice)"
logout a
ok "gone, long before stoptimeout" waitfor 8 gone alice
is "nothing was forced" "$(grep 'still run' /tmp/log)" ''
finish
