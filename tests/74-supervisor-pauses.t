#!/bin/sh
# a supervisor that is killed is followed after a second, however often
config='stopdelay=0'
. "${0%/*}/lib.sh"

another() {
	[ "$(supervisor alice)" ] && [ "$(supervisor alice)" != "$old" ]
}

daemon
login alice alice
for times in once twice thrice; do
	old=$(supervisor alice)
	t=$(now)
	kill -KILL "$old"
	waitfor 30 another
	took=$(($(now) - t)) # hundredths of a second
	ok "killed $times ($took)" [ $took -ge 95 -a $took -lt 395 ]
	waitfor 15 is_state alice ready
done
logout alice
ok "gone" waitfor 15 gone alice
finish
