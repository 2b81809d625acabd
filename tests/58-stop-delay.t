#!/bin/sh
# services are stopped stopdelay seconds after the last logout
# with each service manager
config='stopdelay=2'
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
logout a
sleep 1.5
ok "after 1.5 s they run" not ended "$foo"
is "the user has no session" "$(key "users/$(id -u alice)" SESSIONS)" ''
t=$(now)
ok "and then stop" waitfor 3 ended "$foo"
t=$(($(now) - t))
ok "in time (1.5 s and 0.$t)" [ $t -lt 150 ]
ok "all is gone" waitfor 5 gone alice

# a delay that was interrupted begins anew
login b alice
logout b
sleep 1.2
login b alice
logout b
sleep 1.2
ok "it counts from the last logout" not ended "$(lastpid alice foo)"
ok "and ends" waitfor 5 gone alice

# a removed marker, and the daemon's own stop, do not wait
touch $markers/alice
waitfor 5 started alice foo 3
foo=$(lastpid alice foo)
t=$(now)
rm $markers/alice
ok "a removed marker: they stop" waitfor 5 ended "$foo"
[ $backend = runit ] && max=180 || max=100 # runsv's own second
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
