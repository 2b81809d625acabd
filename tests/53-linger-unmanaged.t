#!/bin/sh
# no lingering where another program makes the runtime directory
# with each service manager
config='stopdelay=0 managerundir=0'
. "${0%/*}/lib.sh"
mkdir -p /var/lib/turnstiled/linger
touch /var/lib/turnstiled/linger/alice
service alice foo
core alice 'core_services="foo"'
# OpenRC starts nothing without it
mkdir -p /run/user && install -d -o alice -m 700 "/run/user/$(id -u alice)"
daemon
login a alice
ok "up" waitfor 5 started alice foo
logout a
ok "gone" waitfor 5 idle alice
rm -rf /run/user
finish
