#!/bin/sh
# the Void handbook's page on per-user services, its section on turnstile, line
# by line: https://docs.voidlinux.org/config/services/user-services.html
config='stopdelay=0'
. "${0%/*}/lib.sh"
# what the page calls foo: a program that says what it sees
cat >/usr/local/bin/foo <<'END'
#!/bin/sh
until [ -S "$XDG_RUNTIME_DIR/bus" ]; do sleep 0.02; done
{
	env
	dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
	    org.freedesktop.DBus.GetId | sed -n 's/^ *string /id=/p'
} >/tmp/foo.new
mv /tmp/foo.new /tmp/foo.saw
exec sleep 1000
END
chmod 755 /usr/local/bin/foo
touch /home/alice/.hushlogin
daemon

# in NAME: alice logs in; do NAME LINE: she types it, and what it says is printed
in_() {
	terminal "$1" login -f alice
	waitfor 10 shows "$1" '^\$ $'
}
do_() {
	i=$((${i-0} + 1))
	type_ "$1" "{ $2
	} >/tmp/said.$i 2>&1; echo $i \$? >/tmp/status.$i"
	waitfor 10 [ -s /tmp/status.$i ] || return
	read -r _ status </tmp/status.$i
	cat /tmp/said.$i
	return "$status"
}
out_() {
	type_ "$1" exit
	wait "$(pid "$1")"
	waitfor 5 gone alice
}

# "user services should be placed in ~/.config/service/", "the turnstile-ready
# service is created by turnstile on first login"
in_ a
ok "the turnstile-ready service is there" [ -x /home/alice/.config/service/turnstile-ready/run ]

# "to ensure that a subset of services are started before login can proceed",
# and "wrap the exec line with chpst -e"
ok "a service is made" do_ a 'mkdir -p ~/.config/service/foo && cat >~/.config/service/foo/run <<"E" && chmod +x ~/.config/service/foo/run
#!/bin/sh
exec chpst -e "$TURNSTILE_ENV_DIR" foo
E'
ok "conf is written" do_ a 'echo "core_services=\"dbus foo\"" >~/.config/service/turnstile-ready/conf'

# "to run the D-Bus session bus using a turnstile-managed user service"
ok "the bus: mkdir" do_ a 'mkdir -p ~/.config/service/dbus'
ok "the bus: ln" do_ a 'ln -s /usr/share/examples/turnstile/dbus.run ~/.config/service/dbus/run'

# the next login waits for them
saw() {
	sed -n "s/^$1=//p" /tmp/foo.saw
}
out_ a
in_ b
do_ b 'sv status ~/.config/service/*' >/tmp/sv
is "dbus and foo run" "$(grep -c '^run: /home/alice/.config/service/\(dbus\|foo\): ' /tmp/sv)" 2
do_ b 'SVDIR=~/.config/service sv status dbus foo' >/tmp/sv
is "SVDIR" "$(grep -c '^run: ' /tmp/sv)" 2
do_ b 'echo $DBUS_SESSION_BUS_ADDRESS' >/tmp/address
is "the login has the bus" "$(cat /tmp/address)" "unix:path=/run/user/$(id -u alice)/bus"
ok "the service has started" waitfor 5 [ -e /tmp/foo.saw ]
is "and the same bus" "$(saw DBUS_SESSION_BUS_ADDRESS)" "$(cat /tmp/address)"
do_ b 'dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId' >/tmp/id
is "which is one and the same" "$(sed -n 's/^ *string //p' /tmp/id)" "$(saw id)"

# "can be used to update variables in this shared envdir"
ok "turnstile-update-runit-env" \
    do_ b 'DISPLAY=:5 XAUTHORITY=~/.Xauthority turnstile-update-runit-env DISPLAY XAUTHORITY FOO=bar BAZ='
rm -f /tmp/foo.saw
ok "sv restart" do_ b 'sv restart ~/.config/service/foo'
ok "started again" waitfor 5 [ -e /tmp/foo.saw ]
is "DISPLAY" "$(saw DISPLAY)" :5
is "XAUTHORITY" "$(saw XAUTHORITY)" /home/alice/.Xauthority
is "FOO" "$(saw FOO)" bar
is "BAZ" "$(grep -c '^BAZ=$' /tmp/foo.saw)" 1
is "TURNSTILE_ENV_DIR" "$(saw TURNSTILE_ENV_DIR)" /home/alice/.config/service-env
rm -f /tmp/foo.saw
out_ b

in_ c
ok "the next login" waitfor 5 [ -e /tmp/foo.saw ]
is "FOO is still there" "$(saw FOO)" bar
is "DISPLAY is not, its display is gone" "$(saw DISPLAY)" ''
out_ c
ok "all is gone" gone alice
finish
