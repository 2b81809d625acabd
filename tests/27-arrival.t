#!/bin/sh
# a session that comes while services start, or while they stop
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
service alice slow
check alice slow '[ -e /tmp/go ]'
core alice 'core_services="slow"'
daemon
# both wait; neither is answered before the service is up
comes a alice
ok "starting" waitfor 5 is_state alice starting
comes b alice
ok "both are in the state files" waitfor 5 is_nsessions 2
is "and in the user's" "$(key "users/$(id -u alice)" SESSIONS | wc -w)" 2
ok "both wait" [ ! "$(cat /tmp/a /tmp/b)" ]
touch /tmp/go
wait $a $b
is "both are in" "$(cat /tmp/a /tmp/b | tr '\n' ' ')" "0 0 "
is "ready" "$(state alice)" ready
is "started once" "$(starts alice slow)" 1

# one that gives up while it waits
logout a b
ok "gone" waitfor 5 gone alice
rm /tmp/go
comes c alice
ok "starting" waitfor 5 is_nsessions 1
kill -KILL "$(pid c)"
rm /tmp/s.c.*
ok "given up while starting: all gone" waitfor 10 gone alice

# while they stop
touch /tmp/go
service alice stubborn 'trap "until [ -e /tmp/end ]; do sleep 0.05; done; exit" TERM
	while :; do sleep 1000 & wait; done'
core alice 'core_services="slow stubborn"'
login d alice
logout d
ok "stopping" waitfor 5 is_state alice stopping
comes e alice
ok "it is in the state files" waitfor 5 is_nsessions 1
ok "and waits" [ ! -s /tmp/e ]
touch /tmp/end
wait $e
is "it is in" "$(cat /tmp/e)" 0
is "ready" "$(state alice)" ready
ok "with services of its own" started alice stubborn 2
tell e env >/tmp/env.e
ok "and a directory" [ -d "$(var e XDG_RUNTIME_DIR)" ]
finish
