#!/bin/sh
# a runtime directory that is another user's, or where others can write, is not made
# and not taken; the login goes on
config='stopdelay=0'
. "${0%/*}/lib.sh"
mkuser bob
uid=$(id -u alice)
service alice foo 'env >/tmp/foo; : >/tmp/foo.done; exec sleep 1000'
dir=/run/user/$uid
daemon

# refused WHAT OWNER: it stays as it is, and that is said
refused() {
	: >/tmp/log
	login a alice
	is "$1: the login goes on" "$id" 0
	is "$1: without it" "$(var a XDG_RUNTIME_DIR)" ''
	ok "$1: which is said" waitfor 5 logged "(alice): cannot make $dir: Operation not permitted; trying again$"
	ok "$1: nothing is mounted" lacks /proc/mounts " $dir "
	is "$1: nothing has changed" "$(stat -c '%U %a' /run/user "$dir" 2>/dev/null | xargs)" "$2"
	ok "$1: services run" waitfor 5 [ -e /tmp/foo.done ]
	ok "$1: and know of none" lacks /tmp/foo '^XDG_RUNTIME_DIR=\|^DBUS'
	rm -f /tmp/foo*
	logout a
	waitfor 5 [ ! -e "/run/turnstiled/users/$uid" ]
}

mkdir -p "$dir"
chmod 750 "$dir"
chown bob: "$dir"
refused "another user's" "root 755 bob 750"
login b alice
rmdir "$dir"
ok "when it has gone, hers is made" waitfor 5 eval '[ "$(stat -c "%U %a" "$dir" 2>/dev/null)" = "alice 700" ]'
logout b
ok "and gone" waitfor 5 gone alice
rm -f /tmp/foo*
chmod 775 /run/user
refused "others can write" "root 775"
chmod 755 /run/user
chown bob: /run/user
refused "what it is in is another's" "bob 755"
chown root: /run/user

mkdir -m 755 "$dir"
login b alice
is "root's: it is taken" "$(var b XDG_RUNTIME_DIR)" "$dir"
is "and is hers" "$(stat -c '%U %a' "$dir")" "alice 700"
logout b
ok "gone" waitfor 5 gone alice
finish
