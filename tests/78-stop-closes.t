#!/bin/sh
# a session is closed after its user's services have stopped, while turnstiled, which is
# told to stop, still waits for others
config='stopdelay=0 stoptimeout=3 killtimeout=1'
. "${0%/*}/lib.sh"
mkuser bob
service bob slow 'trap "" TERM; while :; do sleep 0.2; done'
core bob 'core_services="slow"'
daemon
login a alice
login b bob
kill "$daemon"
ok "one has stopped" waitfor 3 [ ! -e "/run/user/$(id -u alice)" ]
is "her session is closed" "$(tell a close)" 0
ok "that is known" waitfor 2 eval '[ "$(nsessions)" = 1 ]'
ok "the other one stops, too" waitfor 10 gone bob
ok "it ends" waitfor 5 ended "$daemon"
wait "$daemon"
is "in order" $? 0
rm -f /tmp/s.*
daemon=
[ ! "$TURNSTILE_SAN" ] || ok "no complaint of a sanitizer" reports
finish
