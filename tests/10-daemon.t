#!/bin/sh
# the daemon's command line, and when it refuses to start
. "${0%/*}/lib.sh"

# says WHAT STATUS TEXT COMMAND...: one line on stderr and no more
says() {
	what=$1 wanted=$2 text=$3
	shift 3
	timeout 5 "$@" >/tmp/out 2>/tmp/err
	is "$what: exit status" $? "$wanted"
	is "$what: one line" "$(cat /tmp/out /tmp/err | wc -l)" 1
	ok "$what: the line" grep -e "$text" /tmp/out /tmp/err
}

says "-v" 0 '^turnstiled[- ][0-9]' turnstiled -v
says "-x" 2 '^usage: turnstiled' turnstiled -x
says "an operand" 2 '^usage: turnstiled' turnstiled foo
says "-v and more" 2 '^usage: turnstiled' turnstiled -v -v
says "not root" 1 'root' setpriv --reuid 65534 --clear-groups turnstiled

mount -t tmpfs -o ro tmpfs /run
says "/run cannot be written" 1 '/run/turnstiled' turnstiled
umount /run
mv /var/lib/turnstiled /var/lib/was 2>/dev/null
touch /var/lib/turnstiled
says "/var/lib/turnstiled is a file" 1 '/var/lib/turnstiled' turnstiled
rm /var/lib/turnstiled

daemon
says "a second one" 1 'running' turnstiled
ok "the first lives" not ended "$daemon"
login a alice
is "and serves" "$(nsessions)" 1
is "the marker directory" "$(stat -c %a%u /var/lib/turnstiled/linger)" 7550
is "the socket" "$(stat -c %a%u /run/turnstiled/control.sock)" 6000
crash
daemon
ok "it starts on a dead one's socket" not ended "$daemon"
logout a
kill "$daemon"
wait "$daemon"
turnstiled <&- >&- 2>&- &
daemon=$!
ok "it starts without standard descriptors" waitfor 5 listening
is "and has them" "$(readlink "/proc/$daemon/fd/0" "/proc/$daemon/fd/1" "/proc/$daemon/fd/2" | sort -u)" /dev/null
login a alice
is "and serves" "$(nsessions)" 1
finish
