#!/bin/sh
# NetworkManager, unmodified: who is in front may change the network, nobody else
# alone
config='stopdelay=0'
limit=120
. "${0%/*}/lib.sh"
needs NetworkManager nmcli
. /src/tests/polkit.sh
library=/usr/local/lib/libelogind
[ -e "$library" ] || { echo "1..0 # SKIP libelogind is not installed"; exit 0; }
service alice foo
core alice 'core_services="foo"'
daemon
sdlogin
ok "polkitd is there" polkit
# nothing of this machine's network is its business
printf '[main]\nplugins=keyfile\nno-auto-default=*\n[keyfile]\nunmanaged-devices=*\n' >/tmp/nm.conf
mkdir -p /var/lib/NetworkManager
LD_LIBRARY_PATH=$library NetworkManager -n --config=/tmp/nm.conf --config-dir=/tmp/none \
    --system-config-dir=/tmp/none >/tmp/nm.log 2>&1 &
manager=$!
ok "NetworkManager is there" waitfor 20 nmcli general status

# may NAME: what the session's shell is told
may() {
	rm -f /tmp/may
	echo "nmcli -t -f PERMISSION,VALUE general permissions >/tmp/may.new 2>&1; mv /tmp/may.new /tmp/may" >"/tmp/do.$1"
	waitfor 10 [ -e /tmp/may ] || return
	sed -n 's/^org.freedesktop.NetworkManager.enable-disable-network://p' /tmp/may
}
is_may() {
	[ "$(may "$1")" = "$2" ]
}

onvt a alice 42
vt 42
ok "in front: she may" waitfor 10 is_may a yes
vt 1
ok "switched away: not" waitfor 10 is_may a no
vt 42
ok "and again" waitfor 10 is_may a yes
mkuser bob
onvt b bob 43
ok "who is behind: not" waitfor 10 is_may b no
vt 43
ok "in front: he may" waitfor 10 is_may b yes
ok "and she not" waitfor 10 is_may a no
echo exit >/tmp/do.a
echo exit >/tmp/do.b
ok "gone" waitfor 10 gone alice
kill -TERM "$manager" "$polkitd"
wait "$manager"
over
finish
