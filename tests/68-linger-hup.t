#!/bin/sh
# over SIGHUP looks for who lingers are not piled up, though one goes on while a marker's
# name is nobody's
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
mkdir -p /var/lib/turnstiled/linger
touch /var/lib/turnstiled/linger/nobodysname

looks() {
	pgrep -c -u root -P "$daemon" -f '/turnstile-linger.sh'
}

daemon
ok "one looks" waitfor 5 eval '[ "$(looks)" = 1 ]'
for i in 1 2 3 4 5; do
	hup
	ok "$i: one looks" waitfor 5 eval '[ "$(looks)" = 1 ]'
done
finish
