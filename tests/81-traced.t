#!/bin/sh
# a service that is traced from outside by a tracer that sleeps: the stop is
# bounded, and what cannot be ended then is said
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
needs strace
service alice foo 'trap "" TERM; while :; do sleep 0.1; done'
daemon
login a alice
ok "up" waitfor 5 started alice foo
victim=$(lastpid alice foo)
setsid setpriv --reuid alice --regid alice --init-groups strace -o /dev/null -p "$victim" 2>/tmp/strace &
traced() {
	grep -q '^TracerPid:[[:blank:]]*[1-9]' "/proc/$victim/status"
}
ok "traced" waitfor 5 traced
pkill -STOP -x strace
t=$(now)
logout a
ok "the login is over" waitfor 10 [ ! -e "/run/turnstiled/users/$(id -u alice)" ]
ok "bounded" [ $(($(now) - t)) -lt 800 ]
said_or_gone() {
	ended "$victim" || logged "cannot be killed.*[ :]$victim"
}
ok "the process has ended, or is told of" said_or_gone
login b alice
ok "the next login has services" waitfor 5 started alice foo 2
pkill -KILL -x strace
logout b
ok "gone" waitfor 10 gone alice
finish
