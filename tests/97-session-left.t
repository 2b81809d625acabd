#!/bin/sh
# killsession=1: what a session with a seat leaves is ended with it, and nothing else
# alone
config='stopdelay=0 killsession=1 killtimeout=2'
limit=120
. "${0%/*}/lib.sh"
. /src/tests/polkit.sh
service alice foo
core alice 'core_services="foo"'
daemon
sdlogin
# leaves NAME COMMAND...: the session's shell starts it in a session of its own
leaves() {
	name=$1
	shift
	rm -f /tmp/left
	echo "setsid sh -c 'echo \$\$ >/tmp/left; $*' & sleep 0.2" >"/tmp/do.$name"
	waitfor 5 [ -s /tmp/left ]
	left=$(cat /tmp/left)
}

onvt a alice 42
login c alice
foo=$(lastpid alice foo)
leaves a 'exec sleep 1000'
ok "the session lasts: it runs" not ended "$left"
session=$(cgroup "$left")
# turnstiled is away for a while: that ends no session
kill -TERM "$daemon"
wait "$daemon"
ok "turnstiled has ended: it runs" not ended "$left"
kill -TERM "$sdlogin"
wait "$sdlogin"
sdlogin
sleep 1.5
ok "turnstile-sdlogin was started again meanwhile: it runs" not ended "$left"
daemon
waitfor 5 is_state alice ready
ok "and is back: it runs" not ended "$left"
foo=$(lastpid alice foo)
echo exit >/tmp/do.a
ok "the session is over: it ends" waitfor 5 ended "$left"
ok "its cgroup goes" waitfor 5 [ ! -e "/sys/fs/cgroup$session" ]
ok "her services run on, as she is logged in elsewhere" not ended "$foo"
logout c

onvt b alice 42
leaves b 'trap ": >/tmp/asked" TERM; trap "" HUP; while :; do sleep 0.2; done'
echo exit >/tmp/do.b
waitfor 5 [ ! -e "/run/systemd/turnstile$(cgroup "$left")" ]
ok "who ends it is in nobody's way" flock -n /run/systemd/turnstile/.lock true
ok "it is asked" waitfor 5 [ -e /tmp/asked ]
sleep 1
ok "and has time to end" not ended "$left"
ok "who is deaf is killed" waitfor 8 ended "$left"
ok "gone" waitfor 5 gone alice

onvt r root 43
leaves r 'exec sleep 1000'
session=$(cgroup "$left")
echo exit >/tmp/do.r
waitfor 5 [ ! -e "/run/turnstiled/sessions$session" ]
sleep 1
ok "what root leaves stays" not ended "$left"
kill "$left"
ok "its cgroup goes then" waitfor 5 [ ! -e "/sys/fs/cgroup$session" ]
over
finish
