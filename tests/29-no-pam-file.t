#!/bin/sh
# without /etc/pam.d/turnstiled, for which PAM takes "other", the daemon says so
# once, at its start; with it nothing
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
daemon
is "with it nothing is said" "$(grep pam.d /tmp/log)" ''
mv /etc/pam.d/turnstiled /tmp
hup
ok "HUP without it: one line" waitfor 3 logged '/etc/pam.d/turnstiled'
kill "$daemon"
wait "$daemon"
: >/tmp/log
daemon
ok "a start without it: one line" waitfor 3 logged '/etc/pam.d/turnstiled'
login a alice
is "a login goes on" "$id" 0
is "and says it not again" "$(grep -c 'there is no /etc/pam.d/turnstiled' /tmp/log)" 1
logout a
ok "gone" waitfor 8 gone alice
finish
