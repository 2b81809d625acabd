#!/bin/sh
# a service manager that dies while a login waits: the login waits for the next one's
# core services
config='stopdelay=0 backend=S6'
. "${0%/*}/lib.sh"
cat >/usr/libexec/turnstile/s6 <<'END'
#!/bin/sh
[ "$1" != ready ] || exit 0
echo x >>/tmp/starts
read -r x </tmp/go
echo ready >&3
exec 3>&-
exec sleep 1000
END
mkfifo /tmp/go
touch /tmp/starts
chmod 666 /tmp/starts /tmp/go
# begun N: managers; and the one that runs is not ready
begun() {
	[ "$(wc -l </tmp/starts)" = "$1" ] && [ "$(procs alice | wc -l)" = 1 ]
}
daemon
comes a alice
ok "the first one starts" waitfor 5 begun 1
kill -KILL "$(procs alice | cut -d' ' -f1)"
ok "it was killed: another one starts" waitfor 5 begun 2
sleep 0.3
ok "for which the login waits" [ ! -s /tmp/a ]
: >/tmp/go
wait $a
is "and then is in" "$(cat /tmp/a)" 0
is "ready" "$(state alice)" ready
# one that was ready: the next one's readiness is its own
kill -KILL "$(procs alice | cut -d' ' -f1)"
ok "another one starts, after a pause" waitfor 5 begun 3
ok "starting" waitfor 2 is_state alice starting
comes b alice
sleep 0.3
ok "for which another login waits" [ ! -s /tmp/b ]
: >/tmp/go
wait $b
is "and then is in" "$(cat /tmp/b)" 0
logout a b
ok "gone" waitfor 5 gone alice
finish
