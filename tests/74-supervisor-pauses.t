#!/bin/sh
# a supervisor that is killed young is followed at once, then after pauses that grow;
# one that has lived, at once
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

mkuser bob
mkuser carol
daemon
# what is busy may make one of them late, but not each
best=1000
for user in bob carol alice; do
	login $user $user
	kill_ $user
	[ $took -ge $best ] || best=$took
done
ok "at once ($best)" [ $best -lt 95 ]
follows "a second" 95 395
follows "two" 195 595
follows "four" 395 795
sleep 10.5 # what it takes to be no young one
follows "one that has lived: at once" 0 395
logout alice bob carol
ok "gone" waitfor 15 gone alice
finish
