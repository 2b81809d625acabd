#!/bin/sh
# a hybrid system, with cgroup2 at /sys/fs/cgroup/unified: there is a login's cgroup
config='stopdelay=0'
cgroup=hybrid
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
ok "services run" started alice foo
ok "in a cgroup of their own" grep -q "^0::.*/turnstiled.$(id -u alice)\." "/proc/$(lastpid alice foo)/cgroup"
ok "in the hierarchy that is there" not mountpoint -q /run/turnstiled/private/cgroup
logout a
ok "gone" waitfor 5 gone alice
is "no cgroup is left" "$(find /sys/fs/cgroup -name 'turnstiled.*')" ''
finish
