#!/bin/sh
# beside turnstile-sdlogin, too, a user's services can be given limits
# alone
config='stopdelay=0'
controllers=hugetlb
. "${0%/*}/lib.sh"
. /src/tests/polkit.sh
service alice foo
core alice 'core_services="foo"'
daemon
sdlogin
login a alice
uid=$(id -u alice)
cgroup=$(key "private/logins/$uid" CGROUP)
is "services are in their session" "${cgroup%/*}" "/sys/fs/cgroup/u$uid"
is "all controllers that are here are in their cgroup" "$(cat "$cgroup/cgroup.controllers")" \
    "$(cat /sys/fs/cgroup/cgroup.controllers)"
logout a
ok "gone" waitfor 5 gone alice
ok "and the cgroup" waitfor 5 [ ! -e "/sys/fs/cgroup/u$uid" ]
over
finish
