#!/bin/sh
# a program that opens a session and executes another without forking keeps it,
# whether it says pam_end or not: so does start-stop-daemon
config='stopdelay=0'
. "${0%/*}/lib.sh"
service alice foo
daemon

# keeps WHAT LINE...: a process that does this has its session until it ends
keeps() {
	what=$1
	shift
	login x alice
	file=$(session x)
	tell x "$@" >/tmp/told
	# who comes later is registered later than that was noticed
	login y alice
	is "$what: two sessions" "$(nsessions)" 2
	logout y
	ok "$what: one is left" waitfor 5 is_nsessions 1
	is "$what: the same" "$(session x)" "$file"
	is "$what: its leader" "$(has x LEADER)" "$(tell x pid)"
	ok "$what: has its directory" [ -d "/run/user/$(id -u alice)" ]
	is "$what: and the same services" "$(starts alice foo)" 1
	tell x exit
	ok "$what: exits, ended" waitfor 5 is_nsessions 0
	ok "$what: all gone" waitfor 5 gone alice
	rm -f /tmp/s.x.* /tmp/up.alice.foo
}

keeps "exec" exec
keeps "pam_end, exec" end exec
keeps "pam_end" end
keeps "a child with a copy says pam_end" silent exec

# it may open another one, and close that
login x alice
tell x exec
is "a second session" "$(tell x 'start test alice' 'item tty pts/7' open)" 0
is "of the same leader" "$(grep -l "^LEADER=$(pid x)$" /run/turnstiled/sessions/* | grep -c .)" 2
is "is closed" "$(tell x close end)" 0
ok "and leaves the first" waitfor 5 is_nsessions 1
tell x exit
ok "which ends with the process" waitfor 5 gone alice
rm -f /tmp/s.x.*
finish
