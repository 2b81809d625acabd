#!/bin/sh
# a process without the right to a descriptor closes its session, and one with
# many does after a HUP what it does before, in the same time
config='stopdelay=0'
limit=90
. "${0%/*}/lib.sh"
daemon
login a alice
t=$(now)
tell a poor >/tmp/told # libpam's own audit may fail then
t=$(($(now) - t))
ok "no descriptors: at once: $t" [ $t -lt 300 ]
ok "no descriptors: ended" waitfor 5 is_nsessions 0
ok "no descriptors: not a word" not grep pam_turnstile /tmp/syslog
tell a exit
rm -f /tmp/s.a.*

# closing N: N sessions of one process, AFTER that; how long it takes
closing() {
	process x
	for i in $(seq "$1"); do
		printf '%s\n' 'start test alice' 'item tty pts/7' open
	done >/tmp/s.x.in
	cat /tmp/s.x.out >/tmp/told
	echo "# $(nsessions) sessions"
	"$2"
	t=$(now)
	for i in $(seq 0 $(($1 - 1))); do
		printf '%s\n' "use $i" close
	done >/tmp/s.x.in
	cat /tmp/s.x.out >/tmp/told
	t=$(($(now) - t))
	is "closed without an error" "$(sort -u /tmp/told)" 0
	ok "none is left" waitfor 5 is_nsessions 0
	tell x exit
	rm -f /tmp/s.x.*
}
hup() {
	kill -HUP "$daemon"
	login y alice
	logout y
}
closing 100 true
before=$t
closing 100 hup
echo "# $before before, $t after"
ok "after a HUP: no pause for each" [ $((t - before)) -lt 150 ]
ok "after a HUP: not a word" not grep pam_turnstile /tmp/syslog
finish
