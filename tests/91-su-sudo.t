#!/bin/sh
# su - and su, sudo and sudo -i, to a user and to root
config='stopdelay=0'
. "${0%/*}/lib.sh"
. "${0%/*}/login.sh"
needs sudo
printf '%s\n' 'root ALL=(ALL) NOPASSWD: ALL' 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers
chmod 440 /etc/sudoers
daemon

# on WHAT NAME LEADER EXPECTED CMD...: in a shell of CMD's on a terminal
on() {
	what=$1 name=$2 leader=$3 data=$4
	shift 4
	terminal "$name" "$@"
	waitfor 10 shows "$name" '^[$#] $'
	type_ "$name" "look $name"
	type_ "$name" exit
	looked "$what" "$name" "$leader" "$data"
	wait "$(pid "$name")"
}

on "su -" a su 'SERVICE=su-l CLASS=user TYPE=tty REMOTE=0' su - alice
out "su -" a
on "su" b su 'SERVICE=su CLASS=user TYPE=tty' su alice
out "su" b
on "sudo -i" c sudo 'SERVICE=sudo-i CLASS=user TYPE=tty' sudo -i -u alice
out "sudo -i" c
on "sudo" d sudo 'SERVICE=sudo CLASS=user TYPE=tty' sudo -u alice sh
out "sudo" d

# root is registered and has a directory, but no services
on "sudo -i to root" e sudo 'SERVICE=sudo-i CLASS=user me=root services=' sudo -i
ok "sudo -i to root: ended" waitfor 5 is_nsessions 0
kill "$(saw e left)"
ok "sudo -i to root: the directory is gone" waitfor 5 [ ! -e /run/user/0 ]

# inside each other: two users' sessions, one of which ends
terminal f su - alice
waitfor 10 shows f '^\$ $'
type_ f 'look f; sudo -i'
ok "in" waitfor 5 is_nsessions 2
waitfor 10 shows f '^# $'
type_ f 'look g'
looked "sudo -i in su -" g sudo 'SERVICE=sudo-i REMOTE_USER=alice me=root services='
type_ f exit
ok "sudo -i in su -: one has ended" waitfor 5 is_nsessions 1
is "sudo -i in su -: the other has not" "$(state alice)" ready
kill "$(saw g left)"
type_ f exit
wait "$(pid f)"
out "su - around it" f

# without a terminal it is a background session
su - alice -c 'look h' </dev/null >/dev/null
looked "su without a terminal" h su 'SERVICE=su-l CLASS=background TYPE=unspecified services='
out "su without a terminal" h
finish
