#!/bin/sh
# the examples: the daemon under runit, s6 and dinit; who; a graphical service and
# pipewire
config='stopdelay=0'
. "${0%/*}/lib.sh"
ex=/usr/share/examples/turnstile

# serves WHAT PIDFILE HUP STOP: it runs, takes a SIGHUP and stops when it is told
serves() {
	ok "$1: it runs" waitfor 10 [ -S /run/turnstiled/control.sock ]
	login a alice
	is "$1: and serves" "$(nsessions)" 1
	$2
	ok "$1: HUP" waitfor 5 logged 'executing'
	login b alice
	is "$1: the session is still there" "$(nsessions)" 2
	logout a b
	ok "$1: gone" waitfor 5 gone alice
	$3 >/tmp/out 2>&1
	ok "$1: stopped" waitfor 10 [ ! -e /run/turnstiled/control.sock ]
	: >/tmp/log
}

mkdir -p /tmp/runit/turnstiled
cp $ex/turnstiled.runit /tmp/runit/turnstiled/run
runsv /tmp/runit/turnstiled >>/tmp/log 2>&1 &
pid=$!
serves runit "sv hup /tmp/runit/turnstiled" "sv -w 30 stop /tmp/runit/turnstiled"
kill $pid 2>/dev/null

if command -v s6-supervise >/dev/null; then
	mkdir -p /tmp/s6/turnstiled
	cp $ex/turnstiled.s6 /tmp/s6/turnstiled/run
	s6-supervise /tmp/s6/turnstiled >>/tmp/log 2>&1 &
	pid=$!
	serves s6 "s6-svc -h /tmp/s6/turnstiled" "s6-svc -d /tmp/s6/turnstiled"
	kill $pid 2>/dev/null
fi

if command -v dinit >/dev/null; then
	mkdir /tmp/dinit
	cp $ex/turnstiled.dinit /tmp/dinit/turnstiled
	echo 'logfile = /tmp/log' >>/tmp/dinit/turnstiled
	printf 'type = internal\n' >/tmp/dinit/login.target
	cp /tmp/dinit/login.target /tmp/dinit/local.target
	dinit --container -q -d /tmp/dinit -p /tmp/dinit.sock turnstiled >/tmp/out 2>&1 &
	pid=$!
	export DINIT_SOCKET_PATH=/tmp/dinit.sock
	waitfor 5 dinitctl list >/tmp/out 2>&1
	serves dinit "dinitctl signal HUP turnstiled" "dinitctl stop turnstiled"
	kill $pid 2>/dev/null
	unset DINIT_SOCKET_PATH
fi
ok "OpenRC: syntax" sh -n $ex/turnstiled.openrc

daemon
mkuser bob
login a alice
login b bob 'item tty' 'item rhost 10.0.0.1' 'item xdisplay :3'
sh $ex/who >/tmp/who
is "who" "$(tr -s ' ' </tmp/who | sed 's/ $//')" "$(printf '%s\n' \
    "$(var a XDG_SESSION_ID) alice test pts/7" "$(var b XDG_SESSION_ID) bob test :3 10.0.0.1")"
is "who: ten lines" "$(($(grep -c . $ex/who) < 15))" 1
logout a b
is "who: nobody" "$(sh $ex/who 2>&1)" ''
waitfor 5 gone alice

# a graphical program: waits for the display, then has it
printf '#!/bin/sh\necho $WAYLAND_DISPLAY >/tmp/waybar\nexec sleep 1000\n' >/usr/local/bin/waybar
printf '#!/bin/sh\necho $DBUS_SESSION_BUS_ADDRESS >/tmp/pipewire\nexec sleep 1000\n' >/usr/local/bin/pipewire
chmod 755 /usr/local/bin/*
service alice waybar
service alice pipewire
cp $ex/graphical.run /home/alice/.config/service/waybar/run
cp $ex/pipewire.run /home/alice/.config/service/pipewire/run
bus alice
login c alice
ok "pipewire runs, with the bus" waitfor 5 grep -q "/run/user/$(id -u alice)/bus" /tmp/pipewire
ok "what is graphical does not, yet" [ ! -e /tmp/waybar ]
as alice 'WAYLAND_DISPLAY=wayland-1 turnstile-update-runit-env WAYLAND_DISPLAY DISPLAY'
ok "until the compositor says where its display is" waitfor 15 grep -qx wayland-1 /tmp/waybar
logout c
waitfor 5 gone alice
finish
