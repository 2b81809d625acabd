#!/bin/sh
# the example `desktop`: services of the display run as long as it is there, with
# its variables, whoever the compositor is
# with each service manager
config='stopdelay=0'
limit=120
. "${0%/*}/lib.sh"
[ $backend != dinit ] || command -v dinit-monitor >/dev/null ||
    { echo "1..0 # SKIP no dinit-monitor here"; exit 0; }
[ $backend != openrc ] || { echo "1..0 # SKIP there is no example of it for OpenRC"; exit 0; }
ex=/usr/share/examples/turnstile
uid=$(id -u alice)
run=/run/user/$uid
sv=$(svdir alice)
mkuser bob
# a compositor: listens at the sockets that are named, until it is killed
cat >/usr/local/bin/fakeway <<'END'
#!/usr/bin/perl
use IO::Socket::UNIX;
for (@ARGV) {
	unlink;
	push @s, IO::Socket::UNIX->new(Local => $_, Listen => 5) or die "$_: $!";
}
sleep 1000;
END
cat >/usr/local/bin/panel <<'END'
#!/bin/sh
echo $$ "$WAYLAND_DISPLAY $DISPLAY $SWAYSOCK $XDG_CURRENT_DESKTOP" >>/tmp/up.alice.panel
exec sleep 1000
END
chmod 755 /usr/local/bin/*
mkdir -p "$sv"
if [ $backend = dinit ]; then
	mkdir "$sv/boot.d"
	sed 's/= waybar/= panel/' $ex/graphical.dinit >"$sv/panel"
	ln -s ../panel "$sv/boot.d/panel"
else
	mkdir -p "$sv/desktop" /home/alice/.config/desktop/panel
	touch "$sv/desktop/down"
	ln -s "$ex/desktop.$(echo $backend | sed s/runit/run/)" "$sv/desktop/run"
	ln -s /usr/local/bin/panel /home/alice/.config/desktop/panel/run
fi
owned alice
mkdir -m 1777 /tmp/.X11-unix
daemon
login a alice

# desktop COMMAND...: alice's, in this login
desktop() {
	as alice "export XDG_RUNTIME_DIR=$run; exec $ex/desktop $*" &
	compositor=$!
}
runs() {
	[ -e /tmp/up.alice.panel ] && not ended "$(cut -d' ' -f1 /tmp/up.alice.panel | tail -n 1)"
}
ends() {
	ended "$(cut -d' ' -f1 /tmp/up.alice.panel | tail -n 1)"
}
# saw: what it saw
saw() {
	tail -n 1 /tmp/up.alice.panel | cut -d' ' -f2-
}
# quiet: nothing of the script is left
quiet() {
	[ "$(pgrep -c -u alice -f examples/turnstile/desktop)" = 0 ]
}

# another user has a socket there, too, at any time
(until as bob 'exec fakeway /tmp/.X11-unix/X5'; do :; done) 2>/dev/null &
bobs=$!
waitfor 10 [ -S /tmp/.X11-unix/X5 ]
desktop fakeway $run/wayland-3 /tmp/.X11-unix/X8 $run/sway-ipc.1.sock
as bob 'touch /tmp/.X11-unix/X5'
ok "panel comes" waitfor 20 runs
is "with the display, and all that is the compositor's" "$(saw)" "wayland-3 :8 $run/sway-ipc.1.sock fakeway"
n_=$(starts alice panel)
pkill -TERM -u alice -x fakeway
ok "the compositor goes: panel ends" waitfor 20 ends
ok "the script has done its work" waitfor 20 quiet
cleared() {
	[ $backend = dinit ] || [ ! "$(ls /home/alice/.config/service-env)" ]
}
ok "the variables are cleared" waitfor 20 cleared
ok "no other panel" ends

desktop fakeway /tmp/.X11-unix/X9
ok "an X server: panel comes" waitfor 20 eval 'started alice panel $((n_ + 1))'
is "with its display alone" "$(saw)" " :9  fakeway"
pkill -KILL -u alice -x fakeway
ok "it is killed: panel ends" waitfor 20 ends
ok "the script has done its work" waitfor 20 quiet

desktop sh -c '"exit 3"'
wait $compositor
is "one that fails: its status" $? 3
ok "nothing is left of it" waitfor 20 quiet
is "no file, either" "$(find $run -name 'desktop*')" ''
desktop fakeway $run/wayland-3
ok "and again" waitfor 20 eval 'started alice panel $((n_ + 2))'

# the next one may come at any moment of the work that the one before has left
marks() {
	find $run -name 'desktop.*'
}
another() {
	[ "$(marks | wc -l)" = 1 ] && [ "$(marks)" != "$mark" ]
}
told() {
	[ "$(saw)" = 'wayland-3   fakeway' ] &&
	    { [ $backend = dinit ] || grep -qx wayland-3 /home/alice/.config/service-env/WAYLAND_DISPLAY; }
}
for pause in 0 0.2 0.4 0.6 0.8; do
	mark=$(marks) n_=$(starts alice panel)
	pkill -TERM -u alice -x fakeway
	sleep $pause
	desktop fakeway $run/wayland-3
	ok "$pause s after the end: the one before goes" waitfor 20 another
	ok "$pause s after the end: panel comes" waitfor 20 eval '[ $(starts alice panel) -gt $n_ ] && runs'
	ok "$pause s after the end: with the display" told
done
pkill -TERM -u alice -x fakeway
logout a
waitfor 20 gone alice

# as greetd's command
if command -v greetd >/dev/null; then
	useradd -M -d /nonexistent/greeter -s /bin/sh greeter
	cat >/tmp/greetd.toml <<-END
		[terminal]
		vt = "none"
		[general]
		service = "greetd"
		[default_session]
		user = "greeter"
		command = "sleep 1000"
		[initial_session]
		user = "alice"
		command = "$ex/desktop fakeway $run/wayland-4"
	END
	sed -i '1a -session optional pam_turnstile.so type=wayland class=user' /etc/pam.d/greetd
	n_=$(starts alice panel)
	greetd --config /tmp/greetd.toml >>/tmp/log 2>&1 &
	greetd=$!
	ok "greetd: panel comes" waitfor 20 eval '[ $(starts alice panel) -gt $n_ ] && runs'
	is "greetd: with the display" "$(saw)" 'wayland-4   fakeway'
	pkill -TERM -u alice -x fakeway
	ok "greetd: all is gone with the compositor" waitfor 20 gone alice
	kill $greetd
	pkill -KILL -u greeter
else
	skip "greetd" "greetd is not installed"
fi
kill $bobs
pkill -KILL -u bob -x fakeway
ok "gone" waitfor 30 gone alice
finish
