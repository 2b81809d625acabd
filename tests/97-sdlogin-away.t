#!/bin/sh
# turnstile-sdlogin while turnstiled is away: who becomes somebody else, whose pid it was,
# and what only looks like elogind
# alone
config='stopdelay=0'
limit=100
. "${0%/*}/lib.sh"
. /src/tests/polkit.sh
mkuser bob
daemon
sdlogin

# by su, from a session
login x alice 'put XDG_SEAT=seat0' 'put XDG_VTNR=42'
id=$(var x XDG_SESSION_ID)
is "the session has its cgroup" "$(cgroup "$(pid x)")" "/$id"
kill "$daemon"
wait "$daemon"
sh -c 'echo 0 >"/sys/fs/cgroup/$0/cgroup.procs"; exec su bob -c "echo \$\$ >/tmp/guest; exec sleep 1000"' "$id" &
ok "somebody else by su, while turnstiled is away" waitfor 5 [ -s /tmp/guest ]
guest=$(cat /tmp/guest)
is "leaves the session" "$(cgroup "$guest")" /
daemon
ok "the session comes back" waitfor 5 [ -e "/run/systemd/sessions/$id" ]
is "without him" "$(cgroup "$guest")" /
kill "$guest"

# a pid file that elogind has left
as bob 'cp /bin/sleep /tmp/elogind; exec /tmp/elogind 1000' &
waitfor 5 pgrep -x elogind >/tmp/why
pgrep -x elogind >/run/elogind.pid
login r bob
ok "a user's elogind is none" not waitfor 2 ended "$sdlogin"
rm /run/elogind.pid
pkill -KILL -x elogind
logout r

# the leader's pid is given again
p=$(pid x)
crash
kill -KILL "$p"
wait "$p" 2>/dev/null
rm -f /tmp/s.x.*
ok "its mark goes" waitfor 5 [ ! -e "/run/systemd/turnstile/$id" ]
again() {
	echo $((p - 1)) >/proc/sys/kernel/ns_last_pid
	sh -c 'echo $$ >/tmp/got; PAM_TYPE=open_session PAM_SERVICE=login PAM_USER=bob \
	    turnstile-sdlogin join; sed -n s/^0:://p /proc/$$/cgroup >/tmp/where'
	[ "$(cat /tmp/got)" = "$p" ]
}
ok "somebody has its pid" waitfor 20 again
is "and not its session" "$(cat /tmp/where)" /
daemon
kill "$sdlogin"
wait "$sdlogin"

# it starts while people come
sh -c 'while [ ! -e /tmp/stop ]; do PAM_TYPE=open_session PAM_SERVICE=turnstiled PAM_USER=alice \
    turnstile-sdlogin join; done' 2>/dev/null &
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	turnstile-sdlogin 2>>/tmp/starts &
	sleep 0.1
	kill $!
	wait $!
done
touch /tmp/stop
is "each start succeeds" "$(grep -c 'does another' /tmp/starts)" 0
pkill -TERM -x dbus-daemon
finish
