#!/bin/sh
# a bus that comes late is noticed, also by the supervisor that follows a killed one and
# finds the runtime directory there
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
service alice late 'rm -f $XDG_RUNTIME_DIR/bus; until [ -e /tmp/go ]; do sleep 0.1; done; exec dbus-daemon --session --nofork --nopidfile --address=unix:path=$XDG_RUNTIME_DIR/bus'
logins=/run/turnstiled/private/logins
daemon

# late NAME: nobody tells of it but the directory
late() {
	login "$1" alice
	is "$1: it is not there yet" "$(var "$1" DBUS_SESSION_BUS_ADDRESS)" ''
	: >/tmp/go
	ok "$1: it is noticed" waitfor 5 grep -qsx BUS=1 $logins/$uid
	rm /tmp/go
	login "$1$1" alice
	is "$1: and told" "$(var "$1$1" DBUS_SESSION_BUS_ADDRESS)" "unix:path=/run/user/$uid/bus"
}

late a
kill -KILL "$(supervisor alice)"
ok "they are started again" waitfor 10 started alice late 2
ok "another supervisor" waitfor 5 is_state alice ready
late b
logout a aa b bb
ok "gone" waitfor 5 gone alice
finish
