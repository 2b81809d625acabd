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
mkdir /var/lib/turnstiled/linger/bob
login a alice
login b bob
foo=$(lastpid alice foo)
logout a b
ok "bob's are gone: a directory is no marker" waitfor 5 gone bob
rmdir /var/lib/turnstiled/linger/bob
ln -s alice /var/lib/turnstiled/linger/bob
login b bob
logout b
ok "nor is a link" waitfor 5 gone bob
rm /var/lib/turnstiled/linger/bob
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
ok "no letter is left" waitfor 5 eval '[ ! "$(ls /run/turnstiled/private/letters)" ]'
finish
