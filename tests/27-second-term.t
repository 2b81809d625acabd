#!/bin/sh
# a slow service is asked once: a second SIGTERM means "at once" to many
# with each service manager
config='stopdelay=0 stoptimeout=15 killtimeout=5'
limit=90
. "${0%/*}/lib.sh"
# saves for 4 s; a second word ends it at once
service alice slow 'trap "rm -f /tmp/ready; echo TERM >>/tmp/asked; [ \$asked ] && exit 1; asked=1; end=\$((\$(date +%s) + 4))" TERM
	asked= end=0
	: >/tmp/ready
	while [ ! $asked ] || [ $(date +%s) -lt $end ]; do sleep 0.1; done
	: >/tmp/saved'
check alice slow '[ -e /tmp/ready ]'
core alice 'core_services="slow"'
daemon

# saves WHAT: it was told to stop
saves() {
	ok "$1: it ends" waitfor 12 ended "$slow"
	is "$1: it was asked once" "$(xargs </tmp/asked)" TERM
	ok "$1: it has saved" [ -e /tmp/saved ]
	rm -f /tmp/asked /tmp/saved # not ready: the next one may have said so
}

# old: one that has just begun could be one whose fork made runsv lose the word, and
# is asked again (which a login as quick as a test's can see)
old() {
	slow=$(lastpid alice slow)
	sleep 0.1
}

login a alice
old
logout a
saves "logout"
waitfor 5 gone alice
login a alice
old
kill -TERM "$daemon"
saves "the daemon's stop"
ok "it ends too" waitfor 5 ended "$daemon"
wait "$daemon"
logout a
daemon
login a alice
old
kill -TERM "$(supervisor alice)"
saves "a supervisor's end"
waitfor 5 is_state alice ready
old
# its manager tells its services, and has gone before the next supervisor comes
manager=$(managers alice)
kill -STOP "$daemon"
kill -KILL "$(supervisor alice)"
waitfor 2 ended "$manager"
waitfor 2 [ -s /tmp/asked ]
kill -CONT "$daemon"
saves "a killed supervisor"
ok "a killed supervisor: nobody waits for who has gone" waitfor 5 is_state alice ready
logout a
is "nothing was forced" "$(grep 'SIGTERM\|killing\|orphan' /tmp/log)" ''
waitfor 8 gone alice
finish
