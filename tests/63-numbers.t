#!/bin/sh
# no number of a process or of a process group is signalled: it may be somebody
# else's by then
config='stopdelay=0 stoptimeout=1 killtimeout=1'
cgroup=none
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
needs strace
# their groups' last members leave them between a look at them and a signal, for
# one or another of these times
service alice leaver 'for s in 0.2 1.2 3; do hostile leaves /tmp/left.$s $s; done; exec sleep 1000'
daemon
login a alice
ok "there are groups without leaders" waitfor 5 eval '[ "$(pgrep -c -u alice -x hostile)" = 3 ]'
pids=$(ours)
# shellcheck disable=SC2046
strace -e trace=kill,tkill,tgkill -e inject=kill:delay_enter=800000 -o /tmp/trace \
    $(printf ' -p %s' $pids) 2>/tmp/attached &
strace=$!
ok "all of root's are traced" waitfor 5 eval '[ "$(grep -c attached /tmp/attached)" = 3 ]'
for s in 0.2 1.2 3; do
	(waitfor 15 [ -s /tmp/left.$s ] && hostile becomes "$(cat /tmp/left.$s)" /tmp/became.$s) &
done
logout a
ok "all of alice's are gone" waitfor 15 gone alice
sleep 0.2
for s in 0.2 1.2 3; do
	[ ! -s /tmp/became.$s ] || ok "$s: a job of root's with the same number lives" \
	    kill -0 "$(cat /tmp/became.$s)"
done
kill $strace
wait $strace 2>/dev/null
is "nothing was signalled by its number" "$(grep kill /tmp/trace)" ''
finish
