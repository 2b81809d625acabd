#!/bin/sh
# markers: at the daemon's start, of users who are not there (yet), bad ones, and
# a directory that is replaced
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
markers=/var/lib/turnstiled/linger
mkuser bob
for user in alice bob; do
	service $user foo
	core $user 'core_services="foo"'
done

# lingers USER [TIMES]: services run without a session
lingers() {
	started "$1" foo "${2:-1}" && is_state "$1" ready && [ -d "/run/user/$(id -u "$1")" ]
}

mkdir -p $markers/adir
touch $markers/alice $markers/nosuch "$markers/two words" "$markers/$(printf 'a\nb')" $markers/.hidden $markers/~ $markers/-n
ln -s alice $markers/bob
daemon
ok "boot: a marked user's services start" waitfor 5 lingers alice
is "without a session" "$(nsessions)" 0
is "in the user's file" "$(key "users/$(id -u alice)" SESSIONS)" ''
login a alice
is "a login shares them" "$(starts alice foo)" 1
is "and the directory" "$(var a XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
logout a
ok "which stay when it ends" lingers alice

ok "nobody's marker is logged" waitfor 5 logged 'linger/nosuch.*no user nosuch'
ok "a directory is logged" logged 'linger/adir is ignored'
ok "a symbolic link is logged" logged 'linger/bob is ignored'
ok "it makes nobody linger" [ ! -e "/run/turnstiled/users/$(id -u bob)" ]
twice() {
	sed -n 's/.*\(linger\/.*\)/\1/p' /tmp/log | sort | uniq -d
}
is "one line each" "$(twice)" ''
rm -r $markers/bob $markers/adir $markers/.hidden $markers/~ $markers/-n $markers/two* $markers/a?b
touch $markers/bob
ok "a plain file instead: at once" waitfor 5 lingers bob
said=$(grep -c linger/nosuch /tmp/log)
mkuser nosuch
service nosuch foo
ok "one who is there now" waitfor 10 lingers nosuch
is "asked again, not said again" "$(grep -c linger/nosuch /tmp/log)" "$said"
rm $markers/nosuch
ok "and unmarked" waitfor 5 gone nosuch

# replaced
mv $markers /var/lib/turnstiled/was
ok "the directory goes: alice's services stop" waitfor 5 gone alice
ok "and bob's" waitfor 5 gone bob
mkdir $markers
touch $markers/bob
ok "another one comes: bob's start" waitfor 5 lingers bob 2
touch $markers/alice
ok "alice's too" waitfor 5 lingers alice 2
mkdir /var/lib/turnstiled/new
touch /var/lib/turnstiled/new/bob
rm $markers/*
rmdir $markers
mv /var/lib/turnstiled/new $markers
ok "renamed into its place: bob's run" waitfor 5 is_state bob ready
ok "alice's do not" waitfor 5 gone alice

# while there is no daemon
crash
rm $markers/bob
touch $markers/alice
daemon
ok "marked while there was no daemon" waitfor 5 is_state alice ready
ok "unmarked while there was none" waitfor 5 gone bob
kill -HUP "$daemon"
foo=$(lastpid alice foo)
rm $markers/alice
ok "exec and unmarked" waitfor 5 gone alice
ok "its service has ended" ended "$foo"

# the name service hangs: a child waits for it, nobody else
login a alice
mv /etc/passwd /etc/passwd.away
mkfifo /etc/passwd
touch $markers/bob
tell a close >/tmp/told
ok "while a look-up hangs: a session ends" waitfor 5 is_nsessions 0
rm /etc/passwd
mv /etc/passwd.away /etc/passwd
tell a end exit
rm -f /tmp/s.a.*
rm $markers/bob
touch $markers/bob
ok "the next one does not" waitfor 5 is_state bob ready
finish
