#!/bin/sh
# exportdbus = 0
config='stopdelay=0 exportdbus=0'
. "${0%/*}/lib.sh"
bus alice
daemon
login a alice
is "no address" "$(var a DBUS_SESSION_BUS_ADDRESS)" ''
ok "the bus is there all the same" [ -S "/run/user/$(id -u alice)/bus" ]
finish
