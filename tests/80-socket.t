#!/bin/sh
# nobody but root can connect, and what is said there is checked
config='stopdelay=0'
. "${0%/*}/lib.sh"
cc -o /usr/bin/hostile /src/tests/hostile.c -lpthread
run=/run/turnstiled
daemon

as alice 'hostile say VERSION=1/' >/tmp/said 2>&1
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

# refused WHAT RECORD...
refused() {
	what=$1
	shift
	hostile say "$@" >/tmp/said
	ok "$what: refused" grep -q -e '^ERROR/' -e '^closed' /tmp/said
	ok "$what: the connection is closed" [ "$(tail -n 1 /tmp/said)" = closed ]
	is "$what: no session" "$(nsessions)" 1
}

refused "one byte" x
refused "no version" OPEN=1/UID=30099/USER=x/
ok "the reason is said" grep -q '^ERROR/.*malformed' /tmp/said
refused "another version" VERSION=2/OPEN=1/UID=30099/USER=x/
ok "the reason is said" grep -q '^ERROR/.*version' /tmp/said
refused "not ended" VERSION=1/OPEN=1/UID=30099/USER=x
refused "no equals sign" VERSION=1/OPEN=1/UID=30099/USER=x/FOO/
refused "empty strings" ///
refused "a newline" "VERSION=1/OPEN=1/UID=30099/USER=x
LEADER=1/"
refused "a long value" "VERSION=1/OPEN=1/UID=30099/USER=$(printf %0600d 1)/"
refused "no user" VERSION=1/OPEN=1/UID=30099/
refused "no uid" VERSION=1/OPEN=1/USER=x/
refused "no id" VERSION=1/UID=30099/USER=x/
for uid in -1 4294967295 4294967296 99999999999999999999 x 0x10 ''; do
	refused "uid '$uid'" "VERSION=1/OPEN=1/UID=$uid/GID=30099/USER=x/"
done
for gid in -1 4294967295 x; do
	refused "gid '$gid'" "VERSION=1/OPEN=1/UID=30099/GID=$gid/USER=x/"
done
refused "no gid" VERSION=1/OPEN=1/UID=30099/USER=x/
for id in -1 99999999999999999999 1x ''; do
	refused "id '$id'" "VERSION=1/OPEN=$id/UID=30099/GID=30099/USER=x/"
done
refused "another's id" "VERSION=1/OPEN=$(sed -n 's/^OPEN=//p' "$run/$(session a)")/UID=30099/GID=30099/USER=x/"
refused "a private key" "VERSION=1/OPEN=1/UID=30099/GID=30099/USER=x/LEADER=1/START=1/"
refused "twice the same key" "VERSION=1/OPEN=1/OPEN=2/UID=30099/GID=30099/USER=x/"
refused "a second request" VERSION=1/OPEN=5/UID=30099/GID=30099/USER=x/CLASS=background/ \
    VERSION=1/OPEN=6/UID=30099/GID=30099/USER=x/CLASS=background/
refused "closing what is not" VERSION=1/CLOSE=12345/
for bytes in 8191 8192 8193 65536 200000; do
	hostile big $bytes >/tmp/said 2>&1
	ok "$bytes bytes: the connection has ended" waitfor 5 is_nsessions 1
	ok "$bytes bytes: the daemon lives" not ended "$daemon"
done
ok "a session of 8192 bytes is whole in its file" not grep -q damaged /tmp/log

hostile shut VERSION=1/OPEN=9/UID=30099/GID=30099/USER=x/CLASS=background/ &
shut=$!
ok "who shuts down reading is a session" waitfor 5 is_nsessions 2
kill $shut
ok "until its end" waitfor 5 is_nsessions 1
hostile noise 5000 1
hostile again 500 VERSION=1/OPEN=5/UID=30099/GID=30099/USER=x/CLASS=background/
ok "noise leaves no session" waitfor 5 is_nsessions 1
t=$(now)
login b alice
is "a login afterwards" "$(var b XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
ok "is fast" [ $(($(now) - t)) -lt 300 ]
ok "nothing of the noise is left" waitfor 8 eval '[ "$(find $run /run/user -name "[0-9]*" -prune | grep -c -e /30099 -e /4294)" = 0 ]'
finish
