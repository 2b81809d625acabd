#!/bin/sh
# dinit: services of the display end with it and come back with the next one,
# also after they have ended by themselves
TURNSTILE_BACKEND=dinit
config='stopdelay=0 corewait=4'
. "${0%/*}/lib.sh"
needs dinit-monitor
sv=/home/alice/.config/dinit.d
mkdir -p $sv/boot.d

# put NAME LINE...: a service that notes its starts
put() {
	name=$1
	shift
	printf '%s\n' 'type = process' \
	    "command = sh -c \"echo \$\$\$\$ \$\${WAYLAND_DISPLAY-none} >>/tmp/up.alice.$name; exec sleep 1000\"" \
	    "$@" >$sv/"$name"
}
# enabled NAME...
enabled() {
	for s; do ln -sf "../$s" "$sv/boot.d/$s"; done
}
runs() {
	not ended "$(tail -n 1 "/tmp/up.alice.$1" | cut -d' ' -f1)"
}
ends() {
	ended "$(tail -n 1 "/tmp/up.alice.$1" | cut -d' ' -f1)"
}
display() {
	tail -n 1 "/tmp/up.alice.$1" | cut -d' ' -f2
}
# update VARIABLE=VALUE... NAME...: in a login
update() {
	shell alice "unset DISPLAY; env $1 turnstile-update-runit-env $2"
}
state_() {
	shell alice "dinitctl is-started $1" | head -n 1
}

put panel 'depends-on: graphical.target' 'restart = false'
put again 'depends-on: graphical.target' 'restart = true' 'restart-limit-count = 1'
put plain
put hand 'depends-on: graphical.target'
enabled panel again plain
owned alice
daemon
login a alice
ok "what is not graphical is up" started alice plain
ok "what is graphical is not" [ ! -e /tmp/up.alice.panel ]
is "the compositor: nothing is said" "$(update WAYLAND_DISPLAY=wayland-1 'WAYLAND_DISPLAY DISPLAY')" ''
ok "panel comes" waitfor 5 started alice panel
ok "again comes" waitfor 5 started alice again
is "with the display" "$(display panel)" wayland-1
update '' DISPLAY
ok "no DISPLAY, but WAYLAND_DISPLAY: it stays" runs panel

# the display goes, and nobody says so: who depended on it has ended
kill -KILL "$(cut -d' ' -f1 /tmp/up.alice.panel)"
for i in 1 2 3 4 5 6; do
	waitfor 1 runs again && kill -KILL "$(tail -n 1 /tmp/up.alice.again | cut -d' ' -f1)"
done
panel=$(starts alice panel) again=$(starts alice again)
ok "they have ended" waitfor 5 ends again
is "graphical.target is down" "$(waitfor 5 eval '[ "$(state_ graphical.target)" != STARTED ]'; state_ panel)" STOPPED
update WAYLAND_DISPLAY=wayland-1 WAYLAND_DISPLAY
ok "the same display again: panel comes back" waitfor 5 started alice panel $((panel + 1))
ok "so does again" waitfor 5 started alice again $((again + 1))

# it is said that it goes
ok "by hand" shell alice 'dinitctl start hand'
waitfor 5 runs hand
update '' WAYLAND_DISPLAY
ok "the display goes: panel ends" waitfor 5 ends panel
ok "again ends, and is not started without a display" waitfor 5 ends again
ok "hand ends" waitfor 5 ends hand
ok "plain stays" runs plain
n_=$(starts alice again)
update WAYLAND_DISPLAY=wayland-2 'WAYLAND_DISPLAY DISPLAY'
ok "another display: panel comes back" waitfor 5 started alice panel $((panel + 2))
ok "and again" waitfor 5 started alice again $((n_ + 1))
is "with the other display" "$(display panel)" wayland-2

# an X server beside it, whoever tells dinit
shell alice 'dinitctl setenv DISPLAY=:3'
update '' WAYLAND_DISPLAY
ok "two displays, one goes: panel stays" runs panel
shell alice 'dinitctl setenv DISPLAY='
ok "the other goes: panel ends" waitfor 5 ends panel

# a monitor that was killed
pkill -KILL -u alice -x dinit-monitor
ok "a killed monitor is started again" waitfor 5 pgrep -u alice -x dinit-monitor
panel=$(starts alice panel)
shell alice 'dinitctl setenv DISPLAY=:4'
ok "panel comes back" waitfor 5 started alice panel $((panel + 1))
logout a
ok "gone" waitfor 10 gone alice
finish
