#!/bin/sh
# a plain runtime directory whose removal takes too long: it is given up in bounded
# time, which is said, and the login is over
config='stopdelay=0'
limit=90
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
needs strace
daemon_by setpriv --bounding-set -sys_admin --inh-caps -all
login a alice
dir=/run/user/$(id -u alice)
ok "a plain directory" not mountpoint -q "$dir"
as alice "cd $dir && touch \$(seq 100)"
traced -f -o /dev/null -e trace=unlinkat -e inject=unlinkat:delay_enter=300000 \
    -p "$(supervisor alice)"
t=$(now)
logout a
ok "it is given up" waitfor 20 logged "(alice): $dir cannot be removed"
t=$(($(now) - t))
ok "not early ($t)" [ $t -ge 950 ]
ok "some of it has gone, some has not" [ "$(find "$dir" -type f | wc -l)" -lt 90 -a -e "$dir" ]
ok "the login is over" waitfor 8 [ ! -e "/run/turnstiled/users/$(id -u alice)" ]
ok "nobody was killed for it" not logged 'killed'
wait $strace 2>/dev/null
login b alice
logout b
ok "the next one takes it away" waitfor 8 gone alice
finish
