#!/bin/sh
# linger = LingerNever, and no lingering in a directory of another's
# with each service manager
config='stopdelay=0 linger=LingerNever'
. "${0%/*}/lib.sh"
mkdir -p /var/lib/turnstiled/linger
touch /var/lib/turnstiled/linger/alice
service alice foo
daemon
login a alice
ok "started by the login" waitfor 5 started alice foo
logout a
ok "gone" waitfor 5 gone alice
finish
