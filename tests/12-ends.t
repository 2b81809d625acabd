#!/bin/sh
# a session ends at the first of close and its leader's death; neither pam_end nor
# the end of its connection is one
config='stopdelay=0'
. "${0%/*}/lib.sh"
daemon

# ends WHAT LINE...: in a process that has opened a session
ends() {
	what=$1
	shift
	login x alice
	is "$what: opened" "$(nsessions)" 1
	tell x "$@" >/tmp/told
	ok "$what: ended" waitfor 5 is_nsessions 0
	ok "$what: all gone" waitfor 5 gone alice
	kill -KILL "$(pid x)" 2>/dev/null
	read -r child </tmp/told && kill "$child"
	rm -f /tmp/s.x.*
}

ends "pam_end without close, exit" end exit
ends "exit without close" exit
ends "exit, a child holds the connection" hold exit

login x alice
kill -KILL "$(pid x)"
ok "killed: ended" waitfor 5 is_nsessions 0
rm -f /tmp/s.x.*

login x alice
child=$(tell x hold)
is "a child with a copy" "$(nsessions)" 1
kill -KILL "$(pid x)"
ok "killed, a child holds the connection: ended" waitfor 5 is_nsessions 0
kill "$child"
ok "all gone" waitfor 5 gone alice
rm -f /tmp/s.x.*

login x alice
tell x end >/tmp/told
login y alice
logout y
is "pam_end without close ends nothing" "$(has x USER)" alice
tell x exit
ok "the end of the process does" waitfor 5 is_nsessions 0
rm -f /tmp/s.x.*

login x alice
tell x silent
tell x silent
login y alice
is "a forked child's silent pam_end ends nothing" "$(nsessions)" 2
logout x
ok "close ends only its own" waitfor 5 is_nsessions 1
kill -STOP "$(pid y)"
is "a stopped leader is a leader" "$(nsessions)" 1
kill -CONT "$(pid y)"
# who is told of the end never sees the session again, also if the daemon is killed then
if command -v strace >/dev/null; then
	login x alice
	traced -o /dev/null -p "$daemon" -e inject=unlinkat:delay_enter=300ms
	tell x close >/dev/null
	is "closed: its file is gone" "$(nsessions)" 1
	kill $strace
	wait $strace 2>/dev/null
	tell x end exit >/dev/null
	rm -f /tmp/s.x.*
fi
logout y
ok "closed: all gone" waitfor 5 gone alice
finish
