#!/bin/sh
# a user is renamed while logged in, and somebody else gets the old name: what is
# started then has no group of the other's
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
groupadd wheelers
groupadd friends
usermod -aG friends alice
uid=$(id -u alice) gid=$(id -g alice)
service alice foo 'id -G >>/tmp/groups; exec sleep 1000'
core alice 'core_services="foo"'
daemon
login a alice
is "her groups" "$(sed -n 1p /tmp/groups | xargs -n1 | sort | xargs)" \
    "$(id -G alice | xargs -n1 | sort | xargs)"
sed -i 's/^alice:/alicia:/' /etc/passwd /etc/shadow
sed -i 's/\([:,]\)alice$/\1alicia/' /etc/group
useradd -M -s /bin/sh -g wheelers -G root alice
ok "alice is another one" [ "$(id -u alice)" != "$uid" ]
pids=$(procs "$uid" | sed -n "s/ $sm$//p")
# shellcheck disable=SC2086
kill -KILL $pids
ok "her service manager starts again" waitfor 10 eval '[ "$(wc -l </tmp/groups)" = 2 ]'
is "with her own group and no other" "$(sed -n 2p /tmp/groups)" "$gid"
logout a
ok "gone" waitfor 10 eval '[ ! "$(procs "$uid")" ] && [ ! -e "/run/user/$uid" ]'
userdel alice
sed -i 's/^alicia:/alice:/' /etc/passwd /etc/shadow
finish
