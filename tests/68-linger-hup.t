#!/bin/sh
# looks for who lingers are not piled up, over SIGHUP neither, though one goes on while a
# marker's name is nobody's
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
	touch "/var/lib/turnstiled/linger/nobody$i"
	ok "$i: it is looked at" waitfor 5 logged "there is no user nobody$i"
	ok "$i: by one" waitfor 5 eval '[ "$(looks)" = 1 ]'
done
finish
