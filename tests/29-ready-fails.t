#!/bin/sh
# a ready command that fails is said, and the login goes on
config='stopdelay=0 backend=S6 corewait=2'
. "${0%/*}/lib.sh"
cat >/usr/libexec/turnstile/s6 <<'END'
#!/bin/sh
[ "$1" != ready ] || exit 3
echo ready >&3
exec 3>&-
exec sleep 1000
END
daemon
login a alice
ok "it is said" logged "(alice): the ready command failed"
is "the login goes on" "$id" 0
is "ready" "$(state alice)" ready
logout a
ok "gone" waitfor 5 gone alice
: >/tmp/log
sed -i 's/exit 3/exit 0/' /usr/libexec/turnstile/s6
login b alice
ok "one that does not is not" lacks -e /tmp/log 'ready command'
logout b
ok "gone" waitfor 5 gone alice
# one that hangs; and a manager that goes on saying things
cat >/usr/libexec/turnstile/s6 <<'END'
#!/bin/sh
[ "$1" != ready ] || { echo "$2" >/tmp/said; exec sleep 2001; }
printf 'one\ntwo\n' >&3
exec 3>&-
exec sleep 1000
END
t=$(now)
login c alice
t=$(($(now) - t))
is "one that hangs: the login goes on" "$id" 0
ok "after corewait ($t)" [ $t -ge 290 -a $t -lt 690 ]
ok "it is said" logged '(alice): its services are not ready after 2 s, login goes on$'
ok "it has ended" waitfor 2 not pgrep -f '^sleep 2001'
is "it was told what was said first" "$(cat /tmp/said)" one
finish
