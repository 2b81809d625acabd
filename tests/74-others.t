#!/bin/sh
# a supervisor is killed, where there is no cgroup: what fell to the daemon ends, and
# no other login's, nor its supervisor
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
no_cgroup
mkuser bob
service alice foo 'trap "" TERM HUP; while :; do sleep 1000; done'
service bob foo
core alice 'core_services="foo"'
core bob 'core_services="foo"'
daemon
login b bob
login a alice
bobs=$(supervisor bob)
kill -KILL "$(supervisor alice)"
ok "her services start again" waitfor 10 started alice foo 2
ok "ready" waitfor 5 is_state alice ready
is "bob's supervisor is the same" "$(supervisor bob)" "$bobs"
ok "and lives" not ended "$bobs"
is "and his service" "$(starts bob foo) $(ended "$(lastpid bob foo)" || echo lives)" "1 lives"
# the last logout comes first
foo=$(lastpid alice foo)
kill -STOP "$daemon"
kill -KILL "$(supervisor alice)"
tell a close >/tmp/told &
sleep 0.3
kill -CONT "$daemon"
wait $!
tell a end exit >/tmp/told
rm -f /tmp/s.a.*
ok "killed before the last logout: what it left ends" waitfor 10 ended "$foo"
ok "gone" waitfor 5 gone alice
finish
