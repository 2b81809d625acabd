#!/bin/sh
# /proc with any option that people use costs no login anything
config='stopdelay=0 corewait=6'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
bus alice
# this /proc has no uptime
now() {
	t=$(date +%s%N)
	echo "${t%???????}"
}
daemon
for option in defaults hidepid=1 hidepid=2 hidepid=4 subset=pid hidepid=2,subset=pid; do
	mount -t proc -o $option proc /proc 2>/tmp/why || { echo "# no $option here"; continue; }
	rm -f /tmp/up.*
	t=$(now)
	login a alice
	t=$(($(now) - t))
	ok "$option: in time ($t)" [ $t -lt 450 ]
	is "$option: its service runs" "$(starts alice foo)" 1
	is "$option: it has a bus" "$(var a DBUS_SESSION_BUS_ADDRESS)" "unix:path=/run/user/$(id -u alice)/bus"
	logout a
	ok "$option: gone" waitfor 8 gone alice
	is "$option: nothing in the log" "$(grep -v ' is ready$' /tmp/log)" ''
	: >/tmp/log
	umount /proc
done
finish
