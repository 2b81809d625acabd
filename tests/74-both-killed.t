#!/bin/sh
# daemon and supervisor are killed at once: the service manager stops; what is deaf is
# found by its cgroup and ended before services start again
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
service alice foo 'setsid sh -c "trap \"\" TERM HUP; echo \$\$ >/tmp/deaf; while :; do sleep 1000; done" &
	exec sleep 1000'
core alice 'core_services="foo"'
daemon
login a alice
ok "it runs" waitfor 5 [ -s /tmp/deaf ]
deaf=$(cat /tmp/deaf) manager=$(managers alice) foo=$(lastpid alice foo)
ok "the manager has a cgroup of its own" grep -q "/turnstiled.$(id -u alice)\." "/proc/$manager/cgroup"
ok "and so has what it started" grep -q "/turnstiled.$(id -u alice)\." "/proc/$deaf/cgroup"
kill -KILL "$daemon" "$(supervisor alice)"
wait "$daemon" 2>/dev/null
ok "the manager stops by itself" waitfor 5 ended "$manager"
ok "and its service" waitfor 5 ended "$foo"
ok "the deaf one does not" not ended "$deaf"
daemon
ok "services start again" waitfor 10 started alice foo 2
ok "the deaf one has ended before" ended "$deaf"
is "the session is what it was" "$(nsessions)" 1
logout a
ok "gone" waitfor 8 gone alice
finish
