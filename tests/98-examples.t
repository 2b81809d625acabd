#!/bin/sh
# the examples: the daemon under runit, s6 and dinit; who; a graphical service,
# pipewire and its kin, logs
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

# a graphical program: runs when somebody listens at its display, and not else;
# pipewire and its kin, one script
for s in waybar pipewire wireplumber pipewire-pulse; do
	cat >/usr/local/bin/$s <<-'END'
		#!/bin/sh
		echo "${WAYLAND_DISPLAY-}$DISPLAY $DBUS_SESSION_BUS_ADDRESS" >>"/tmp/ran.${0##*/}"
		echo $$ >"/tmp/pid.${0##*/}"
		echo "says something" >&2
		exec sleep 1000
	END
	chmod 755 /usr/local/bin/$s
	mkdir -p /home/alice/.config/service/$s/log
	ln -s $ex/log.run /home/alice/.config/service/$s/log/run
	ln -s $ex/pipewire.run /home/alice/.config/service/$s/run
done
ln -sf $ex/graphical.run /home/alice/.config/service/waybar/run
bus alice
login c alice
uid=$(id -u alice)
ok "pipewire runs, with the bus" waitfor 5 grep -q "/run/user/$uid/bus" /tmp/ran.pipewire

# listen PATH: somebody does; deaf: and does no longer
listen() {
	setpriv --reuid alice --regid alice --init-groups perl -MIO::Socket::UNIX -e '
	    unlink $ARGV[0]; $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 5) or die $!;
	    sleep 1000' "$1" &
	listener=$!
}
deaf() {
	kill $listener
	wait $listener
	kill "$(cat /tmp/pid.waybar)"
}
# ran TIMES [NAME]
ran() {
	[ "$(cat "/tmp/ran.${2-waybar}" 2>/dev/null | wc -l)" = "$1" ]
}
update() {
	as alice "TURNSTILE_ENV_DIR=/home/alice/.config/service-env turnstile-update-runit-env $*"
}
ok "wireplumber waits for pipewire's socket" ran 0 wireplumber
listen /run/user/"$uid"/pipewire-0
t=$(now)
ok "and runs then" waitfor 5 ran 1 wireplumber
ok "so does pipewire-pulse" waitfor 5 ran 1 pipewire-pulse
echo "# $(($(now) - t)) hundredths of a second after the socket"
kill $listener

update WAYLAND_DISPLAY=wayland-1
# waits: its script is not yet the program
waits() {
	script=$(cat /home/alice/.config/service/waybar/supervise/pid)
	[ "$(cat "/proc/$script/comm")" = run ]
}
# looked: once more, by what its children cost
looked() {
	was=$cost
	cost=$(cut -d' ' -f11 "/proc/$first/stat")
	[ "$cost" != "$was" ]
}
ok "a name, but no compositor: waybar waits" waitfor 5 waits
listen /run/user/"$uid"/wayland-1
ok "a compositor: it runs" waitfor 5 ran 1
is "with its display" "$(cut -d' ' -f1 /tmp/ran.waybar)" wayland-1
ok "what it says is kept" waitfor 5 grep -q 'says something' /home/alice/.local/state/log/waybar/current
deaf
ok "the compositor has gone, its socket is there: it waits" waitfor 5 waits
# what ends is started anew each second
first=$script cost=
for i in 1 2 3 4; do
	ok "it goes on looking" waitfor 5 looked
done
is "it is the same script" "$(cat /home/alice/.config/service/waybar/supervise/pid)" "$first"
ok "it has not run in vain" ran 1
listen /run/user/"$uid"/wayland-7
ok "another one that has said nothing: it waits" ran 1
update WAYLAND_DISPLAY=wayland-7
ok "the next compositor, another display: it runs" waitfor 5 ran 2
is "with that" "$(sed -n '2s/ .*//p' /tmp/ran.waybar)" wayland-7
deaf
mkdir -p -m 1777 /tmp/.X11-unix
update WAYLAND_DISPLAY DISPLAY=:77.0
ok "an X server that is not there: it waits" waitfor 5 waits
listen /tmp/.X11-unix/X77
ok "an X server: it runs" waitfor 5 ran 3
is "with its display" "$(sed -n '3s/ .*//p' /tmp/ran.waybar)" :77.0
kill $listener
logout c
waitfor 5 gone alice
finish
