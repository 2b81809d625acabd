#!/bin/sh
# a marker in another name of the same uid does not end what runs for the one who is
# logged in
config='stopdelay=0'
. "${0%/*}/lib.sh"
useradd -o -u "$(id -u alice)" -M carol
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
foo=$(lastpid alice foo)
touch /var/lib/turnstiled/linger/carol
read_() {
	[ ! "$(ls /run/turnstiled/private/letters)" ] && ! pgrep -u root -f turnstile-linger.sh >/tmp/why
}
ok "the marker was looked up" waitfor 5 read_
ok "services go on" not waitfor 1 ended "$foo"
is "in the same name" "$(key "users/$(id -u alice)" NAME)" alice
rm /var/lib/turnstiled/linger/carol
logout a
ok "gone" waitfor 5 gone alice
finish
