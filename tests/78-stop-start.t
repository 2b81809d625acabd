#!/bin/sh
# SIGTERM and a new start with people logged in: services and directories go and
# come again, sessions whose leaders live are taken back
# with each service manager
config='stopdelay=0 stoptimeout=2 killtimeout=1'
. "${0%/*}/lib.sh"

stop_() {
	kill -TERM "$daemon"
	wait "$daemon"
	is "$1: exit status" $? 0
	ok "$1: alice's services are gone" gone alice
	ok "$1: bob's too" gone bob
	is "$1: nothing public is left" "$(find /run/turnstiled/sessions /run/turnstiled/users \
	    -type f 2>/dev/null)" ''
}

mkuser bob
uid=$(id -u alice)
for u in alice bob; do
	service $u foo
	core $u 'core_services="foo"'
done
daemon
login a alice
login b alice
login c bob
login d alice 'put XDG_SESSION_CLASS=background'
ids=$(ls /run/turnstiled/sessions)
touch "/run/user/$uid/file"
stop_ "with sessions"
t=$(now)
login e alice
is "no daemon: a login goes on" "$id" 0
ok "at once" [ $(($(now) - t)) -lt 400 ]
logout e

daemon
ok "started: alice's services come again" waitfor 10 started alice foo 2
ok "bob's too" waitfor 10 started bob foo 2
ok "ready" waitfor 5 is_state alice ready
is "the sessions are those that were" "$(ls /run/turnstiled/sessions)" "$ids"
is "of their processes" "$(has a LEADER) $(has b LEADER) $(has c LEADER) $(has d LEADER)" \
    "$(pid a) $(pid b) $(pid c) $(pid d)"
ok "the directory is there" [ -d "/run/user/$uid" ]
ok "a new one" [ ! -e "/run/user/$uid/file" ]
is "it is hers" "$(stat -c '%U %a' "/run/user/$uid")" 'alice 700'
is "one service manager" "$(managers alice | wc -l)" 1
logout d

# some are gone when it comes back
stop_ "again"
is "a logout meanwhile" "$(tell a close)" 0
tell a end exit
rm /tmp/s.a.*
kill -KILL "$(pid c)"
rm /tmp/s.c.*
daemon
ok "alice's services come again" waitfor 10 started alice foo 3
is "one session is left" "$(nsessions)" 1
ok "it is hers" [ "$(session b)" ]
ok "nothing of bob's" waitfor 10 gone bob
is "his were not started" "$(starts bob foo)" 2
logout b
ok "the last logout ends all" waitfor 10 gone alice

# killed while it stops
service alice deaf 'trap "" TERM HUP; while :; do sleep 1000; done'
core alice 'core_services="foo deaf"'
login f alice
f=$(session f)
kill -TERM "$daemon"
ok "stopping" waitfor 5 eval '[ "$(state alice)" = stopping ]'
crash
daemon
is "killed while it stops: the session is taken back" "$(session f)" "$f"
ok "and its services come again" waitfor 15 started alice deaf 2
ok "ready" waitfor 5 is_state alice ready
is "one service manager" "$(managers alice | wc -l)" 1
logout f
ok "gone" waitfor 15 gone alice

# twice
login g alice
for i in 1 2; do
	kill -TERM "$daemon"
	kill -TERM "$daemon"
	wait "$daemon"
	is "TERM twice: exit status" $? 0
	daemon
	ok "started again" waitfor 15 is_state alice ready
	ok "with its session" [ "$(session g)" ]
done
logout g
ok "gone" waitfor 15 gone alice
finish
