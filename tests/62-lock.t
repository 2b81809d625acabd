#!/bin/sh
# users lock what they can open: the daemon starts all the same
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
mkuser bob
daemon
login b bob
crash

# locks: she keeps, or waits for, the lock of whatever is there
locks() {
	# shellcheck disable=SC2046
	setpriv --reuid alice --regid alice --init-groups hostile lock $(find /run /run/turnstiled* \
	    -maxdepth 3 \( -type f -o -type d \) 2>/dev/null) &
	locker=$!
	waitfor 5 waits
	sleep 0.2
}

waits() {
	[ "$(pgrep -c -P $locker)" -gt 3 ]
}

locks
daemon
ok "it starts where a user has locked" listening
ok "and takes sessions back" waitfor 5 is_nsessions 1
i=0
while [ $((i += 1)) -le 3 ]; do
	ok "HUP $i: ready again" hup
	ok "HUP $i: it lives" not ended "$daemon"
done
registers "lock" alice
turnstiled 2>/tmp/second
is "a second daemon is refused" $? 1
ok "as another is running" grep -q running /tmp/second
mv /run/turnstiled/control.sock /tmp
timeout 5 turnstiled 2>/tmp/second
is "by the first's lock, not by the socket alone" $? 1
mv /tmp/control.sock /run/turnstiled
kill $locker
finish
