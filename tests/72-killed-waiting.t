#!/bin/sh
# the daemon is killed while somebody waits, starts or stops
# with each service manager
config='stopdelay=0 stoptimeout=5 killtimeout=2 logintimeout=20 corewait=15'
. "${0%/*}/lib.sh"

# asked: the login has a connection to this daemon
asked() {
	[ "$(cat "/proc/$(pid a)/wchan")" != hrtimer_nanosleep ] && ready $((i + 1)) &&
	    [ "$(find "/proc/$daemon/fd" -lname 'socket:*' | wc -l)" -ge 3 ]
}

ready() {
	[ "$(grep -c ' is ready$' /tmp/log)" -ge "$1" ]
}

# queued NAME: the module has said its request, which nobody has read
queued() {
	grep -q -e poll -e skb_wait "/proc/$(pid "$1")/wchan"
}

service alice slow
check alice slow '[ -e /tmp/go ]'
core alice 'core_services="slow"'

# a login that waits goes on waiting, however often the daemon goes
daemon
comes a alice
ok "starting" waitfor 5 started alice slow
id=$(basename "$(session a)")
for i in 1 2 3; do
	crash
	[ $i = 1 ] || sleep 0.2
	daemon
	ok "killed $i: asked again" waitfor 5 asked
	is "killed $i: one session, the same" "$(echo /run/turnstiled/sessions/*)" "/run/turnstiled/sessions/$id"
	ok "killed $i: it waits" [ ! -s /tmp/a ]
done
touch /tmp/go
wait $a
is "served by the last one" "$(cat /tmp/a)" 0
is "as one session" "$(nsessions)" 1
is "with the environment" "$(tell a env | grep -c ^XDG_SESSION_ID=$id)" 1
is "ready" "$(state alice)" ready
is "started once" "$(starts alice slow)" 1
is "one service manager" "$(managers alice | wc -l)" 1
logout a
ok "gone" waitfor 5 gone alice

# it is killed before it has registered anybody
kill -STOP "$daemon"
comes b alice
ok "said, not heard" waitfor 5 queued b
crash
ok "it tries again" waitfor 5 grep -q nanosleep "/proc/$(pid b)/wchan"
daemon
wait $b
is "not heard: it is in" "$(cat /tmp/b)" 0
is "as one session" "$(nsessions)" 1
ok "with services" waitfor 5 started alice slow 2
logout b
ok "gone" waitfor 5 gone alice

# at no moment of a start is its socket away
if command -v strace >/dev/null; then
	process s 'start test alice' 'item tty pts/7'
	kill -STOP "$daemon"
	tell s open >/tmp/s &
	s=$!
	ok "said, not heard" waitfor 5 queued s
	crash
	strace -D -o /dev/null -e inject=socket,bind,listen,unlink,rename:delay_enter=200ms:delay_exit=200ms \
	    turnstiled 2>>/tmp/log &
	daemon=$!
	wait $s
	is "a start that takes long: it is in" "$(cat /tmp/s)" 0
	ok "and registered" [ "$(session s)" ]
	logout s
	ok "gone" waitfor 5 gone alice
	crash
	daemon
else
	skip "a start that takes long" "strace is not installed"
fi
count=$(starts alice slow)

# while services start and nobody is there: the supervisor goes on
rm /tmp/go
comes c alice
ok "starting" waitfor 5 started alice slow $((count + 1))
crash
t=$(now)
touch /tmp/go
ok "the supervisor finishes without a daemon" waitfor 5 \
    grep -qs ^STATE=ready "/run/turnstiled/private/logins/$(id -u alice)"
wait $c
t=$(($(now) - t))
is "no daemon for 5 s: it goes on" "$(cat /tmp/c)" 0
ok "after 5 s" [ $t -ge 400 ]
ok "not much later" [ $t -lt 1500 ]
daemon
ok "ready" waitfor 5 is_state alice ready
ok "started once" waitfor 5 started alice slow $((count + 1))
logout c
ok "who was not registered leaves nothing" waitfor 5 gone alice

# while they stop
service alice stubborn 'trap "until [ -e /tmp/end ]; do sleep 0.05; done; kill \$!; exit" TERM
	while :; do sleep 1000 & wait; done'
core alice 'core_services="slow stubborn"'
login d alice
logout d
ok "stopping" waitfor 5 is_state alice stopping
kill -STOP "$daemon"
touch /tmp/end
ok "the supervisor finishes without a daemon" waitfor 5 idle alice
ok "and cleans up" waitfor 5 [ ! -e "/run/turnstiled/private/logins/$(id -u alice)" ]
rm /tmp/end
before=$(starts alice slow)
comes e alice
ok "the next login comes" waitfor 5 queued e
crash
daemon
wait $e
is "and is in" "$(cat /tmp/e)" 0
ok "with services" waitfor 5 started alice slow $((before + 1))
is "its user is known" "$(key "users/$(id -u alice)" NAME)" alice
logout e
ok "stopping" waitfor 5 is_state alice stopping
crash
daemon
comes f alice
ok "one who comes meanwhile" waitfor 5 is_nsessions 1
crash
daemon
ok "waits" [ ! -s /tmp/f ]
before=$(starts alice slow)
touch /tmp/end
wait $f
is "and is in" "$(cat /tmp/f)" 0
ok "with services of its own" waitfor 5 started alice slow $((before + 1))
is "one service manager" "$(managers alice | wc -l)" 1
finish
