#!/bin/sh
# runit's stage 3 lets users' services finish, with what the examples add to it
config='stopdelay=0'
limit=90
. "${0%/*}/lib.sh"
needs perl
ex=/usr/share/examples/turnstile
rm -rf /etc/service /var/service /etc/sv/turnstiled
mkdir -p /etc/sv/turnstiled
cp $ex/turnstiled.runit /etc/sv/turnstiled/run
service alice slow 'exec perl -e '\''$SIG{TERM} = sub { $end ||= time + 8 };
sleep 1 until $end && time >= $end; open F, ">/tmp/saved"; print F "yes"; exit'\'

runs() {
	daemon=$(cat /etc/sv/turnstiled/supervise/pid 2>/dev/null) && listening
}

# shutdown SERVICEDIR SH: what is saved when stage 3 ends, and everything is killed
shutdown() {
	mkdir -p "$1"
	ln -s /etc/sv/turnstiled "$1"
	runsvdir "$1" >/dev/null 2>>/tmp/log &
	sm=$!
	ok "$1: the daemon runs" waitfor 10 runs
	rm -f /tmp/up.alice.slow /tmp/saved
	login a alice
	waitfor 5 started alice slow
	export SERVICES="$1"
	sh -c "$2"'
	sv force-stop "$SERVICES"/*
	sv exit "$SERVICES"/*' >/tmp/out 2>&1
	saved=$(cat /tmp/saved 2>/dev/null)
	kill -HUP $sm
	wait $sm
	logout a
	waitfor 20 idle alice
	rm -r "$1"
}

shutdown /etc/service :
is "without the example, a service of 8 s does not finish in runit's 7" "$saved" ''

# Debian: a script that is executed, if it can be
mkdir -p /etc/runit/shutdown.d
printf '#!/bin/sh\necho shutdown\n' >/etc/runit/rc.shutdown
cat $ex/turnstiled.shutdown >>/etc/runit/rc.shutdown
chmod +x /etc/runit/rc.shutdown
shutdown /etc/service /etc/runit/rc.shutdown
is "Debian: it finishes" "$saved" yes

# Void: all there are read by stage 3's shell
cp $ex/turnstiled.shutdown /etc/runit/shutdown.d/05-turnstiled.sh
shutdown /var/service 'for f in /etc/runit/shutdown.d/*.sh; do [ -r "$f" ] && . "$f"; done'
is "Void: it finishes" "$saved" yes
daemon=
finish
