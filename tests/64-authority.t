#!/bin/sh
# what a connection may say: one that has opened a session closes that session,
# and nothing else
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
run=/run/turnstiled
mkuser bob
mkuser carol
service carol foo
daemon
login b bob
bobs=$(session b)

# request FILE: the request id of a session, which only root can find
request() {
	if [ -h "$run/private/requests/${1#sessions/}" ]; then
		readlink "$run/private/requests/${1#sessions/}"
	else
		key "$1" OPEN
	fi
}

id=$(request "$bobs")
ok "the test knows the request" [ "$id" ]
is "users do not" "$(as alice "grep -rs -e '$id' /run; find /run -name '*$id*' -o -lname '*$id*'" 2>/dev/null)" ''
open=VERSION=1/OPEN=77/UID=$(id -u alice)/GID=$(id -g alice)/USER=alice/CLASS=background/

# holds WHAT RECORD: a second record on a connection that has a session
holds() {
	hostile say "$open" "$2" >/tmp/said
	ok "$1: is refused" grep -q '^ERROR/' /tmp/said
	ok "$1: and ends the connection" [ "$(tail -n 1 /tmp/said)" = closed ]
	ok "$1: bob's session goes on" [ -e "$run/$bobs" ]
	ok "$1: bob's login too" is_state bob ready
	is "$1: nobody is logged in by it" "$(state carol)" ''
}

holds "closing another's session" "VERSION=1/CLOSE=$id/"
holds "closing one that is not there" VERSION=1/CLOSE=4711/
holds "its own and another's" "VERSION=1/CLOSE=77/CLOSE=$id/"
uid=$(id -u carol)
holds "who lingers" "VERSION=1/LINGER=1/UID=$uid/GID=$uid/USER=carol/"
holds "another session" "VERSION=1/OPEN=78/UID=$uid/GID=$uid/USER=carol/CLASS=user/"
holds "nothing" VERSION=1/
hostile say "VERSION=1/LINGER=1/UID=$uid/GID=$(id -g bob)/USER=carol/" >/tmp/said
ok "no client tells who lingers" waitfor 2 eval '[ ! "$(state carol)" ]'
is "and starts nobody's services" "$(starts carol foo)" 0
is "one session is open" "$(nsessions)" 1

hostile say "$open" VERSION=1/CLOSE=77/ >/tmp/said
ok "its own session it closes" grep -q '^OK/' /tmp/said
ok "which ends the connection" [ "$(tail -n 1 /tmp/said)" = closed ]
hostile say "$open" VERSION=1/CLOSE=77/ "VERSION=1/CLOSE=$id/" >/tmp/said
ok "and nothing after it" [ -e "$run/$bobs" ]
hostile say VERSION=1/CLOSE=4711/ "VERSION=1/CLOSE=$id/" >/tmp/said
ok "a second record after a first CLOSE is not heard" [ -e "$run/$bobs" ]
hostile say "VERSION=1/CLOSE=$id/" >/tmp/said
ok "as the first record: closed" waitfor 2 [ ! -e "$run/$bobs" ]
is "gone" "$(nsessions)" 0
finish
