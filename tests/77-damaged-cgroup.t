#!/bin/sh
# a private file of another version still says which cgroup that was: what a supervisor
# has left there ends, even what is deaf, before services start again
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
service alice foo 'trap "" TERM HUP; while :; do sleep 1; done'
core alice 'core_services="foo"'
daemon
login a alice
foo=$(lastpid alice foo)
file=private/logins/$(id -u alice)
cgroup=$(key "$file" CGROUP)
crash
sed 's/^VERSION=.*/VERSION=99/' "/run/turnstiled/$file" >/tmp/file
cat /tmp/file >"/run/turnstiled/$file"
daemon
ok "what was left ends" waitfor 15 ended "$foo"
ok "services start again" waitfor 15 started alice foo 2
ok "the old cgroup goes" waitfor 5 [ ! -e "$cgroup" ]
logout a
ok "gone" waitfor 15 gone alice
finish
