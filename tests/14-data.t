#!/bin/sh
# what is known of a session: terminal, type, class, display, seat, VT
config='stopdelay=0'
. "${0%/*}/lib.sh"
daemon

# data WHAT "KEY=VALUE ..." LINE...: of a session with these PAM items; an
# empty value: no such line
data() {
	what=$1 want=$2
	shift 2
	process x 'start test alice' "$@" open
	for w in $want; do
		is "$what: ${w%%=*}" "$(has x "${w%%=*}")" "${w#*=}"
	done
	logout x
	waitfor 5 is_nsessions 0
}

data "nothing" 'TTY= DISPLAY= SEAT= VTNR= TYPE=unspecified CLASS=background IS_DISPLAY=0 REMOTE=0'
data "tty3" 'TTY=tty3 SEAT=seat0 VTNR=3 TYPE=tty CLASS=user IS_DISPLAY=1' 'item tty tty3'
data "/dev/tty12" 'TTY=tty12 SEAT=seat0 VTNR=12 TYPE=tty' 'item tty /dev/tty12'
data "pts/3" 'TTY=pts/3 SEAT= VTNR= TYPE=tty' 'item tty /dev/pts/3'
data "cron" 'TTY= TYPE=unspecified CLASS=background SEAT= VTNR=' 'item tty cron'
data "ssh" 'TTY= TYPE=tty CLASS=user REMOTE=1 REMOTE_HOST=10.0.0.1 SEAT=' \
    'item tty ssh' 'item rhost 10.0.0.1'
data ":0" 'TTY= DISPLAY=:0 TYPE=x11 CLASS=user' 'item tty :0'
data "xdisplay" 'DISPLAY=:1 TYPE=x11' 'item xdisplay :1'
data "PAM's environment" \
    'TYPE=wayland CLASS=greeter DESKTOP=gnome SEAT=seat0 VTNR=7 IS_DISPLAY=1' \
    'put XDG_SESSION_TYPE=wayland' 'put XDG_SESSION_CLASS=greeter' \
    'put XDG_SESSION_DESKTOP=gnome' 'put XDG_SEAT=seat0' 'put XDG_VTNR=7'
data "another seat has no VT" 'SEAT=seat1 VTNR=' \
    'put XDG_SEAT=seat1' 'put XDG_VTNR=3'
data "the process's environment" 'TYPE=x11 CLASS=user DESKTOP=i3' \
    'setenv XDG_SESSION_TYPE=x11' 'setenv XDG_SESSION_DESKTOP=i3'
data "PAM's wins" 'TYPE=wayland' 'setenv XDG_SESSION_TYPE=x11' 'put XDG_SESSION_TYPE=wayland'

# a setuid program: its environment is its caller's
cp /usr/bin/turnstile-client /tmp/suid
chmod u+s /tmp/suid
mkfifo -m 666 /tmp/s.u.in /tmp/s.u.out
XDG_SESSION_DESKTOP=evil setpriv --reuid alice --clear-groups \
    /tmp/suid session /tmp/s.u.in /tmp/s.u.out &
is "setuid: opened" "$(tell u 'start test alice' open)" 0
is "setuid: not from its environment" \
    "$(grep -h ^DESKTOP= /run/turnstiled/sessions/*)" ''
finish
