#!/bin/sh
# a login while the services take long to stop waits logintimeout at most, and has
# its services when they have stopped
config='stopdelay=0 stoptimeout=9 killtimeout=3 logintimeout=3'
. "${0%/*}/lib.sh"
service alice deaf 'trap "" TERM HUP; while :; do sleep 1000; done'
daemon
login a alice
ok "up" waitfor 5 started alice deaf
deaf=$(lastpid alice deaf)
logout a
ok "stopping" waitfor 5 is_state alice stopping
t=$(now)
login b alice
t=$(($(now) - t))
is "it goes on" "$id" 0
ok "after logintimeout, by the daemon ($t)" [ $t -ge 290 -a $t -lt 450 ]
ok "not when they have stopped" not ended "$deaf"
ok "it is tracked" [ "$(session b)" ]
ok "the log says why" waitfor 5 logged '(alice).*login timeout'
ok "then its services start" waitfor 25 started alice deaf 2
ok "when the old ones have ended" ended "$deaf"
ok "ready" waitfor 5 is_state alice ready
finish
