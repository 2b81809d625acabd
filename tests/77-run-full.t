#!/bin/sh
# a full /run keeps the daemon from nothing that it must do: start, execute itself,
# end what a killed supervisor left, stop
config='stopdelay=0 stoptimeout=3 killtimeout=1 logintimeout=6'
limit=150
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
mkuser bob
for u in alice bob; do
	service $u foo
	core $u 'core_services="foo"'
done
daemon

full() {
	case $1 in
	space)
		mount -o remount,size=$(($(df --output=used -k /run | tail -n 1) + 12))k /run
		cat /dev/zero >/run/fill 2>/dev/null
		# what was there for a moment may leave room
		filler=0
		while [ $filler -lt 50 ] && cp /etc/passwd "/run/fill.$filler" 2>/dev/null; do
			filler=$((filler + 1))
		done ;;
	inodes)
		mount -o remount,nr_inodes=$(($(df --output=iused /run | tail -n 1) + 1)) /run
		# one that was there for a moment may leave room for more than one
		filler=0
		while [ $filler -lt 50 ] && touch "/run/fill.$filler" 2>/dev/null; do filler=$((filler + 1)); done ;;
	esac
	ok "$1: /run is full" not cp /etc/passwd "/run/fill2"
}

room() {
	rm -f /run/fill*
	mount -o remount,size=100m,nr_inodes=10k /run
}

half() {
	find /run/turnstiled -name '.?*' -type f
}

# well WHAT: with room again, all is as it should be
well() {
	room
	! ended "$daemon" || daemon
	ok "$1: then it listens" waitfor 5 listening
	ok "$1: alice's services run" waitfor 10 is_state alice ready
	is "$1: she has one session" "$(nsessions)" 1
	registers "$1: then" bob
	logout a
	ok "$1: she logs out" waitfor 8 gone alice
	waitfor 3 eval '[ ! "$(half)" ]'
	is "$1: nothing is half written" "$(half)" ''
}

# lives WHAT: the daemon does its work
lives() {
	ok "$1: it lives" not ended "$daemon"
	ok "$1: it listens" waitfor 5 listening
	t=$(now)
	login b bob
	is "$1: a login goes on" "$id" 0
	ok "$1: in time" [ $(($(now) - t)) -lt 900 ]
	logout b
}

for what in space inodes; do
	login a alice
	full $what
	crash
	daemon
	lives "$what, killed and started"
	[ "$(starts alice foo)" -ge 1 ]
	well "$what, killed and started"

	login a alice
	full $what
	foo=$(lastpid alice foo)
	kill -HUP "$daemon"
	sleep 0.3
	lives "$what, HUP"
	ok "$what, HUP: services go on" not ended "$foo"
	well "$what, HUP"

	login a alice
	full $what
	foo=$(lastpid alice foo)
	kill -KILL "$(supervisor alice)"
	ok "$what, killed supervisor: what it left ends" waitfor 10 ended "$foo"
	lives "$what, killed supervisor"
	well "$what, killed supervisor"

	login a alice
	full $what
	foo=$(lastpid alice foo)
	logout a
	ok "$what, logout: services end" waitfor 8 ended "$foo"
	ok "$what, logout: gone" waitfor 8 gone alice
	lives "$what, logout"
	room
	waitfor 8 gone bob

	login a alice
	full $what
	kill -TERM "$daemon"
	ok "$what, TERM: it ends" waitfor 10 ended "$daemon"
	wait "$daemon"
	is "$what, TERM: in order" $? 0
	is "$what, TERM: nobody is left" "$(procs alice)" ''
	daemon
	lives "$what, started again"
	well "$what, started again"
	rm -f /tmp/up.*
done
finish
