#!/bin/sh
# what a supervisor says before it has heard the last order is old: a login that
# comes then waits for services of its own
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
needs strace
service alice foo
check alice foo '[ -e /tmp/go ]'
core alice 'core_services="foo"'
file=/run/turnstiled/private/logins/$(id -u alice)
daemon
comes a alice
ok "starting" waitfor 5 started alice foo
# its next file, which says that it is ready, takes 2 s
traced -o /tmp/calls -e inject=renameat,renameat2:delay_enter=2000000:when=1 \
    -p "$(supervisor alice)"
touch /tmp/go
ok "it says so now" waitfor 5 [ -e "${file%/*}/.${file##*/}" ]
kill -KILL "$(pid a)"
rm -f /tmp/s.a.*
ok "the last logout" waitfor 2 is_nsessions 0
is "which is before that" "$(sed -n 's/^STATE=//p' "$file")" starting
login b alice
ok "the next login has services of its own" started alice foo 2
kill $strace 2>/dev/null
wait $strace 2>/dev/null
logout b
ok "gone" waitfor 5 gone alice
finish
