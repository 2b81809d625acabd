#!/bin/sh
# the daemon takes up a request when the module has waited long enough: that session, too,
# ends when its program closes it
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
service alice foo
check alice foo '[ -e /tmp/go ]'
core alice 'core_services="foo"'
daemon

process a 'start test alice' 'item tty pts/7'
kill -STOP "$daemon"
is "it slept: people are in" "$(tell a open)" 0
kill -CONT "$daemon"
ok "it has a session then" waitfor 5 is_nsessions 1
is "which is closed" "$(tell a close)" 0
ok "it slept: no session is left" waitfor 5 is_nsessions 0
ok "gone" waitfor 5 gone alice

comes b alice
ok "registered" waitfor 5 is_nsessions 1
crash
wait "$b"
is "it was away: people are in" "$(cat /tmp/b)" 0
daemon
: >/tmp/go
ok "it takes the session back" waitfor 5 is_nsessions 1
is "which is closed" "$(tell b close)" 0
ok "it was away: no session is left" waitfor 5 is_nsessions 0
logout a b
ok "gone" waitfor 5 gone alice
finish
