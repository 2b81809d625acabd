#!/bin/sh
# two names of one uid linger: the first one's services run, and are not started again
# whenever somebody looks
config='stopdelay=0'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
useradd -o -u "$uid" -g alice -d /home/alice -s /bin/sh alias
service alice foo
mkdir -p /var/lib/turnstiled/linger
touch /var/lib/turnstiled/linger/alice /var/lib/turnstiled/linger/alias
daemon
ok "services run" waitfor 5 started alice foo
for i in 1 2 3; do
	touch "/var/lib/turnstiled/linger/nobody$i"
	ok "$i: it was looked at" waitfor 5 logged "there is no user nobody$i"
done
ok "they go on" is_state alice ready
is "started once" "$(starts alice foo)" 1
name=$(key "users/$uid" NAME)
rm "/var/lib/turnstiled/linger/$name"
ok "the other's run when its marker is gone" waitfor 10 started alice foo 2
rm /var/lib/turnstiled/linger/*
ok "gone" waitfor 5 gone alice
finish
