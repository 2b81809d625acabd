#!/bin/sh
# no daemon, or a stopped one, keeps nobody out
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=1 logintimeout=3'
. "${0%/*}/lib.sh"
t=$(now)
login a alice
is "no daemon: opens" "$id" 0
ok "at once" [ $(($(now) - t)) -lt 100 ]
is "su -" "$(shell alice 'echo in')" in
is "closes" "$(tell a close)" 0
ok "there was nobody to be told" not grep 'was not told' /tmp/syslog
tell a end exit
rm /tmp/s.a.*

daemon
kill -STOP "$daemon"
t=$(now)
login a alice
is "stopped daemon: opens" "$id" 0
ok "in time" [ $(($(now) - t)) -lt 1500 ]
logout a
kill -CONT "$daemon"
login b alice
ok "and works when it goes on" waitfor 5 is_nsessions 1
login c alice
kill -STOP "$daemon"
t=$(now)
is "closes without an answer" "$(tell c close)" 0
ok "at once" [ $(($(now) - t)) -lt 1000 ]
tell c end exit
rm /tmp/s.c.*
kill -CONT "$daemon"
ok "which ends it" waitfor 5 is_nsessions 1

login d alice
crash
daemon=
t=$(now)
is "dead daemon: closes" "$(tell d close)" 0
ok "soon" [ $(($(now) - t)) -lt 700 ]
tell d end exit
rm /tmp/s.d.*
daemon
ok "one session is left" waitfor 5 is_nsessions 1
is "of who is still there" "$(has b LEADER)" "$(pid b)"
finish
