#!/bin/sh
# a desktop as README says, with the real programs: sway on no screen, waybar,
# mako, pipewire, portals
# with each service manager
config='stopdelay=0'
limit=240
. "${0%/*}/lib.sh"
wlr=/usr/libexec/xdg-desktop-portal-wlr
for p in sway swaybg waybar mako notify-send pipewire wireplumber pipewire-pulse pactl \
    grim gdbus /usr/libexec/xdg-desktop-portal $wlr /usr/libexec/xdg-desktop-portal-gtk; do
	command -v $p >/dev/null || { echo "1..0 # SKIP $p is not installed"; exit 0; }
done
[ $backend != dinit ] || command -v dinit-monitor >/dev/null ||
    { echo "1..0 # SKIP no dinit-monitor here"; exit 0; }
ex=/usr/share/examples/turnstile
uid=$(id -u alice)
home=/home/alice
sv=$(svdir alice)
chmod 1777 /dev/shm

# session NAME...: services of the login; desktop NAME...: of the display
session_services() {
	for s; do
		mkdir -p "$sv"
		case $backend in
		dinit)
			sed "s/run pipewire/run $s/" $ex/pipewire.dinit >"$sv/$s"
			[ "$s" = pipewire ] || sed -i 's/depends-on: dbus/depends-on: pipewire/' "$sv/$s"
			ln -s "../$s" "$sv/boot.d/$s" ;;
		*)
			mkdir "$sv/$s"
			ln -s $ex/pipewire.run "$sv/$s/run" ;;
		esac
	done
}
desktop_services() {
	case $backend in
	runit) mkdir -p "$sv/desktop"; ln -s $ex/desktop.run "$sv/desktop/run" ;;
	s6) mkdir -p "$sv/desktop"; ln -s $ex/desktop.s6 "$sv/desktop/run" ;;
	esac
	[ $backend = dinit ] || touch "$sv/desktop/down"
	for s; do
		if [ $backend = dinit ]; then
			sed "s/^command = .*/command = $s/" $ex/graphical.dinit >"$sv/$s"
			ln -s "../$s" "$sv/boot.d/$s"
			continue
		fi
		mkdir -p $home/.config/desktop/"$s"
		printf '#!/bin/sh\nexec %s\n' "$s" >$home/.config/desktop/"$s"/run
		chmod +x $home/.config/desktop/"$s"/run
	done
	# as README says of Debian's
	if [ $backend = dinit ]; then
		sed "s|^command = .*|command = $wlr -r|" $ex/graphical.dinit >"$sv/portal"
		ln -s ../portal "$sv/boot.d/portal"
	else
		mkdir $home/.config/desktop/portal
		printf '#!/bin/sh\nexec %s -r\n' $wlr >$home/.config/desktop/portal/run
		chmod +x $home/.config/desktop/portal/run
		# runsvdir waits a second with a directory that was just made
		touch -d '1 hour ago' $home/.config/desktop
	fi
}
bus alice
session_services pipewire wireplumber pipewire-pulse
desktop_services waybar mako
[ $backend != dinit ] || cp $ex/ssh-agent.dinit "$sv/ssh-agent"
mkdir -p $home/.config/sway $home/.config/waybar $home/.config/wireplumber/bluetooth.lua.d
echo 'bluez_monitor.properties["with-logind"] = false' \
    >$home/.config/wireplumber/bluetooth.lua.d/80-no-logind.lua
echo 'output * bg #204060 solid_color' >$home/.config/sway/config
echo '{ "height": 30, "modules-left": ["clock"] }' >$home/.config/waybar/config
echo 'window#waybar { background: #00ff00; }' >$home/.config/waybar/style.css
touch $home/.hushlogin
owned alice

