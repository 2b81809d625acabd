#!/bin/sh
# /run without space, without inodes, not writable: logins go on, the log says
# so, and afterwards all is well without a restart
config='stopdelay=0 logintimeout=4'
limit=180
. "${0%/*}/lib.sh"
useradd -m -s /bin/sh bob
uid=$(id -u alice) bob=$(id -u bob)
service alice foo
service bob foo
daemon

well() {
	: >/tmp/log
	login "$1" "$2"
	is "$3: afterwards the login has its directory" "$(var "$1" XDG_RUNTIME_DIR)" "/run/user/$(id -u "$2")"
	ok "$3: it is there" [ -d "/run/user/$(id -u "$2")" ]
	ok "$3: and services" waitfor 8 is_state "$2" ready
	is "$3: and is in its file" "$(has "$1" USER)" "$2"
	logout "$1"
	ok "$3: and goes" waitfor 8 gone "$2"
	is "$3: no complaint" "$(grep -v -e killed -e 'service' /tmp/log)" ''
}

# during WHAT: a login, one that was there before, and what is left of it
during() {
	t=$(now)
	login during alice
	is "$1: the login goes on" "$id" 0
	ok "$1: in time" [ $(($(now) - t)) -lt 800 ]
	ok "$1: it is in the log" grep -q -e "$2" /tmp/log /tmp/syslog
	ok "$1: others go on" is_state bob ready
	ok "$1: the daemon lives" not ended "$daemon"
}

after() {
	ok "$1: then there are services" waitfor 8 is_state alice ready
	ok "$1: and a session file" waitfor 10 eval '[ "$(session during)" ]'
	ok "$1: and a directory" waitfor 10 [ -d "/run/user/$uid" ]
	login second alice
	is "$1: for the second login too" "$(var second XDG_RUNTIME_DIR)" "/run/user/$uid"
	ok "$1: which can be written" as alice "touch /run/user/$uid/file"
	ok "$1: services run" waitfor 5 started alice foo
	logout second during
	ok "$1: all goes" waitfor 8 gone alice
	well third alice "$1"
	rm -f /tmp/up.alice.foo
}

login b bob
mount -o remount,size=$(($(df --output=used -k /run | tail -n 1) + 200))k /run
cat /dev/zero >/run/fill 2>/dev/null
during "no space" 'No space left'
rm /run/fill
after "no space"

mount -o remount,nr_inodes=$(($(df --output=iused /run | tail -n 1) + 10)) /run
i=0
while touch "/run/fill.$((i += 1))" 2>/dev/null; do :; done
during "no inodes" 'No space left'
rm /run/fill.*
after "no inodes"
mount -o remount,size=100m,nr_inodes=10k /run

# to those who go by its name
mount --bind /run /run
mount -o remount,bind,ro /run
during "read-only" 'Read-only file system'
umount -l /run
after "read-only"

ok "who was in did not notice" is_state bob ready
is "its services run" "$(starts bob foo)" 1
logout b
ok "and goes" waitfor 8 gone bob
is "no log without end" "$([ "$(wc -l </tmp/log)" -lt 100 ] || wc -l </tmp/log)" ''
finish
