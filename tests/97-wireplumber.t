#!/bin/sh
# wireplumber, unmodified, as a user's service: it gives bluetooth to who is in front, by
# libsystemd or libelogind
# alone
config="stopdelay=0 ${layout-}"
limit=120
. "${0%/*}/lib.sh"
needs wireplumber pipewire
. /src/tests/polkit.sh
library=${library-/usr/local/lib/libelogind}
[ ! "$library" ] || [ -e "$library" ] || { echo "1..0 # SKIP libelogind is not installed"; exit 0; }
mkuser bob
service alice pipewire 'exec pipewire >/tmp/pipewire.log 2>&1'
service alice wireplumber "export LD_LIBRARY_PATH=$library WIREPLUMBER_DEBUG=3
	until [ -S \$XDG_RUNTIME_DIR/pipewire-0 ]; do sleep 0.1; done
	exec wireplumber >/tmp/wireplumber.log 2>&1"
bus alice
daemon
sdlogin

# seat: what it has heard last
seat() {
	sed -n 's/.*Seat state changed: //p' /tmp/wireplumber.log | tail -n 1
}
is_seat() {
	[ "$(seat)" = "$1" ]
}

onvt a alice 42
ok "another VT is in front" waitfor 15 is_seat online
vt 42
ok "hers is" waitfor 5 is_seat active
vt 1
ok "switched away" waitfor 5 is_seat online
onvt b bob 43
vt 43
sleep 0.5
is "another user's is in front" "$(seat)" online
vt 42
ok "and hers again" waitfor 5 is_seat active
wireplumber=$(pgrep -u alice -x wireplumber)
echo exit >/tmp/do.b
echo exit >/tmp/do.a
ok "it ends with the last session" waitfor 10 ended "$wireplumber"
ok "gone" waitfor 10 gone alice
over
finish
