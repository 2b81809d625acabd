#!/bin/sh
# the clock jumps by a day, back and forth: no timer fires early, or never
config='stopdelay=2 corewait=2 logintimeout=6 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
fake=$(find /usr/lib /usr/local/lib -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
if [ ! "$fake" ] || [ "$TURNSTILE_SAN" ]; then
	echo "1..0 # SKIP no libfaketime, or sanitizers, which do not go with it"
	exit 0
fi
if [ "$(LD_PRELOAD=$fake turnstiled -v 2>&1)" != "$(turnstiled -v)" ]; then
	echo "1..0 # SKIP libfaketime is another libc's than the program"
	exit 0
fi
service alice slow
check alice slow 'exit 1'
core alice 'core_services="slow"'

jump() {
	echo "$1" >/tmp/clock.new
	mv /tmp/clock.new /tmp/clock
}

jump +0
# a library to preload would be lost in what runs for the user, so all have it
cp "$fake" /usr/lib/libfake.so
cat >/usr/sbin/faked <<-'END'
	#!/bin/sh
	export LD_PRELOAD=/usr/lib/libfake.so FAKETIME_TIMESTAMP_FILE=/tmp/clock
	export FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1
	exec turnstiled
END
chmod +x /usr/sbin/faked
faked 2>>/tmp/log &
daemon=$!
waitfor 5 [ -S /run/turnstiled/control.sock ]

# jumps WHAT TO AND: during each wait there is
jumps() {
	rm -f /tmp/up.*
	jump "$2"
	t=$(now)
	(sleep 0.5; jump "$3") &
	login a alice
	took=$(($(now) - t))
	ok "$1: services were waited for ($took)" [ $took -ge 150 -a $took -lt 550 ]
	ok "$1: they run" started alice slow
	t=$(now)
	logout a
	(sleep 0.5; jump "$2") &
	ok "$1: the stop delay is not over late" waitfor 15 gone alice
	took=$(($(now) - t))
	ok "$1: nor early ($took)" [ $took -ge 190 ]
}

jumps "forth and back" +86400 -86400
jumps "back and forth" -86400 +86400
jump +0
finish
