#!/bin/sh
# nothing outlives the last logout: deaf, daemonized, stopped, hidden
# with each service manager
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=1 logintimeout=3'
. "${0%/*}/lib.sh"

scene() {
	rm -f /tmp/up.*
	service alice deaf 'trap "" TERM HUP INT; while :; do sleep 1000; done'
	service alice forks "setsid sh -c '(trap \"\" TERM; exec sleep 2001) &
		setsid sleep 2002 & exit 0' &
		exec sleep 2003"
	service alice stopped "trap '' TERM; kill -STOP \$\$"
	service alice clean 'cd /; env -i setsid /bin/sh -c "sleep 2004 &"; exec sleep 2005'
	daemon
	login a alice
	for s in deaf forks stopped clean; do
		ok "$1: $s is up" waitfor 5 started alice $s
	done
	ok "$1: its children" waitfor 5 procs4
	touch "/run/user/$(id -u alice)/file"
	logout a
	ok "$1: all gone" waitfor 10 gone alice
	is "$1: no process" "$(procs alice)" ''
	login b alice
	ok "$1: a new login works" waitfor 5 started alice clean 2
	is "$1: with a new directory" "$(find "/run/user/$(id -u alice)" -name file)" ''
	logout b
	waitfor 10 gone alice
	kill "$daemon"
	wait "$daemon"
	daemon=
}

procs4() {
	[ "$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -c '^200[1-5]$')" = 5 ]
}

scene cgroup
mount -t tmpfs none /sys/fs/cgroup
scene "no cgroup"
finish
