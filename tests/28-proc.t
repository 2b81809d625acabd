#!/bin/sh
# /proc as people harden it, without what is not theirs or without all but processes:
# no login waits for that
# with each service manager
config='stopdelay=0'
limit=90
. "${0%/*}/lib.sh"
mkdir /tmp/proc
mount -t proc proc /tmp/proc
now() {
	read -r up _ </tmp/proc/uptime
	echo "${up%.*}${up#*.}"
}

service alice foo
bus alice
[ $backend != runit ] || rm /home/alice/.config/service/dbus/check
core alice 'core_services="foo"'
daemon
for option in hidepid=1 hidepid=2 subset=pid hidepid=2,subset=pid; do
	rm -f /tmp/up.alice.foo
	mount -t proc -o "$option" proc /proc || continue
	t=$(now)
	login a alice
	t=$(($(now) - t))
	ok "$option: a login waits for nothing but its services ($t)" [ $t -lt 400 ]
	ok "$option: which are up" started alice foo
	is "$option: the bus, too" "$(var a DBUS_SESSION_BUS_ADDRESS)" \
	    "unix:path=/run/user/$(id -u alice)/bus"
	is "$option: no complaint" "$(grep 'not up\|login goes on' /tmp/log)" ''
	logout a
	ok "$option: gone" waitfor 5 gone alice
	umount /proc
done
finish
