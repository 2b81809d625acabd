#!/bin/sh
# what a setuid program of a user's services leaves is root's, and ends with them,
# even where the supervisor was killed and cgroup2 is mounted nowhere
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
cp /usr/bin/hostile /usr/bin/suhostile
chmod 4755 /usr/bin/suhostile
service alice foo 'suhostile root /tmp/rooted; exec sleep 1000'
daemon
login r root # whose login's it is not

# one WHAT: the supervisor is killed, two: and the daemon
one() {
	rm -f /tmp/rooted
	login a alice
	ok "$1: it runs" waitfor 5 [ -s /tmp/rooted ]
	pid=$(cat /tmp/rooted)
	is "$1: as root" "$(stat -c %u "/proc/$pid")" 0
}

for how in "with cgroup" "without"; do
	if [ "$how" = without ]; then
		crash
		no_cgroup
		daemon
	fi
	one "$how"
	logout a
	ok "$how: it ends with the login" waitfor 5 ended "$pid"
	ok "$how: gone" waitfor 5 gone alice
	one "$how, supervisor killed"
	kill -KILL "$(supervisor alice)"
	ok "$how, supervisor killed: it is ended first" waitfor 10 ended "$pid"
	ok "$how, supervisor killed: services run again" waitfor 10 eval 'starts alice foo | grep -qx "[36]"'
	logout a
	ok "$how, supervisor killed: gone" waitfor 5 gone alice
done
one "both killed"
kill -KILL "$daemon" "$(supervisor alice)"
wait "$daemon" 2>/dev/null
daemon
ok "both killed: it is ended" waitfor 10 ended "$pid"
logout a
ok "gone" waitfor 10 gone alice
finish
