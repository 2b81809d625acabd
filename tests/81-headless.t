#!/bin/sh
# a process whose first thread has ended looks like a zombie, but is none
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
cc -o /usr/bin/hostile /src/tests/hostile.c -lpthread

headless() {
	ps=$(cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^hostile$')
	[ "$ps" = "$1" ]
}

scene() {
	rm -f /tmp/up.*
	service alice shy 'exec hostile headless'
	service alice away 'setsid hostile headless & exec sleep 1000'
	daemon
	login a alice
	ok "$1: they run" waitfor 5 headless 2
	[ ! "${2-}" ] || {
		kill -KILL "$(awk '/^PPid/{print $2}' "/proc/$(managers alice)/status")"
		ok "$1: the supervisor is killed" waitfor 5 logged 'was killed'
		ok "$1: the services start again" waitfor 15 started alice shy 2
		ok "$1: there are not more than before" waitfor 10 headless 2
	}
	logout a
	ok "$1: the login is over" waitfor 15 [ ! -e "/run/turnstiled/users/$(id -u alice)" ]
	ok "$1: none is left" waitfor 10 headless 0
	ok "$1: its directory too" [ ! -e "/run/user/$(id -u alice)" ]
	pkill -KILL -x hostile
	umount -l "/run/user/$(id -u alice)" 2>/dev/null && rmdir "/run/user/$(id -u alice)"
	kill "$daemon"
	wait "$daemon"
	daemon=
}

scene cgroup
scene "cgroup, killed" 1
mount -t tmpfs none /sys/fs/cgroup
scene "no cgroup"
scene "no cgroup, killed" 1
finish
