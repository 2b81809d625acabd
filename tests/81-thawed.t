#!/bin/sh
# what could not be killed when services were started again has ended at the logout, and
# the runtime directory goes; but not if it may still be there
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
freezer
uid=$(id -u alice)
service alice foo
daemon

# survives WHAT: a service is frozen, and what alice has of that is killed
survives() {
	rm -f /tmp/up.alice.foo
	login a alice
	ok "$1: services run" waitfor 5 started alice foo
	victim=$(lastpid alice foo)
	freeze "$victim"
	kill -KILL "$("$1" alice)"
	ok "$1: they are started again" waitfor 15 started alice foo 2
	ok "$1: a survivor is reported" logged "cannot be killed.*[ :]$victim"
}

thaws() {
	thaw
	ok "thawed, it ends" waitfor 5 ended "$victim"
}

survives managers
thaws
logout a
ok "gone" waitfor 10 gone alice

survives supervisor
touch "/run/user/$uid/file"
logout a
ok "the login is over" waitfor 10 [ ! -e "/run/turnstiled/users/$uid" ]
ok "the directory is kept for a stray one" [ -e "/run/user/$uid/file" ]
thaws
rmdir "$box"
login a alice
logout a
ok "gone at last" waitfor 10 gone alice
finish
