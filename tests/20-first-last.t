#!/bin/sh
# three sessions start the services once and stop them once
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
service alice foo
service alice bar
core alice 'core_services="foo"'
daemon
login a alice
ok "up when the login goes on" started alice foo
foo=$(lastpid alice foo)
is "as alice" "$(stat -c %U "/proc/$foo")" alice
manager=$(managers alice)
login b alice
mkfifo -m 666 /tmp/hold
shell alice 'read -r x </tmp/hold' &
ok "three sessions" waitfor 5 is_nsessions 3
is "one service manager" "$(managers alice)" "$manager"
logout a
ok "two sessions" waitfor 5 is_nsessions 2
is "still the same" "$(managers alice)" "$manager"
echo >/tmp/hold
wait $!
ok "one session" waitfor 5 is_nsessions 1
is "still the same" "$(managers alice)" "$manager"
is "foo was started once" "$(starts alice foo)" 1
is "bar was started once" "$(starts alice bar)" 1
is "the state" "$(state alice)" ready
logout b
ok "all gone" waitfor 5 gone alice
is "foo is not started again" "$(starts alice foo)" 1
login c alice
ok "the next login starts anew" started alice foo 2
finish
