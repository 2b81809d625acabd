#!/bin/sh
# a supervisor is killed: sessions and the runtime directory stay, what it left
# goes down the whole ladder, then the services start again
# with each service manager
config='stopdelay=0 stoptimeout=1 killtimeout=1'
limit=240
. "${0%/*}/lib.sh"
uid=$(id -u alice)

newdaemon() {
	daemon
	ups=$((${ups:-0} + 1))
	waitfor 5 ready
}

ready() {
	[ "$(grep -c ' is ready$' /tmp/log)" -ge $ups ]
}

# living SERVICE: how many processes of it
living() {
	while read -r pid; do
		ended "$pid" || echo "$pid"
	done <"/tmp/up.alice.$1" | wc -l
}

# again N: the services have been started N times
again() {
	started alice foo "$1" && started alice deaf "$1" && is_state alice ready
}

# after WHAT: what must be after the Nth start
after() {
	count=$((count + 1))
	ok "$1: the services start again" waitfor 20 again $count
	ok "$1: the deaf one had ended before" [ "$(cat /tmp/first)" = ended ]
	is "$1: one service manager" "$(managers alice | wc -l)" 1
	is "$1: each service once" "$(living foo) $(living deaf)" "1 1"
	ok "$1: the sessions stay" [ "$(ls /run/turnstiled/sessions)" = "$sessions" ]
	is "$1: and the directory" "$(stat -c %i "$XDG/file")" "$inode"
}

scene() {
	rm -f /tmp/up.*
	touch /tmp/deaf
	chown alice /tmp/deaf
	service alice foo
	# each start says whether the one before has ended (or is a zombie)
	service alice deaf 'trap "" TERM HUP INT
		if [ -e "/proc/$(cat /tmp/deaf)/exe" ]; then echo lives; else echo ended; fi >/tmp/first
		echo $$ >/tmp/deaf
		while :; do sleep 1000; done'
	core alice 'core_services="foo deaf"'
	newdaemon
	login a alice
	login b alice
	sessions=$(ls /run/turnstiled/sessions) count=1 XDG=/run/user/$uid
	touch "$XDG/file"
	inode=$(stat -c %i "$XDG/file")

	lines=$(grep -c 'was killed' /tmp/log)
	kill -KILL "$(supervisor alice)"
	login c bob
	is "$1: others log in meanwhile" "$id" 0
	ok "$1: while it goes down the ladder" not ended "$(lastpid alice deaf)"
	logout c
	after "$1"
	is "$1: in one log line" "$(grep -c 'was killed' /tmp/log)" $((lines + 1))
	login d alice
	is "$1: a new session works" "$(var d XDG_RUNTIME_DIR)" "$XDG"
	logout d

	# a login meanwhile waits for the services to come
	kill -KILL "$(supervisor alice)"
	waitfor 5 not is_state alice ready
	login d alice
	ok "$1: a login meanwhile waits" is_state alice ready
	logout d
	after "$1, with a login"

	# the last logout meanwhile
	kill -KILL "$(supervisor alice)"
	logout a b
	ok "$1: the last logout meanwhile: all gone" waitfor 20 gone alice
	is "$1: not started again" "$(starts alice foo)" $count

	# while it stops, and while it starts
	login a alice
	count=$((count + 1))
	supervisor alice >/tmp/pid
	logout a
	ok "$1: stopping" waitfor 5 is_state alice stopping
	kill -KILL "$(cat /tmp/pid)"
	ok "$1: killed while it stops: all gone" waitfor 20 gone alice
	rm -f /tmp/go
	comes a alice
	for i in 1 2; do
		ok "$1: starting $i" waitfor 20 begun
		kill -KILL "$(supervisor alice)"
	done
	wait $a
	is "$1: killed while it starts: in" "$(cat /tmp/a)" 0
	ok "$1: with services" waitfor 20 is_state alice ready
	is "$1: one service manager" "$(managers alice | wc -l)" 1
	logout a
	ok "$1: all gone" waitfor 20 gone alice
}

# begun: a supervisor that is not the last one killed
begun() {
	[ "$(supervisor alice)" ] && [ "$(supervisor alice)" != "$(cat /tmp/pid)" ] && supervisor alice >/tmp/pid
}

mkuser bob
service bob foo
scene cgroup

# with the daemon
service alice foo
rm -f /tmp/up.*
login a alice
login b alice
sessions=$(ls /run/turnstiled/sessions) count=1
touch "$XDG/file"
inode=$(stat -c %i "$XDG/file")
crash
newdaemon
kill -KILL "$(supervisor alice)"
after "after a daemon's crash"
kill -KILL "$daemon" "$(supervisor alice)"
wait "$daemon" 2>/dev/null
newdaemon
after "with the daemon"
crash
kill -KILL "$(supervisor alice)"
newdaemon
after "after the daemon"
logout a b
ok "all gone" waitfor 20 gone alice
is "no cgroup is left" "$(find /sys/fs/cgroup -type d -name 'turnstiled.*')" ''
kill "$daemon"
wait "$daemon"

mount -t tmpfs none /sys/fs/cgroup
scene "no cgroup"
rm -rf "$(svdir alice)/deaf" "$(svdir alice)/deaf.d" "$(svdir alice)/boot.d/deaf"
core alice 'core_services="foo"'
rm -f /tmp/up.*
login a alice
crash
newdaemon
kill -KILL "$(supervisor alice)"
ok "no cgroup, after a daemon's crash: the services start again" waitfor 20 started alice foo 2
ok "one service manager" waitfor 5 eval '[ "$(managers alice | wc -l)" = 1 ]'
logout a
ok "all gone" waitfor 20 gone alice
finish
