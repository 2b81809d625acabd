#!/bin/sh
# STATE in a user's file is starting, ready or stopping, and nothing else
config='stopdelay=0'
. "${0%/*}/lib.sh"
service alice foo 'trap "until [ -e /tmp/end ]; do sleep 0.05; done; exit" TERM
	while :; do sleep 1000 & wait; done'
check alice foo '[ -e /tmp/go ]'
core alice 'core_services="foo"'
file=/run/turnstiled/users/$(id -u alice)
daemon
while [ ! -e /tmp/enough ]; do
	sed -n 's/^STATE=//p' "$file" 2>/dev/null
done >/tmp/states &
reader=$!

# seen STATE
seen() {
	grep -qx "$1" /tmp/states
}
process a 'start test alice' 'item tty pts/7'
tell a open >/tmp/told &
ok "starting" waitfor 5 seen starting
touch /tmp/go
wait $!
ok "ready" waitfor 5 seen ready
# killed young and again: then the next one waits, and there is none meanwhile
for i in 1 2 3; do
	supervisor=$(supervisor alice)
	kill -KILL "$supervisor"
	touch /tmp/end
	waitfor 10 eval '[ "$(grep -c "was killed" /tmp/log)" = $i ]'
	waitfor 10 eval '[ "$(supervisor alice)" != "$supervisor" ]'
done
ok "ready again" waitfor 15 is_state alice ready
rm -f /tmp/end
logout a
ok "stopping" waitfor 5 seen stopping
touch /tmp/end
ok "gone" waitfor 5 gone alice
touch /tmp/enough
wait $reader
is "and nothing else" "$(sort -u /tmp/states | xargs)" "ready starting stopping"
finish