# in_ COMMAND: by alice, with what her services see
in_() {
	as alice "export XDG_RUNTIME_DIR=/run/user/$uid \
	    DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$uid/bus; timeout 20 $1"
}
on_display() {
	in_ "env WAYLAND_DISPLAY=$display $1"
}
compositor() {
	type_ a "WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman $ex/desktop sway 2>/tmp/sway"
}
socket() {
	display=$(grep -o " 00010000 .*/run/user/$uid/wayland-[0-9]*$" /proc/net/unix | sed -n '1s|.*/||p')
	[ "$display" ]
}
done_() {
	[ ! "$(find /run/user/"$uid" -name 'desktop.*')" ]
}
runs() {
	pgrep -u alice -x "$1" >/dev/null
}
noticed() {
	on_display 'makoctl list' | grep -q 'from alice'
}
portal() {
	in_ 'gdbus introspect --session --dest org.freedesktop.portal.Desktop \
	    --object-path /org/freedesktop/portal/desktop' |
	    sed -n 's/^ *interface org\.freedesktop\.portal\.\([A-Za-z]*\) {/\1/p' | sort
}
pulse() {
	in_ 'pactl info' | grep -q '^Server Name:.*PipeWire'
}
sink() {
	in_ 'pactl list short sinks' | grep -q .
}
# pixel X Y: in the picture, a PPM of WIDTH columns
pixel() {
	od -An -tx1 -j $((skip_ + ($2 * width + $1) * 3)) -N 3 /tmp/picture | tr -d ' \n'
}
picture() {
	on_display 'grim -t ppm /tmp/picture.new' && mv /tmp/picture.new /tmp/picture || return
	width=$(sed -n 2p /tmp/picture | cut -d' ' -f1)
	height=$(sed -n 2p /tmp/picture | cut -d' ' -f2)
	skip_=$(head -n 3 /tmp/picture | wc -c)
	[ "$(pixel $((width / 2)) 2)" = 00ff00 ]
}

# as on a busy machine: who needs pipewire waits for it
printf '#!/bin/sh\nsleep 1\nexec /usr/bin/pipewire\n' >/usr/local/bin/pipewire
chmod 755 /usr/local/bin/pipewire
daemon
terminal a login -f alice
ok "alice is in" waitfor 30 is_nsessions 1
ok "pipewire comes" waitfor 20 runs pipewire
ok "pactl is answered" waitfor 20 pulse
ok "wireplumber lives, and has made a sink" waitfor 20 sink
ok "nothing graphical runs" not runs waybar
agent() {
	in_ "env SSH_AUTH_SOCK=/run/user/$uid/ssh-agent ssh-add -l" | grep -q 'no identities'
}
if [ $backend = dinit ]; then
	in_ "dinitctl enable ssh-agent" >/tmp/out 2>&1
	ok "ssh-agent: dinitctl enable starts it" waitfor 10 agent
fi

# since TIME: hundredths of a second
since() {
	echo $(($(now) - $1))
}
# desktop WHAT
desktop() {
	compositor
	ok "$1: the compositor is there" waitfor 30 socket
	t=$(now)
	ok "$1: waybar runs" waitfor 20 runs waybar
	ok "$1: mako runs" waitfor 20 runs mako
	took=$(since $t)
	echo "# $1: up $took hundredths of a second after the compositor's socket"
	ok "$1: within a second" [ "$took" -le 100 ]
	ok "$1: a picture with the bar in it" waitfor 40 picture
	is "$1: and the rest of the screen" "$(pixel 10 $((height - 10)))" 204060
}
# left WHAT: the compositor ends.  runsv and s6-supervise start nothing twice in a
# second, so that the display stays for two.
left() {
	waitfor 5 eval '[ $(since $t) -gt 200 ]'
	sock=$(find /run/user/"$uid" -name 'sway-ipc.*')
	in_ "swaymsg -s $sock exit" >/tmp/out 2>&1
	ok "$1: the compositor has ended" waitfor 20 not runs sway
	t=$(now)
	ok "$1: waybar ends with it" waitfor 20 not runs waybar
	ok "$1: mako ends with it" waitfor 20 not runs mako
	ok "$1: the portal, too" waitfor 20 not pgrep -u alice -f $wlr
	echo "# $1: gone $(since $t) hundredths of a second after the compositor"
	ok "$1: the script has done its work" waitfor 20 done_
	echo "# $1: all done $(since $t) hundredths of a second after the compositor"
	ok "$1: sound goes on" pulse
}
desktop first
in_ "notify-send 'from alice' hello"
ok "a notification arrives" waitfor 20 noticed
waitfor 20 eval 'portal >/tmp/portal; grep -q Screenshot /tmp/portal'
for i in Screenshot ScreenCast FileChooser OpenURI Settings Notification; do
	ok "the portal has $i" grep -qx $i /tmp/portal
done
is "the portal has all its interfaces" "$(($(wc -l </tmp/portal) >= 20))" 1
echo "# $(wc -l </tmp/portal) interfaces: $(tr '\n' ' ' </tmp/portal)"
left first
[ $backend = dinit ] || ok "the variables are cleared" \
    waitfor 5 eval '[ ! -e $home/.config/service-env/WAYLAND_DISPLAY ]'
desktop again
left again
desktop third
type_ a exit
sock=$(find /run/user/"$uid" -name 'sway-ipc.*')
in_ "swaymsg -s $sock exit" >/tmp/out 2>&1
ok "logged out: nothing is left" waitfor 20 gone alice
finish
