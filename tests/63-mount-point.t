#!/bin/sh
# what a user sees in an older mount namespace, where his runtime directory is not
# mounted, is not his: he cannot fill /run there
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
uid=$(id -u alice)
daemon
cat >/tmp/old.sh <<'END'
# in a mount namespace from before the login, as the user
while :; do
	sleep 0.05
	[ -e /tmp/go ] || continue
	for d in "/run/user/$1" "/run/turnstiled/$1" "/run/turnstiled/$1/sv"; do
		(cd "$d" && ls && : >"$d/file" && hostile fill "$d/fill")
	done >/tmp/filled 2>/dev/null
	mv /tmp/go /tmp/gone
done
END
turnstile-client private setpriv --reuid alice --regid alice --init-groups sh /tmp/old.sh "$uid" &
old=$!
ok "he is in another namespace" waitfor 5 eval \
    '[ "$(readlink /proc/$old/ns/mnt)" != "$(readlink /proc/$$/ns/mnt)" ]'
waitfor 5 eval 'grep -q old.sh /proc/$old/cmdline'

# fills WHAT
fills() {
	touch /tmp/go
	chown alice /tmp/go
	ok "$1: tried" waitfor 20 [ -e /tmp/gone ]
	rm -f /tmp/gone
	is "$1: could do nothing" "$(cat /tmp/filled)" ''
	is "$1: there is nothing in /run" "$(find /proc/$old/root/run -name fill -o -name file)" ''
}

login a alice
is "the directory is his, where it is mounted" "$(stat -c '%a %U' "/run/user/$uid")" '700 alice'
fills "logged in"
logout a
waitfor 5 gone alice
fills "logged out"
login a alice
login b alice
fills "again"
is "the mount point" "$(stat -c '%a %U' "/proc/$old/root/run/user/$uid" 2>&1)" '700 root'
logout a b
waitfor 5 gone alice
kill $old

# where mounting is refused the directory is the user's
kill "$daemon"
wait "$daemon"
daemon_by setpriv --bounding-set -sys_admin --inh-caps -all
login a alice
is "no mount: it is his" "$(stat -c '%a %U' "/run/user/$uid")" '700 alice'
ok "no mount: and he can write there" as alice "touch /run/user/$uid/file"
logout a
ok "no mount: gone" waitfor 5 gone alice
finish
