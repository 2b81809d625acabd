#!/bin/sh
# SIGTERM stops all users' services, in parallel and completely
# with each service manager
config='stopdelay=2 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
for u in bob carol dave; do
	mkuser $u
done
for u in alice bob carol dave; do
	service $u deaf 'trap "" TERM HUP; while :; do sleep 1000; done'
	service $u foo
	core $u 'core_services="deaf foo"'
done
touch_marker() { touch /var/lib/turnstiled/linger/dave; }
daemon
touch_marker
for u in alice bob carol; do
	login $u $u
done
waitfor 5 is_state dave ready
t=$(now)
kill -TERM "$daemon"
login late alice
ok "who comes meanwhile goes on at once" [ $(($(now) - t)) -lt 95 ]
ok "and is told why" waitfor 5 grep -q 'pam_turnstile.*turnstiled is stopping' /tmp/syslog
ok "it ends" waitfor 10 ended "$daemon"
ok "in parallel" [ $(($(now) - t)) -lt 700 ]
wait "$daemon"
is "its exit status" $? 0
for u in alice bob carol dave; do
	ok "$u's are gone" gone $u
done
is "nothing public is left" "$(find /run/turnstiled/users /run/turnstiled/sessions \
    -type f 2>/dev/null)" ''
ok "no socket" [ ! -e /run/turnstiled/control.sock ]
ok "nothing mounted" lacks /proc/mounts '/run/user/\|/run/turnstiled'
daemon=
logout late
# and logouts afterwards go through
for u in alice bob carol; do
	is "$u closes" "$(tell $u close)" 0
	tell $u end exit
done
finish
