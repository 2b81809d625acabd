#!/bin/sh
# file times after 2038, as a dead clock battery makes them, are times like others: also
# where a long has 32 bits
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
service alice foo
core alice 'core_services="foo"'
mkdir -p /run/turnstiled /var/lib/turnstiled/linger
late='2040-01-01 12:00'
touch -d "$late" /var/lib/turnstiled/linger/alice /run/turnstiled /var/lib/turnstiled \
    /etc/pam.d/turnstiled /home/alice
ok "the daemon starts" daemon
ok "a marker counts" waitfor 5 started alice foo
login a alice
uid=$(id -u alice)
find /run/turnstiled "/run/user/$uid" -exec touch -h -d "$late" {} +
foo=$(lastpid alice foo)
ok "HUP" hup
crash
ok "and after a crash: the daemon starts" daemon
is "the session is there" "$(has a USER)" alice
ok "its services run" not ended "$foo"
rm /var/lib/turnstiled/linger/alice
logout a
ok "all is gone" waitfor 5 gone alice
finish
