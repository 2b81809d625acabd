#!/bin/sh
# no lingering where another program makes the runtime directory
# with each service manager
config='stopdelay=0 managerundir=0'
. "${0%/*}/lib.sh"
mkdir -p /var/lib/turnstiled/linger
touch /var/lib/turnstiled/linger/alice
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
ok "up" waitfor 5 started alice foo
logout a
ok "gone" waitfor 5 idle alice
finish
