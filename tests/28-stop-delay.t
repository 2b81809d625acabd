#!/bin/sh
# services are stopped stopdelay seconds after the last logout
# with each service manager
config='stopdelay=4'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
run=/run/user/$(id -u alice)
markers=/var/lib/turnstiled/linger
daemon
login a alice
touch "$run/mine"
for _ in 1 2 3 4; do
	logout a
	is "logged out" "$(nsessions)" 0
	login a alice
done
is "a loop of logins finds them running" "$(starts alice foo)" 1
ok "and the directory" [ -e "$run/mine" ]
foo=$(lastpid alice foo)
t=$(now)
logout a
is "the user has no session" "$(key "users/$(id -u alice)" SESSIONS)" ''
ok "they stop" waitfor 15 ended "$foo"
t=$(($(now) - t))
ok "not early ($t)" [ $t -ge 390 ]
ok "nor late" [ $t -lt 800 ]
ok "all is gone" waitfor 5 gone alice

# a delay that was interrupted begins anew
login b alice
logout b
sleep 2.4
login b alice
foo=$(lastpid alice foo)
t=$(now)
logout b
ok "once more they stop" waitfor 15 ended "$foo"
t=$(($(now) - t))
ok "not before it is over since the last logout ($t)" [ $t -ge 390 ]
ok "all is gone" waitfor 5 gone alice

# a removed marker, and the daemon's own stop, do not wait
touch $markers/alice
waitfor 5 started alice foo 3
foo=$(lastpid alice foo)
t=$(now)
rm $markers/alice
ok "a removed marker: they stop" waitfor 5 ended "$foo"
[ $backend = runit ] && max=350 || max=300 # runsv's own second
ok "at once" [ $(($(now) - t)) -lt $max ]
waitfor 5 gone alice
login c alice
logout c
t=$(now)
kill "$daemon"
wait "$daemon"
ok "the daemon's stop: at once" [ $(($(now) - t)) -lt $max ]
daemon
finish
