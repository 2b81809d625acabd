#!/bin/sh
# the example for sysvinit: start, status, reload with a new binary, stop with a
# service that takes its time, restart, and a daemon that was killed
config='stopdelay=0'
limit=90
. "${0%/*}/lib.sh"
needs start-stop-daemon perl
cp /usr/share/examples/turnstile/turnstiled.sysvinit /etc/init.d/turnstiled
script=/etc/init.d/turnstiled

# does WORD STATUS: what it says is in /tmp/out
does() {
	$script "$1" >/tmp/out 2>&1
	is "$1" $? "${2-0}"
}

pid() {
	cat /run/turnstiled.pid
}

runs() {
	daemon=$(pid)
	listening && [ "$(cat "/proc/$daemon/comm")" = turnstiled ]
}

does status 3
does start
ok "it runs" waitfor 5 runs
does status
first=$(pid)
does start
is "once" "$(pgrep -c -x turnstiled -P 1)" 1
service alice foo
login a alice
ok "it serves" waitfor 5 started alice foo

cp /usr/sbin/turnstiled /usr/sbin/new && mv /usr/sbin/new /usr/sbin/turnstiled
does reload
new() { [ "$(readlink "/proc/$first/exe" | grep -c deleted)" = 0 ]; }
ok "the new binary is executed" waitfor 5 new
is "by the same process" "$(pid)" "$first"
is "the session is still there" "$(nsessions)" 1
does status

cp /usr/sbin/turnstiled /usr/sbin/new && mv /usr/sbin/new /usr/sbin/turnstiled
does stop
ok "a daemon whose binary was replaced is stopped, too" ended "$first"
ok "and all services with it" idle alice
ok "no pid file" [ ! -e /run/turnstiled.pid ]
logout a

service alice slow 'exec perl -e '\''$SIG{TERM} = sub { $end ||= time + 8 };
sleep 1 until $end && time >= $end; open F, ">/tmp/saved"; exit'\'
does start
waitfor 5 runs
login b alice
ok "the slow one runs" waitfor 5 started alice slow
does restart
ok "the slow one could save" [ -e /tmp/saved ]
ok "it runs again" waitfor 5 runs
is "no complaint" "$(grep 'still there\|killed' /tmp/log /tmp/syslog)" ''
rm -r /home/alice/.config/service/slow
logout b

p=$(pid)
kill -KILL "$p"
waitfor 5 [ ! -e "/proc/$p" ] # also reaped: the script takes a zombie for it
does status 1
does start
ok "a killed one is started again" waitfor 5 runs
does stop
does stop
does nonsense 2
daemon=
finish
