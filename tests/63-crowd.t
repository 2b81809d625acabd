#!/bin/sh
# 3,000 connections that say nothing: no spin, no growth, and logins go through
# alone: it leaves others no processor
config='stopdelay=0'
limit=180
. "${0%/*}/lib.sh"
cc -o /usr/bin/hostile /src/tests/hostile.c -lpthread
daemon

fds() {
	find "/proc/$daemon/fd" -type l | wc -l
}

# hundredths of a second of processor time
cpu() {
	cut -d' ' -f14,15 "/proc/$daemon/stat" | (read -r a b; echo $((a + b)))
}

rss() {
	awk '/^VmRSS/{print $2}' "/proc/$daemon/status"
}

login w alice
logout w
waitfor 5 gone alice
before=$(fds)
crowd() {
	mkfifo "/tmp/idle.$1"
	hostile idle 3000 30 >"/tmp/idle.$1" 2>/tmp/why &
	idle=$!
	read -r said <"/tmp/idle.$1"
	is "$1: they are connected" "$said" idle
	t=$(now)
	login a alice
	is "$1: a login meanwhile" "$id" 0
	[ "${3-}" ] || is "$1: is registered" "$(var a XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
	ok "$1: is fast" [ $(($(now) - t)) -lt "$2" ]
	logout a
	ok "$1: and a logout" waitfor 5 gone alice
	ok "$1: they are thrown out" waitfor 15 is_fds
	kill $idle 2>/dev/null
	ok "$1: no descriptor is left" waitfor 5 is_fds
}
is_fds() {
	[ "$(fds)" = "$before" ]
}

crowd first 450
size=$(rss)
ticks=$(cpu)
crowd second 450
ok "no growth" [ "$(rss)" -le $((size + 500 + ${#TURNSTILE_SAN} * 20000)) ]
ok "no spin" [ $(($(cpu) - ticks)) -lt 100 ]

# fewer descriptors than connections: nobody is kept out for long
prlimit --pid "$daemon" --nofile=100:
crowd "few descriptors" 1000 perhaps
ok "the log is not full of it" [ "$(grep -c 'cannot accept' /tmp/log)" -lt 10 ]
ticks=$(cpu)
hostile idle 300 30 &
sleep 1
ok "it does not spin" [ $(($(cpu) - ticks)) -lt 30 ]
kill $!
ok "no descriptor is left" waitfor 15 is_fds
login b alice
is "all is well again" "$(var b XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
finish
