#!/bin/sh
# services of a marked user survive the last logout
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
mkuser bob
service alice foo
service bob foo
core alice 'core_services="foo"'
core bob 'core_services="foo"'
daemon
touch /var/lib/turnstiled/linger/alice
ok "a marker starts them" waitfor 5 started alice foo
login a alice
login b bob
foo=$(lastpid alice foo)
logout a b
ok "bob's are gone" waitfor 5 gone bob
ok "alice's live" not ended "$foo"
is "no session" "$(nsessions)" 0
is "ready" "$(state alice)" ready
ok "the directory stays" [ -d "/run/user/$(id -u alice)" ]
login c alice
is "the next login finds the same" "$(lastpid alice foo)" "$foo"
ok "living" not ended "$foo"
rm /var/lib/turnstiled/linger/alice
ok "a removed marker ends nothing while there is a session" not ended "$foo"
logout c
ok "and then all is gone" waitfor 5 gone alice
touch /var/lib/turnstiled/linger/alice
ok "again" waitfor 5 started alice foo 2
rm /var/lib/turnstiled/linger/alice
ok "without a session it ends them" waitfor 5 gone alice
finish
