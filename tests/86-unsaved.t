#!/bin/sh
# a supervisor's file that cannot be written when the services are ready is written when
# that is possible, without another event
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
needs strace
service alice slow
check alice slow '[ -e /tmp/go ]'
core alice 'core_services="slow"'
daemon
comes a alice
ok "starting" waitfor 5 started alice slow
traced -o /dev/null -e trace=renameat,renameat2 -e inject=renameat,renameat2:error=ENOSPC:when=1 \
    -p "$(supervisor alice)"
touch /tmp/go
ok "it is said" waitfor 8 logged '(alice): cannot write its file: No space'
ok "then it is ready" waitfor 8 is_state alice ready
wait $a
is "and is in" "$(cat /tmp/a)" 0
logout a
ok "gone" waitfor 5 gone alice
finish
