#!/bin/sh
# a session that ends while the service manager has been forked and is not executed yet:
# the order to stop is not lost
config='stopdelay=0'
. "${0%/*}/lib.sh"
needs strace
leaks=0
daemon
# it becomes the user slowly
ok "watched" traced -f -p "$daemon" -e trace=/^setgroups -e inject=/^setgroups:delay_enter=1500000 \
    -o /tmp/groups
comes a alice
forked() {
	[ "$(key "private/logins/$(id -u alice)" MANAGER)" -gt 0 ]
}
ok "forked" waitfor 5 forked
is "not executed" "$(procs alice)" ''
kill -KILL "$(pid a)"
rm /tmp/s.a.*
ok "gone" waitfor 5 gone alice
is "nothing was forced" "$(grep 'still run' /tmp/log)" ''
finish
