#!/bin/sh
# a slow service leaves a child: that is an orphan, is asked at once when all
# others have gone, and holds nobody for stoptimeout
config='stopdelay=0'
limit=90
. "${0%/*}/lib.sh"
# needs 3 s, and leaves a sleep
slow='trap "for i in 1 2 3; do sleep 1; done; exit" TERM; sleep 2000 & echo $! >/tmp/child
	: >/tmp/ready; while :; do wait; done'
service alice slow "$slow"
check alice slow '[ -e /tmp/ready ]'
core alice 'core_services="slow"'
daemon
for how in "with cgroup" without; do
	[ "$how" = "with cgroup" ] || mount -t tmpfs none /sys/fs/cgroup
	rm -f /tmp/ready
	login a alice
	slow_=$(lastpid alice slow) child_=$(cat /tmp/child)
	t=$(now)
	logout a
	sleep 1
	ok "$how: the service has its time" not ended "$slow_"
	rm -f /tmp/ready
	login b alice
	t=$(($(now) - t))
	is "$how: the next login" "$id" 0
	ok "$how: in time ($t: 300 and what the next start takes; a busy machine has 600)" [ $t -lt 600 ]
	ok "$how: the service has ended" ended "$slow_"
	ok "$how: and the orphan" ended "$child_"
	t=$(now)
	logout b
	ok "$how: gone" waitfor 10 gone alice
	t=$(($(now) - t))
	ok "$how: in time ($t)" [ $t -lt 600 ]
done

is "nobody is said to run too long" "$(grep 'still run after' /tmp/log)" ''
# one that is deaf is killed after killtimeout (5 s), and the log says who it is
sed -i 's/sleep 2000 &/sh -c "trap \\"\\" TERM HUP; while :; do sleep 1000; done" \&/' "$(svdir alice)/slow/run"
rm -f /tmp/ready
login a alice
child_=$(cat /tmp/child)
t=$(now)
logout a
ok "a deaf orphan is killed" waitfor 14 ended "$child_"
t=$(($(now) - t))
ok "killtimeout after the last service ($t)" [ $t -lt 1250 ]
ok "and not before ($t)" [ $t -gt 700 ]
ok "gone" waitfor 3 gone alice
ok "the log says so" logged '(alice).*kill'
is "and not that its service was late" "$(grep 'still run after' /tmp/log)" ''

# the daemon's own stop
sed -i 's/sh -c "trap .*done" &/sleep 2000 \&/' "$(svdir alice)/slow/run"
rm -f /tmp/ready
login a alice
t=$(now)
kill -TERM "$daemon"
ok "the daemon's stop" waitfor 10 ended "$daemon"
t=$(($(now) - t))
ok "in time ($t)" [ $t -lt 600 ]
wait "$daemon"
is "its exit status" $? 0
is "nobody is left" "$(procs alice)" ''
daemon=
tell a close end exit >/tmp/told
finish
