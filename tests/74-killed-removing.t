#!/bin/sh
# a supervisor is killed when it has removed the runtime directory: the next one makes
# it again
config='stopdelay=0'
. "${0%/*}/lib.sh"
needs strace
uid=$(id -u alice)
service alice foo 'trap "until [ -e /tmp/end ]; do sleep 0.05; done; exit" TERM
	while :; do sleep 1000 & wait; done'
daemon
login a alice
XDG=$(var a XDG_RUNTIME_DIR)
supervisor=$(supervisor alice)
# of the mount on the runtime directory; that there is none any more; the next mount
ok "watched" traced -o /dev/null -p "$supervisor" -e inject=umount2:signal=KILL:when=3
logout a
ok "stopping" waitfor 5 is_state alice stopping
comes b alice
ok "a session comes" waitfor 5 is_nsessions 1
touch /tmp/end
ok "killed" waitfor 10 ended "$supervisor"
wait $b
is "in" "$(cat /tmp/b)" 0
ok "with services" waitfor 5 started alice foo 2
tell b env >/tmp/env.b
is "and a directory" "$(var b XDG_RUNTIME_DIR)" "$XDG"
ok "that is there" [ -d "$XDG" ]
logout b
ok "gone" waitfor 10 gone alice
finish
