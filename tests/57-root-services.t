#!/bin/sh
# rootservices = 1: services, but root's login does not wait for them
# with each service manager
config='stopdelay=0 rootservices=1'
. "${0%/*}/lib.sh"
service root foo 'touch /tmp/foo; exec sleep 1000'
check root foo 'exit 1'
core root 'core_services="foo"'
daemon
t=$(now)
login a root
ok "no wait" [ $(($(now) - t)) -lt 600 ]
ok "services" waitfor 5 [ -e /tmp/foo ]
logout a
nomanager() { [ ! "$(managers root)" ]; }
ok "gone" waitfor 20 nomanager
finish
