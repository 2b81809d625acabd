#!/bin/sh
# a light session and then, before anything has begun for it, a full one: both have
# the runtime directory
config='stopdelay=0'
. "${0%/*}/lib.sh"

# queued NAME: the module has said its request, which nobody has read
queued() {
	grep -q -e poll -e skb_wait "/proc/$(pid "$1")/wchan"
}

service alice foo
daemon
for i in 1 2 3; do
	kill -STOP "$daemon"
	process light 'start test alice' 'item tty pts/7' 'put XDG_SESSION_CLASS=background'
	tell light open >/tmp/light &
	light=$!
	ok "$i: a light one comes" waitfor 5 queued light
	comes full alice
	ok "$i: and a full one" waitfor 5 queued full
	kill -CONT "$daemon"
	wait $light $full
	for s in light full; do
		tell $s env >/tmp/env.$s
		is "$i: $s has the directory" "$(var $s XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
	done
	logout light full
	ok "$i: gone" waitfor 5 gone alice
done
finish
