#!/bin/sh
# orders that a supervisor hears together, of which the last changes nothing: the
# login that waits for the answer has it
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
service alice foo
core alice 'core_services="foo"'
daemon
login light alice 'put XDG_SESSION_CLASS=background'
login a alice
ok "up" started alice foo
sup=$(supervisor alice)
kill -STOP "$sup"
logout a
comes b alice
ok "another one has come" waitfor 5 is_nsessions 2
ok "and waits" [ ! -s /tmp/b ]
t=$(now)
kill -CONT "$sup"
wait $b
t=$(($(now) - t))
is "it is in" "$(cat /tmp/b)" 0
ok "in time ($t)" [ $t -lt 400 ]
is "ready" "$(state alice)" ready
ok "with the services, which nobody has stopped" started alice foo

# a signal of that number that somebody sends is none
logout b
ok "services stop" waitfor 5 idle alice
kill -40 "$sup"
ok "nothing starts by a signal" not waitfor 1 started alice foo 2

# an order of another version, which knows more of them
printf '%s\n' '#include <signal.h>' '#include <stdlib.h>' 'int main(int c, char **v) {' \
    'return sigqueue(atoi(v[1]), 40, (union sigval){ .sival_int = c + 7 }); }' >/tmp/queue.c
cc -o /tmp/queue /tmp/queue.c
ok "sent" /tmp/queue "$sup"
ok "an unknown order is said" waitfor 5 logged 'alice.*ignoring an unknown order (9)'
login c alice
ok "by an order it does" started alice foo 2
logout c light
ok "gone" waitfor 5 gone alice
finish
