#!/bin/sh
# login on a virtual terminal: seat and VT
config='stopdelay=0'
. "${0%/*}/lib.sh"
. "${0%/*}/login.sh"
mknod /dev/tty41 c 4 41
chmod 600 /dev/tty[0-9]*
(: </dev/tty41) 2>/dev/null || { echo "1..0 # SKIP no virtual terminals here"; exit 0; }
touch /home/alice/.hushlogin
mkfifo -m 666 /tmp/hold
printf 'look a\nread -r x </tmp/hold\nexit\n' >/home/alice/.profile
daemon
setsid -c login -f alice </dev/tty41 >/dev/tty41 2>&1 &
looked login a login 'SERVICE=login CLASS=user TYPE=tty TTY=tty41 SEAT=seat0 VTNR=41 IS_DISPLAY=1 REMOTE=0'
is "login: XDG_VTNR" "$(saw a XDG_VTNR)" 41
is "login: SEATS" "$(key "users/$(id -u alice)" SEATS)" seat0
echo >/tmp/hold
out login a
finish
