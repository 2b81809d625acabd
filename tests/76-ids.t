#!/bin/sh
# session IDs are never used again
config='stopdelay=0'
. "${0%/*}/lib.sh"

# new WHAT: a session with an ID that is greater than all before it; and its end
last=0
new() {
	login x alice
	is=$(basename "$(session x)")
	ok "$1: ID $is after $last" [ "$is" -gt "$last" ]
	is "$1: the login knows it" "$(var x XDG_SESSION_ID)" "$is"
	last=$is
	logout x
	ok "$1: gone" waitfor 10 gone alice
}

daemon
new first
new next
crash
daemon
new "after a crash"
kill -TERM "$daemon"
wait "$daemon"
daemon
new "after a stop"
kill -HUP "$daemon"
new "after HUP"
i=0
while [ $((i += 1)) -le 5 ]; do
	crash
	daemon
	new "crash $i"
done

# killed between the ID and its use
command -v strace >/dev/null || {
	skip "killed between the ID and its use" "strace is not installed"
	finish
}
for call in pwrite64 renameat sendto; do
	traced -o /dev/null -p "$daemon" -e inject=$call:signal=KILL:when=1
	comes x alice
	ok "killed at $call" waitfor 5 ended "$daemon"
	wait "$daemon" $strace 2>/dev/null
	daemon
	wait $x
	is "killed at $call: in" "$(cat /tmp/x)" 0
	is "killed at $call: one session" "$(nsessions)" 1
	is=$(basename "$(session x)")
	ok "killed at $call: ID $is after $last" [ "$is" -gt "$last" ]
	is "killed at $call: the login knows it" "$(tell x env | sed -n 's/^XDG_SESSION_ID=//p')" "$is"
	last=$is
	logout x
	ok "gone" waitfor 10 gone alice
done
finish
