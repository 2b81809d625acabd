#!/bin/sh
# a PAM process that cannot fork: it is said, and tried again
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
needs strace
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
# within a cgroup, and without
traced -o /dev/null -p "$(pamprocess alice)" -e trace=clone3 \
    -e inject=clone3:error=EAGAIN:when=1..2
kill -KILL "$(managers alice)"
ok "it is said" waitfor 5 logged 'cannot fork'
ok "services start again" waitfor 8 started alice foo 2
kill $strace
ok "ready" waitfor 5 is_state alice ready
logout a
ok "gone" waitfor 8 gone alice
finish
