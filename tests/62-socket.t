#!/bin/sh
# nobody but root can connect, and what is said there is checked
config='stopdelay=0'
. "${0%/*}/lib.sh"
cc -o /usr/bin/hostile /src/tests/hostile.c -lpthread
run=/run/turnstiled
version=$(sed -n 's/^#define PROTOVERSION *"\(.*\)"$/\1/p' /src/proto.h)
daemon

# anid SESSION: its request id, which is no user's to know
anid() {
	readlink $run/private/requests/"$1" || sed -n 's/^OPEN=//p' "$run/sessions/$1"
}

# request [CHANGE]: what is right in all but that, an argument for sed
request() {
	echo "VERSION=$version/OPEN=1/UID=30099/GID=30099/USER=x/CLASS=background/" | sed "${1-}"
}

as alice "hostile say $(request)" >/tmp/said 2>&1
is "a user cannot connect" "$(grep -o 'Permission denied' /tmp/said)" 'Permission denied'
is "the socket" "$(stat -c '%a %U' $run/control.sock)" "600 root"
is "what users can write" "$(find $run -path "$run/[0-9]*" -prune -o ! -type l -perm /022 -print)" ''
login a alice
is "with a login too" "$(find $run -path "$run/[0-9]*/*" -prune -o ! -type l -perm /022 -print)" ''
is "of it, only what the service manager needs" \
    "$(find "$run/$(id -u alice)" ! -user root -printf '%f ' -prune | xargs -n1 | sort | xargs)" "ready sv"
ok "the private files are root's" not as alice "ls $run/private"
is "all of them" "$(find $run/private -type f ! -perm 600)" ''
is "sessions are public" "$(stat -c %a "$run/$(session a)")" 644

# whose the socket's mode does not keep out, the peer's uid does
chmod 666 $run/control.sock
as alice "hostile say $(request)" >/tmp/said 2>&1
is "a user who can connect is thrown out" "$(cat /tmp/said)" closed
is "and has no session" "$(nsessions)" 1
chmod 600 $run/control.sock

# refused WHAT RECORD...
refused() {
	what=$1
	shift
	hostile say "$@" >/tmp/said
	ok "$what: refused" grep -q -e '^ERROR/' -e '^closed' /tmp/said
	ok "$what: the connection is closed" [ "$(tail -n 1 /tmp/said)" = closed ]
	is "$what: no session" "$(nsessions)" 1
}

# malformed WHAT RECORD: refused, and for that
malformed() {
	refused "$@"
	ok "$1: for what it is" grep -q '^ERROR/.*malformed' /tmp/said
}

# accepted WHAT RECORD: without which the others could be refused for anything
accepted() {
	hostile say "$2" >/tmp/said
	ok "$1: it is a session" grep -q '^OK/' /tmp/said
	ok "$1: until its end" waitfor 5 is_nsessions 1
}

accepted "a request" "$(request)"
refused "one byte" x
malformed "no version" "$(request 's/VERSION=[^/]*.//')"
refused "another version" "$(request 's/VERSION=/&9/')"
ok "the reason is said" grep -q '^ERROR/.*version' /tmp/said
malformed "not ended" "$(request 's/.$//')"
malformed "no equals sign" "$(request 's/$/FOO\//')"
malformed "empty strings" "$(request 's/$/\/\//')"
malformed "a newline" "$(request 's/USER=x/USER=x\nTTY=forged/')"
malformed "a newline in a key that nobody knows" "$(request 's/USER=x/&\/X\nTTY=forged/')"
malformed "an escape in one" "$(request "s/USER=x/&\/X$(printf '\033')=1/")"
malformed "an escape" "$(request "s/USER=x/&$(printf '\033')/")"
malformed "a delete" "$(request "s/USER=x/&$(printf '\177')/")"
accepted "a value of 511 bytes" "$(request "s/USER=x/USER=$(printf %0511d 1)/")"
malformed "a value of 512 bytes" "$(request "s/USER=x/USER=$(printf %0512d 1)/")"
refused "no user" "$(request 's/USER=x.//')"
refused "no uid" "$(request 's/UID=[^/]*.//')"
refused "no gid" "$(request 's/GID=[^/]*.//')"
refused "no id" "$(request 's/OPEN=[^/]*.//')"
for uid in -1 4294967295 4294967296 99999999999999999999 x 0x10 ''; do
	refused "uid '$uid'" "$(request "s/UID=[^/]*/UID=$uid/")"
done
for gid in -1 4294967295 x ''; do
	refused "gid '$gid'" "$(request "s/GID=[^/]*/GID=$gid/")"
done
for id in -1 99999999999999999999 1x ''; do
	refused "id '$id'" "$(request "s/OPEN=[^/]*/OPEN=$id/")"
done
id=$(anid "$(basename "$(session a)")")
ok "a session's request id is known here" expr "$id" : '[0-9][0-9]*$'
refused "another's id" "$(request "s/OPEN=1/OPEN=$id/")"
malformed "a private key" "$(request 's/$/LEADER=1\/START=1\//')"
malformed "twice the same key" "$(request 's/$/OPEN=2\//')"
refused "a second request" "$(request)" "$(request s/OPEN=1/OPEN=6/)"
refused "closing what is not" "VERSION=$version/CLOSE=12345/"
for bytes in 8191 8192 8193 65536 200000; do
	hostile big $bytes >/tmp/said 2>&1
	ok "$bytes bytes: the connection has ended" waitfor 5 is_nsessions 1
	ok "$bytes bytes: the daemon lives" not ended "$daemon"
done
ok "a session of 8192 bytes is whole in its file" lacks /tmp/log damaged

hostile shut "$(request)" &
shut=$!
ok "who shuts down reading is a session" waitfor 5 is_nsessions 2
kill $shut
ok "until its end" waitfor 5 is_nsessions 1
hostile noise 5000 1
hostile again 500 "$(request)"
ok "noise leaves no session" waitfor 5 is_nsessions 1
t=$(now)
login b alice
is "a login afterwards" "$(var b XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
ok "is fast" [ $(($(now) - t)) -lt 450 ]
ok "nothing of the noise is left" waitfor 8 eval '[ "$(find $run /run/user -name "[0-9]*" -prune | grep -c -e /30099 -e /4294)" = 0 ]'
finish
