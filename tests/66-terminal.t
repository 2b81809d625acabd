#!/bin/sh
# standard error is a terminal, or a pipe with other writers, that nobody reads:
# the daemon loses lines, and does not wait
config='stopdelay=0 debug=1'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
mkuser bob
service alice foo 'for i in 1 2 3 4 5; do echo "!$(printf %0200d 1)" 1<>"$TURNSTILE_DIR/ready"; done
	exec sleep 1000'

# lines WHAT: many for the log
lines() {
	login a alice
	hostile again 1500 VERSION=1/OPEN=x/UID=30099/ &
	sayer=$!
	ok "$1: it hears all of it" waitfor 20 ended $sayer
	kill -KILL $sayer 2>/dev/null
	wait $sayer 2>/dev/null
	i=0
	while [ $((i += 1)) -le 3 ]; do
		registers "$1" bob
	done
	ok "$1: a service's lines too" waitfor 5 is_state alice ready
	logout a
	ok "$1: gone" waitfor 8 gone alice
	kill -TERM "$daemon"
	ok "$1: TERM is heard" waitfor 10 ended "$daemon"
	kill -KILL "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
}

hostile mute turnstiled &
daemon=$!
waitfor 5 listening
is "it is a terminal" "$(readlink "/proc/$daemon/fd/2" | cut -d/ -f1-3)" /dev/pts
lines "a terminal"

mkfifo /tmp/pipe
sleep 1000 <>/tmp/pipe &
turnstiled 2>/tmp/pipe &
daemon=$!
waitfor 5 listening
for _ in 1 2 3 4; do cat /dev/zero >/tmp/pipe & done
lines "a pipe that others fill"
daemon
finish
