#!/bin/sh
# at stoptimeout what still runs gets SIGTERM, stopped processes too: SIGCONT goes
# with it
config='stopdelay=0 stoptimeout=4 killtimeout=4'
. "${0%/*}/lib.sh"
# a deaf service, and two that nobody but the supervisor tells
# shellcheck disable=SC2016
service alice deaf 'exec 2>/dev/null
setsid sh -c "trap \"echo >/tmp/asked.runs; exit\" TERM
	: >/tmp/up.runs; while :; do sleep 0.1; done" &
setsid sh -c "trap \"echo >/tmp/asked.stopped; exit\" TERM
	: >/tmp/up.stopped; kill -STOP \$\$; while :; do sleep 0.1; done" &
trap "" TERM HUP
while :; do sleep 1000; done'
daemon
for how in "with cgroup" without; do
	[ "$how" = "with cgroup" ] || mount -t tmpfs none /sys/fs/cgroup
	rm -f /tmp/up.* /tmp/asked.*
	: >/tmp/log
	login a alice
	ok "$how: they run" waitfor 5 eval '[ -e /tmp/up.runs ] && [ -e /tmp/up.stopped ]'
	t=$(now)
	logout a
	ok "$how: one that runs is asked" waitfor 10 [ -e /tmp/asked.runs ]
	t=$(($(now) - t))
	ok "$how: not before stoptimeout ($t)" [ $t -ge 390 ]
	ok "$how: which is said" logged '(alice): services still run after 4 s, sending SIGTERM$'
	ok "$how: and one that is stopped" waitfor 5 [ -e /tmp/asked.stopped ]
	ok "$how: all is gone" waitfor 20 gone alice
	is "$how: nobody of root's was killed" "$(grep 'PAM\|supervisor' /tmp/log)" ''
done
finish
