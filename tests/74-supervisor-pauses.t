#!/bin/sh
# a supervisor that is killed is followed after a second, however often
config='stopdelay=0'
. "${0%/*}/lib.sh"

another() {
	[ "$(supervisor "$1")" ] && [ "$(supervisor "$1")" != "$old" ]
}

# kill_ USER: sets how many hundredths of a second it took until there was another
kill_() {
	old=$(supervisor "$1")
	t=$(now)
	kill -KILL "$old"
	waitfor 30 another "$1"
	took=$(($(now) - t))
	waitfor 15 is_state "$1" ready
}

# follows WHAT FROM TO
follows() {
	kill_ alice
	ok "$1 ($took)" [ $took -ge "$2" -a $took -lt "$3" ]
}

daemon
login alice alice
for times in once twice thrice; do
	follows "killed $times" 95 395
done
logout alice
ok "gone" waitfor 15 gone alice
finish
