#!/bin/sh
# xdm, an X display manager, with an X server that needs no screen
config='stopdelay=0'
. "${0%/*}/lib.sh"
. "${0%/*}/login.sh"
needs xdm Xvfb xdotool
echo alice:secret | chpasswd
mkfifo -m 666 /tmp/hold
printf '#!/bin/sh\nlook a\nread -r x </tmp/hold\n' >/tmp/session
printf '#!/bin/sh\n' >/tmp/nothing
chmod 755 /tmp/session /tmp/nothing
cat >/tmp/xdm-config <<'END'
DisplayManager.errorLogFile: /tmp/screen.xdm
DisplayManager.pidFile: /tmp/xdm.pid
DisplayManager.servers: /tmp/Xservers
DisplayManager.requestPort: 0
DisplayManager*authorize: false
DisplayManager*openDelay: 1
DisplayManager*openRepeat: 30
DisplayManager*startup: /tmp/nothing
DisplayManager*setup: /tmp/nothing
DisplayManager*reset: /tmp/nothing
DisplayManager*session: /tmp/session
END
echo ':57 local /usr/bin/Xvfb :57 -ac -nolisten tcp -screen 0 640x480x24' >/tmp/Xservers
daemon
# a network of its own: X servers of other tests have the same abstract socket
unshare --net xdm -nodaemon -config /tmp/xdm-config >/tmp/screen.xdm.out 2>&1 &
server=$!

# what is typed goes to the widget in xdm's window, once that has the focus
do_() {
	DISPLAY=:57 nsenter --target "$server" --net xdotool "$@"
}
focused() {
	[ $(($(do_ search --onlyvisible --name xlogin) + 1)) = "$(do_ getwindowfocus)" ]
}
enter() {
	do_ type "$1"
	do_ key Return
}
waitfor 20 focused 2>/dev/null || echo "# no window"
enter alice
enter secret
looked xdm a xdm 'SERVICE=xdm CLASS=user TYPE=x11 DISPLAY=:57 SEAT=seat0 TTY= REMOTE=0 REMOTE_HOST='
is "one session" "$(nsessions)" 1
echo >/tmp/hold
out xdm a
kill "$server"
finish
