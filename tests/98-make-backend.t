#!/bin/sh
# make BACKEND=...: the default of config.h; three builds, a link and HUP, as a
# distribution has it for all of them
config='stopdelay=0'
limit=240
. "${0%/*}/lib.sh"
fresh
export CFLAGS=-O0 HARDEN=
sed -i 's/stopdelay  *= 2/stopdelay = 0/' config.def.h
# a service manager to tell them by
touch /tmp/managers
chmod 666 /tmp/managers
for m in dinit dinitctl s6-svscan; do
	printf '#!/bin/sh\necho %s $* >>/tmp/managers\necho >&3\nexec sleep 1000' $m >/usr/local/bin/$m
	chmod +x /usr/local/bin/$m
done

for b in Runit Dinit S6 None; do
	make -s BACKEND=$b install DESTDIR=/tmp/$b >/tmp/out 2>&1
	ok "make BACKEND=$b" cp /tmp/$b/usr/sbin/turnstiled /usr/sbin/turnstiled-$b
done
is "they differ" "$(cksum /usr/sbin/turnstiled-* | cut -d' ' -f1 | sort -u | wc -l)" 4
make -s BACKEND=Dinit >/tmp/out 2>&1
make -s install DESTDIR=/tmp/two >/tmp/out 2>&1
ok "make BACKEND=Dinit, then make install" cmp /usr/sbin/turnstiled-Dinit /tmp/two/usr/sbin/turnstiled
sed -i 's/stopdelay  *= 0/stopdelay = 0 + 0/' config.h
make -s install DESTDIR=/tmp/changed >/tmp/out 2>&1
ok "and again with a changed config.h" cmp /usr/sbin/turnstiled-Dinit /tmp/changed/usr/sbin/turnstiled
ok "make is the usual one again" eval \
    'make -s >/tmp/out 2>&1; make -s install DESTDIR=/tmp/three >>/tmp/out 2>&1; cmp /usr/sbin/turnstiled-Runit /tmp/three/usr/sbin/turnstiled'
ok "a backend that there is not" not make -s BACKEND=Systemd
ok "is named" eval 'make -s BACKEND=Systemd 2>&1 | grep -q Systemd'
sed -i 's/backend  *= BACKEND/backend = S6/' config.h
make -s BACKEND=Dinit all install DESTDIR=/tmp/mine >/tmp/out 2>&1
ok "a config.h that says its own is its owner's" cmp /usr/sbin/turnstiled-S6 /tmp/mine/usr/sbin/turnstiled

ln -sf turnstiled-Runit /usr/sbin/turnstiled
service alice one
daemon
login a alice
ok "runit's" waitfor 5 started alice one
ln -sf turnstiled-S6 /usr/sbin/turnstiled
kill -HUP "$daemon"
ok "HUP" waitfor 5 eval '[ "$(readlink /proc/$daemon/exe)" = /usr/sbin/turnstiled-S6 ]'
is "its login goes on" "$(state alice)" ready
ok "and its services" [ -d "/proc/$(lastpid alice one)" ]
mkuser bob
login b bob
ok "the next user's are s6's" waitfor 5 grep -q '^s6-svscan' /tmp/managers
logout a b
ok "all gone" waitfor 10 eval 'gone alice && gone bob'
login c alice
ok "the next login's, too" waitfor 5 eval '[ "$(grep -c "^s6-svscan" /tmp/managers)" -ge 2 ]'
is "and no runit's" "$(starts alice one)" 1
logout c
finish
