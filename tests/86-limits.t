#!/bin/sh
# process table full, no descriptors, no memory: logins go on, and afterwards all
# is well without a restart
config='stopdelay=0 logintimeout=4 killtimeout=1 stoptimeout=2'
limit=180
. "${0%/*}/lib.sh"
useradd -m -s /bin/sh bob
service alice foo
service bob foo
daemon
login b bob
waitfor 5 started bob foo

# during WHAT: a login meanwhile
during() {
	t=$(now)
	login during alice
	is "$1: the login goes on" "$id" 0
	ok "$1: in time" [ $(($(now) - t)) -lt 900 ]
	ok "$1: it is in the log" waitfor 10 grep -q -e "$2" /tmp/log /tmp/syslog
	ok "$1: others go on" is_state bob ready
	ok "$1: the daemon lives" not ended "$daemon"
	ticks=$(cut -d' ' -f14 "/proc/$daemon/stat")
	sleep 0.5
	ok "$1: and does not spin" [ $(($(cut -d' ' -f14 "/proc/$daemon/stat") - ticks)) -lt 20 ]
}

after() {
	logout during
	ok "$1: all goes" waitfor 8 gone alice
	rm -f /tmp/up.alice.foo
	: >/tmp/log
	login after alice
	is "$1: then a login has its directory" "$(var after XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
	ok "$1: and services" waitfor 8 started alice foo
	logout after
	ok "$1: and goes" waitfor 8 gone alice
	is "$1: no complaint" "$(cat /tmp/log)" ''
}

# controller NAME: a v1 cgroup with the daemon in it, not counting us
controller() {
	mkdir -p "/tmp/$1" && mount -t cgroup -o "$1" "$1" "/tmp/$1" 2>/dev/null || return
	box=/tmp/$1/turnstile-test.$(date +%s%N)
	mkdir "$box"
}

# uncontrol NAME: no more of the cgroup
uncontrol() {
	echo "$daemon" >"/tmp/$1/cgroup.procs"
	for p in $(cat "$box/cgroup.procs"); do echo "$p" >"/tmp/$1/cgroup.procs"; done 2>/dev/null
	waitfor 5 rmdir "$box" 2>/dev/null
}

if controller pids; then
	echo "$daemon" >"$box/cgroup.procs"
	for max in 1 2 6; do
		echo $max >"$box/pids.max"
		during "pids.max $max" 'cannot\|not ready\|ended'
		echo max >"$box/pids.max"
		ok "pids.max $max: then there are services" waitfor 15 started alice foo
		after "pids.max $max"
	done
	uncontrol pids
else
	skip "process table full" "no v1 cgroup for pids"
fi

prlimit --pid "$daemon" --nofile=$(($(find "/proc/$daemon/fd" -type l | wc -l) + 2)):
during "descriptors" 'Too many open files\|no descriptor\|does not answer'
prlimit --pid "$daemon" --nofile=1024:
after "descriptors"

echo 'alice hard nproc 2' >/etc/security/limits.d/alice.conf
login during alice
is "nproc: the login goes on" "$id" 0
logout during
waitfor 10 gone alice
rm /etc/security/limits.d/alice.conf
rm -f /tmp/up.alice.foo
login after alice
ok "nproc: afterwards there are services" waitfor 8 started alice foo
logout after
waitfor 8 gone alice

if [ "$TURNSTILE_SAN" ]; then
	skip "no memory" "the sanitizers' memory has no such limits"
elif ! controller memory; then
	skip "no memory" "no v1 cgroup for memory"
else
	echo "$daemon" >"$box/cgroup.procs"
	echo 3M >"$box/memory.limit_in_bytes"
	service alice eater 'exec sh -c "x=x; while :; do x=\$x\$x; done"'
	t=$(now)
	login eats alice
	is "memory: the login goes on" "$id" 0
	ok "memory: in time" [ $(($(now) - t)) -lt 900 ]
	ok "memory: not the daemon is killed" not ended "$daemon"
	ok "memory: nor a supervisor" not logged 'was killed'
	ok "memory: others go on" is_state bob ready
	rm -rf "$(svdir alice)/eater"
	logout eats
	echo -1 >"$box/memory.limit_in_bytes"
	ok "memory: all goes" waitfor 10 gone alice
	rm -f /tmp/up.alice.foo
	login after alice
	ok "memory: afterwards there are services" waitfor 8 started alice foo
	logout after
	uncontrol memory
fi
ok "who was in did not notice" is_state bob ready
is "its services run" "$(starts bob foo)" 1
finish
