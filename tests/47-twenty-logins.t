#!/bin/sh
# twenty first logins in a row have the bus, also the very first ones of a user
# with each service manager
config='stopdelay=0'
limit=180
. "${0%/*}/lib.sh"
bus alice
core alice 'core_services="dbus"'
daemon
i=0 address=0 answer=0
while [ $((i += 1)) -le 20 ]; do
	# every other time no supervise directory exists yet
	[ $((i % 2)) = 0 ] || rm -rf "$(svdir alice)"/*/supervise
	shell alice 'echo "$DBUS_SESSION_BUS_ADDRESS"
		dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
		    org.freedesktop.DBus.GetId' >/tmp/out 2>&1
	[ "$(head -1 /tmp/out)" != "unix:path=/run/user/$(id -u alice)/bus" ] || address=$((address + 1))
	! grep -q '^method return' /tmp/out || answer=$((answer + 1))
	waitfor 10 gone alice || break
done
is "have the address" $address 20
is "the bus answers" $answer 20
is "no complaint" "$(grep 'service .* login goes on' /tmp/log)" ''
finish
