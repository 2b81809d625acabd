#!/bin/sh
# polkit, unmodified: who is in front is allowed what active sessions are, nobody else
# alone
config="stopdelay=0 ${layout-}"
limit=120
. "${0%/*}/lib.sh"
. /src/tests/polkit.sh
library=${library-/usr/local/lib/libelogind}
[ ! "$library" ] || [ -e "$library" ] || { echo "1..0 # SKIP libelogind is not installed"; exit 0; }
mkuser bob
mkuser carol
passwd -qd bob
passwd -qd alice
service alice foo
bus alice
core alice 'core_services="foo"'
daemon
sdlogin
ok "polkitd is there" polkit

onvt a alice 42
alice=$shell foo=$(lastpid alice foo)
ok "the VT is not in front: denied" denied "$alice"
vt 42
ok "in front: allowed" waitfor 5 allowed "$alice"
ok "so are services" allowed "$foo"
ok "and what the bus starts" allowed "$(pgrep -u alice -x dbus-daemon)"
is "STATE" "$(sed -n 's/^STATE=//p' "/run/systemd/users/$(id -u alice)")" active

login r bob
setpriv --reuid bob --regid bob --init-groups sleep 1000 &
remote=$!
waitfor 5 eval '[ "$(stat -c %U "/proc/$remote")" = bob ]'
ok "without a seat: denied" denied $remote
is "its leader is not moved" "$(cgroup "$(pid r)")" /
echo 'su bob -c "echo \$\$ >/tmp/bob; exec sleep 1000" &' >/tmp/do.a
ok "su: in" waitfor 10 [ -s /tmp/bob ]
ok "su to another user: denied" denied "$(cat /tmp/bob)"
ok "who called it stays allowed" allowed "$alice"
echo 'su bob -c "su bob -c \"echo \\\$\\\$ >/tmp/nested; exec sleep 1000\"" &' >/tmp/do.a
ok "su in su: in" waitfor 10 [ -s /tmp/nested ]
ok "su in su: denied" denied "$(cat /tmp/nested)"
ok "su in su: who was there stays allowed" allowed "$alice"
echo 'su alice -c "echo \$\$ >/tmp/self; exec sleep 1000" &' >/tmp/do.a
ok "su to oneself: in" waitfor 10 [ -s /tmp/self ]
ok "su to oneself: allowed" allowed "$(cat /tmp/self)"

vt 43
ok "switched away: denied" waitfor 5 denied "$alice"
ok "services, too" denied "$foo"
is "STATE" "$(sed -n 's/^STATE=//p' "/run/systemd/users/$(id -u alice)")" online
onvt c carol 43
ok "another one in front: allowed" waitfor 5 allowed "$shell"
carols=/sys/fs/cgroup$(cgroup "$shell")
ok "the first one is not" denied "$alice"

# polkitd and we are started again
kill "$polkitd"
wait "$polkitd"
polkit
ok "polkitd anew: allowed" allowed "$shell"
ok "and not" denied "$alice"
kill -KILL "$sdlogin"
wait "$sdlogin" 2>/dev/null
vt 42
sdlogin
ok "killed meanwhile: denied" waitfor 5 denied "$shell"
ok "killed meanwhile: allowed" waitfor 5 allowed "$alice"
crash
daemon
ok "after a crash of turnstiled: allowed" waitfor 5 allowed "$alice"

# all goes
echo exit >/tmp/do.c
ok "its files go with a session" waitfor 5 [ ! -e "/run/systemd/users/$(id -u carol)" ]
ok "and its cgroup" waitfor 5 [ ! -d "$carols" ]
[ "$library" ] || ok "and her slice" waitfor 10 [ ! -d "${carols%/*}" ]
kill "$sdlogin"
wait "$sdlogin"
is "it ends" $? 0
is "and leaves no file that is believed" "$(find /run/systemd/sessions /run/systemd/users /run/systemd/seats -type f)" ''
ok "so nobody is allowed" denied "$alice"
kill "$(cat /tmp/self)" "$(cat /tmp/bob)" "$(cat /tmp/nested)" $remote
echo exit >/tmp/do.a
logout r
ok "gone" waitfor 10 gone alice
sed 's/^/# /' /tmp/sdlogin.log
vt 1
kill "$polkitd"
pkill -TERM -x dbus-daemon
finish
