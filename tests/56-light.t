#!/bin/sh
# light sessions start no services and wait for none; full ones beside them do
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
service alice slow
check alice slow '[ -e /tmp/go ] && kill -0 "$(tail -n 1 /tmp/up.alice.slow)"'
core alice 'core_services="slow"'
uid=$(id -u alice)
daemon

for class in background greeter lock-screen; do
	name=${class%-*}
	login $name alice "put XDG_SESSION_CLASS=$class"
	is "$class: tracked" "$(has $name CLASS)" $class
	is "$class: its directory" "$(stat -c %a "$(var $name XDG_RUNTIME_DIR)")" 700
done
is "no service manager" "$(managers alice)" ''
is "no service" "$(starts alice slow)" 0
is "ready" "$(state alice)" ready
logout greeter lock
ok "one is left" waitfor 5 is_nsessions 1
touch "$(var background XDG_RUNTIME_DIR)/mine"

# a full one comes: services start, and it alone waits
process full 'start test alice' 'item tty pts/7'
tell full open >/tmp/told.full &
full=$!
ok "a full one: services start" waitfor 5 started alice slow
t=$(now)
login light alice 'put XDG_SESSION_CLASS=background'
is "a light one does not wait for them" "$id" 0
ok "not at all" [ $(($(now) - t)) -lt 500 ]
is "the full one does" "$(cat /tmp/told.full)" ''
touch /tmp/go
wait $full
is "it is in" "$(cat /tmp/told.full)" 0
is "three sessions, one login" "$(key "users/$uid" SESSIONS | wc -w)" 3
ok "one directory" [ -e "/run/user/$uid/mine" ]
slow=$(lastpid alice slow)
login full2 alice
logout full
ok "one full one goes: they stay" not ended "$slow"
logout full2
ok "the last one goes: they stop" waitfor 5 ended "$slow"
ok "all of them" waitfor 5 idle alice
is "the light ones stay" "$(nsessions)" 2
ok "and their directory" [ -e "/run/user/$uid/mine" ]
ok "it is ready again" waitfor 5 is_state alice ready
login full alice
ok "another full one: they start again" started alice slow 2
logout light background
ok "the light ones go: they stay" not ended "$(lastpid alice slow)"
logout full
ok "all is gone" waitfor 5 gone alice

# who lingers
touch /var/lib/turnstiled/linger/alice
ok "lingering" waitfor 5 started alice slow 3
login light alice 'put XDG_SESSION_CLASS=greeter'
is "a light one shares the directory" "$(var light XDG_RUNTIME_DIR)" "/run/user/$uid"
rm /var/lib/turnstiled/linger/alice
ok "no longer: they stop, though a light one is there" waitfor 5 idle alice
is "which stays" "$(nsessions)" 1
ok "with its directory" [ -d "/run/user/$uid" ]
touch /var/lib/turnstiled/linger/alice
ok "lingering again, beside it" waitfor 5 started alice slow 4
logout light
ok "the light one goes: they stay" not ended "$(lastpid alice slow)"
rm /var/lib/turnstiled/linger/alice
ok "all is gone again" waitfor 5 gone alice
finish
