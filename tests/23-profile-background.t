#!/bin/sh
# profile = 1: what /etc/profile leaves in the background keeps nobody waiting
config='stopdelay=0 profile=1 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
printf '%s\n' 'export FROM=profile' '(while :; do sleep 1; done) &' >>/etc/profile
daemon
t=$(now)
login a alice
t=$(($(now) - t))
ok "services run" started alice foo
ok "soon ($t)" [ $t -lt 450 ]
is "with its variables" "$(tr '\0' '\n' <"/proc/$(lastpid alice foo)/environ" | sed -n 's/^FROM=//p')" profile
logout a
ok "gone" waitfor 10 gone alice
finish
