#!/bin/sh
# the example for OpenRC: start, status, reload, a daemon that was killed, restart and
# stop with a service that takes its time; on Debian there is no localmount
config='stopdelay=0'
limit=90
. "${0%/*}/lib.sh"
needs openrc-run rc-service supervise-daemon perl
cp /usr/share/examples/turnstile/turnstiled.openrc /etc/init.d/turnstiled
rc-service -e turnstiled || { echo "1..0 # SKIP OpenRC looks for services elsewhere"; exit 0; }
mkdir -p /run/openrc # as if OpenRC had booted this
for d in starting started stopping inactive wasinactive failed hotplugged daemons \
    options exclusive scheduled init.d tmp; do
	mkdir -p /run/openrc/$d
done
echo default >/run/openrc/softlevel
service alice slow 'exec perl -e '\''$SIG{TERM} = sub { $end ||= time + 12 };
sleep 1 until $end && time >= $end; open F, ">/tmp/saved"; exit'\'

# does WORD STATUS: what it says is in /tmp/out
does() {
	rc-service turnstiled "$1" >/tmp/out 2>&1
	is "$1" $? "${2-0}"
	[ $? = 0 ] || sed 's/^/# /' /tmp/out
}

runs() {
	daemon=$(pgrep -x turnstiled -P "$(pgrep -x supervise-daemo || echo 0)") && listening
}

does status 3
does start
ok "it runs" waitfor 5 runs
does status
login a alice
ok "it serves" waitfor 5 started alice slow
does reload
ok "HUP" waitfor 5 grep -q 'executing /usr/sbin/turnstiled' /tmp/syslog
is "the session is still there" "$(nsessions)" 1

kill -KILL "$daemon"
ok "a killed one is started again" waitfor 10 runs
is "the session is still there" "$(nsessions)" 1
is "its service too" "$(starts alice slow)" 1
does restart
ok "the slow service could save" [ -e /tmp/saved ]
ok "it runs" waitfor 5 runs
ok "the session's services too" waitfor 5 started alice slow 2
logout a
rm /tmp/saved
does stop
ok "the slow service could save" [ -e /tmp/saved ]
ok "nothing is left" waitfor 5 gone alice
does status 3
daemon=
finish
