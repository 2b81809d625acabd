#!/bin/sh
# a RUNDIR as long as that of a socket may be: each login has a directory of its own below
config='stopdelay=0'
. "${0%/*}/lib.sh"
fresh
long=/run/$(printf '%089d' 0)
mkuser bob
sed -i 's|/opt/||' /etc/pam.d/test # the module that is built here
ok "built, without a warning" make -s CFLAGS="-O1 -Werror" RUNDIR="$long" install
cd /
turnstiled 2>>/tmp/log &
daemon=$!
ok "it listens" waitfor 5 [ -S "$long/control.sock" ]
login a alice
login b bob
for u in alice bob; do
	uid=$(id -u $u)
	ok "$u's own" [ -p "$long/$uid/ready" ]
	is "it is named" "$(tr '\0' '\n' <"/proc/$(managers $u)/environ" | sed -n 's/^TURNSTILE_DIR=//p')" "$long/$uid"
done
logout a b
ok "gone" waitfor 5 eval '[ ! -e "$long/users/$(id -u alice)" ] && [ ! -e "$long/users/$(id -u bob)" ]'
finish
