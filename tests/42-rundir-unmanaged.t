#!/bin/sh
# managerundir = 0
config='stopdelay=0 managerundir=0'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
service alice foo 'env >/tmp/foo; exec sleep 1000'
core alice 'core_services="foo"'
mkdir -p "/run/user/$uid"
touch "/run/user/$uid/file"
chown -R alice: "/run/user/$uid"
daemon
login a alice
ok "services have the variable" grep -qx "XDG_RUNTIME_DIR=/run/user/$uid" /tmp/foo
ok "nothing mounted" lacks /proc/mounts /run/user/
logout a
ok "services are gone" waitfor 5 idle alice
ok "left alone" [ -e "/run/user/$uid/file" ]
rm -r "/run/user/$uid"
finish
