#!/bin/sh
# a daemon that did not run (SIGSTOP, a debugger, a frozen container) while a login ended,
# for longer than a supervisor may take, and is told of something else first
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
mkuser bob
service alice foo 'trap "" TERM; while :; do sleep 0.2; done'
core alice 'core_services="foo"'
daemon
login a alice
sup=$(supervisor alice)
logout a
ok "stopping" waitfor 5 is_state alice stopping
kill -STOP "$daemon"
comes b bob
ok "the supervisor ends" waitfor 20 ended "$sup"
sleep 31 # STOPWAIT
kill -CONT "$daemon"
ok "the other one is in" waitfor 10 is_state bob ready
ok "the login is over" waitfor 5 gone alice
wait "$b"
login c alice
is "and comes again" "$id" 0
logout b c
ok "gone" waitfor 10 eval 'gone alice && gone bob'
finish
