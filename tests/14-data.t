#!/bin/sh
# what is known of a session: terminal, type, class, display, seat, VT
config='stopdelay=0'
limit=120
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
	is "$what: nothing is empty" "$(grep -c '=$' "/run/turnstiled/$(session x)")" 0
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
data "VT 63" 'VTNR=63 IS_DISPLAY=1' 'put XDG_VTNR=63'
for vt in 64 07x 99999999999 0 -1 +; do
	data "VT $vt" 'VTNR= IS_DISPLAY=0' "put XDG_VTNR=$vt"
done
data "/dev/tty64" 'TTY=tty64 SEAT= VTNR= TYPE=tty' 'item tty /dev/tty64'
data "ttyS0" 'TTY=ttyS0 SEAT= VTNR= TYPE=tty' 'item tty ttyS0'
data "a VT in PAM's environment" 'TTY=tty3 VTNR=5' 'put XDG_VTNR=5' 'item tty tty3'
data "a display and a terminal" 'TTY=pts/3 DISPLAY=:1 TYPE=x11 SEAT=seat0' \
    'item tty pts/3' 'item xdisplay :1'
data "a display of another type" 'DISPLAY=:1 TYPE=wayland' 'item xdisplay :1' 'put XDG_SESSION_TYPE=wayland'
data "two displays" 'TTY= DISPLAY=:1 TYPE=x11' 'item tty :0' 'item xdisplay :1'
data "a remote display" 'DISPLAY=host:0 SEAT= TYPE=x11 CLASS=user' 'item xdisplay host:0'
data "a display on another seat" 'SEAT=seat1 DISPLAY=:1 VTNR=' 'put XDG_SEAT=seat1' 'item xdisplay :1'
data "a class of its own" 'TYPE=unspecified CLASS=lock-screen' 'put XDG_SESSION_CLASS=lock-screen'
data "ssh is no other type" 'TYPE=tty CLASS=user' 'item tty ssh' 'put XDG_SESSION_TYPE=x11'
data "another seat has no VT" 'SEAT=seat1 VTNR=' \
    'put XDG_SEAT=seat1' 'put XDG_VTNR=3'
data "the process's environment" 'TYPE=x11 CLASS=user DESKTOP=i3' \
    'setenv XDG_SESSION_TYPE=x11' 'setenv XDG_SESSION_DESKTOP=i3'
data "PAM's wins" 'TYPE=wayland' 'setenv XDG_SESSION_TYPE=x11' 'put XDG_SESSION_TYPE=wayland'

# an X server tells its VT by its terminal
mknod /dev/tty41 c 4 41
mkdir -p -m 1777 /tmp/.X11-unix
if (: </dev/tty41) 2>/dev/null; then
	display=100000
	setsid -c turnstile-client serve stream /tmp/.X11-unix/X$display 5 </dev/tty41 >/tmp/x 2>&1 &
	x=$!
	waitfor 5 grep -q listening /tmp/x
	data "an X server" "SEAT=seat0 VTNR=41 IS_DISPLAY=1" "item tty :$display.0"
	data "an X server, another VT" "VTNR=7" "item xdisplay :$display" "put XDG_VTNR=7"
	kill $x
	wait $x 2>/dev/null
else
	echo "# no virtual terminals here: no X server's"
fi
display=$((display + 1))
turnstile-client serve stream "/tmp/.X11-unix/X$display" 5 >/tmp/x 2>&1 &
x=$!
waitfor 5 grep -q listening /tmp/x
data "X server without a VT" "SEAT=seat0 VTNR=" "item xdisplay :$display"
kill $x

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
