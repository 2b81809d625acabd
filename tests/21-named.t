#!/bin/sh
# a process whose name looks like the rest of its line in /proc is found and ended
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"

cp /bin/sleep '/usr/bin/x) S S'
service alice foo 'setsid "x) S S" 2001 &
	trap "" TERM HUP
	while :; do sleep 1000; done'
daemon
login a alice
ok "it runs" waitfor 5 eval 'procs alice | grep -q "x) S"'
kill -STOP "$(procs alice | sed -n 's/ x) S.*//p')"
logout a
ok "gone" waitfor 8 gone alice
is "nobody is left" "$(procs alice)" ''
finish
