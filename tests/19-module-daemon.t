#!/bin/sh
# the module and a daemon that does not answer, answers oddly, ends or comes back
config='stopdelay=0 logintimeout=3'
limit=150
. "${0%/*}/lib.sh"
mkdir /run/turnstiled
sock=/run/turnstiled/control.sock

# serve BACKLOG STEP...: a daemon that is none, see client.c
serve() {
	turnstile-client serve seqpacket $sock "$@" >/tmp/heard &
	server=$!
	waitfor 5 grep -q listening /tmp/heard || echo "# it does not listen"
	: >/tmp/syslog
}

unserve() {
	kill $server
	wait $server 2>/dev/null
	rm -f $sock
}

# opens WHAT LEAST MOST LINE...: a login is not refused, and takes so many
# hundredths of a second
opens() {
	what=$1 least=$2 most=$3
	shift 3
	process a 'start test alice' 'item tty pts/7' "$@"
	t=$(now)
	is "$what: opens" "$(tell a open)" 0
	t=$(($(now) - t))
	ok "$what: not before $least: $t" [ $t -ge "$least" ]
	ok "$what: nor after $most: $t" [ $t -le "$most" ]
	tell a env >/tmp/env.a
}

exits() {
	tell a exit
	rm -f /tmp/s.a.*
}

why() {
	ok "$1: said" waitfor 5 grep -q "alice is not registered and has no services: $2\$" /tmp/syslog
}

serve 0 fill
opens "a full queue" 490 800
why "a full queue" 'turnstiled does not answer'
is "a full queue: closes" "$(tell a close)" 0
exits
opens "a full queue, with signals" 490 800 'alarms 50'
exits
unserve

serve 5 accept hear
opens "silence" 490 800
why "silence" 'turnstiled does not answer'
exits
unserve
serve 5 accept hear
opens "silence, with signals" 490 800 'alarms 50'
exits
unserve

serve 5 accept hear sleep=1000 'say=OK|HEARD=yes|' accept
opens "an answer, with signals" 90 400 'alarms 50'
is "an answer, with signals: heard" "$(var a HEARD)" yes
exits
unserve

# the daemon has 5 s for a first word, logintimeout and 5 s for the last
serve 5 accept hear say=WAIT sleep=5400 'say=OK|LATE=yes|'
opens "a late answer" 530 800
is "a late answer: heard" "$(var a LATE)" yes
exits
unserve
serve 5 accept hear say=WAIT sleep=3000 say=WAIT sleep=5500 'say=OK|LATE=yes|'
opens "a too late answer" 790 1000
is "a too late answer: not heard" "$(var a LATE)" ''
exits
unserve

serve 5 accept hear close again
opens "one that hangs up" 480 800
why "one that hangs up" 'turnstiled does not answer'
exits
tries=$(grep -c accepted /tmp/heard)
ok "one that hangs up: tried again, $tries times" [ "$tries" -gt 10 ]
ok "one that hangs up: with pauses" [ "$tries" -lt 260 ]
unserve

# it is replaced while we wait: the same request again
serve 5 accept hear close accept hear say=WAIT close accept hear 'say=OK|NEW=yes|' hear 'say=OK|'
opens "one that comes back" 0 400
is "one that comes back: heard" "$(var a NEW)" yes
is "one that comes back: the same request" "$(grep ^heard /tmp/heard | uniq -c | awk '{ print $1 }')" 3
is "then it hears of the end, on the same connection" "$(tell a close)" 0
is "of this session" "$(sed -n 's/^heard .*|CLOSE=\([0-9]*\)|$/\1/p' /tmp/heard)" \
    "$(sed -n 's/^heard .*|OPEN=\([0-9]*\)|.*/\1/p' /tmp/heard | head -n 1)"
exits
unserve

# it ends in order, or does not, while a login waits: it may come back, within 5 s
serve 5 accept hear say=WAIT unlink stop close
opens "one that ends" 480 760
why "one that ends" 'turnstiled is not running'
exits
unserve
serve 5 accept hear say=WAIT stop close
opens "one that is killed" 480 760
why "one that is killed" 'turnstiled is not running'
exits
unserve

# words
serve 5 accept hear 'say=ERROR|there is no space|'
opens "an error" 0 300
why "an error" 'there is no space'
t=$(now)
is "an error: closes" "$(tell a close)" 0
ok "an error: there is nothing to close" [ $(($(now) - t)) -lt 300 ]
exits
unserve
serve 5 accept hear 'say=ERROR|'
opens "a bare error" 0 300
why "a bare error" 'ERROR'
exits
unserve
serve 5 accept hear 'say=OK|XDG_RUNTIME_DIR=/run/x|A=b|A=c|HERS=ours|junk|=x|EMPTY=ours|'
opens "variables" 0 300 'put HERS=hers' 'put XDG_RUNTIME_DIR=/run/hers' 'put junk=1' 'put EMPTY='
is "variables: the first word stands" "$(var a A)" b
is "variables: another module's, too" "$(var a HERS)" hers
is "variables: but not over the directory" "$(var a XDG_RUNTIME_DIR)" /run/x
is "variables: nothing is removed" "$(var a junk)" 1
ok "variables: or tried to be" not grep 'pam_putenv' /tmp/syslog
is "variables: an empty one is none" "$(var a EMPTY)" ours
exits
unserve

# an end in order is no reason to wait at a logout; and one logout is one
serve 5 accept hear 'say=OK|' hear unlink stop close
opens "before the end" 0 300
t=$(now)
is "an end in order: closes" "$(tell a close)" 0
ok "an end in order: at once" [ $(($(now) - t)) -lt 300 ]
ok "an end in order: said" waitfor 5 grep -q \
    "turnstiled was not told of the session's end: turnstiled is not running; it ends with this process" /tmp/syslog
is "a second close" "$(tell a close)" 0
is "is nothing" "$(grep -c 'was not told' /tmp/syslog)" 1
exits
unserve
finish
