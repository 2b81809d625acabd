#!/bin/sh
# turnstile-update-runit-env tells the session bus too, before all else, and is
# held by nobody
config='stopdelay=0'
. "${0%/*}/lib.sh"
command -v dbus-update-activation-environment >/dev/null ||
    { echo "1..0 # SKIP no dbus-update-activation-environment here"; exit 0; }
uid=$(id -u alice)
envdir=/home/alice/.config/service-env
# what the bus starts: says what it sees, and what was in the directory then
cat >/usr/local/bin/activated <<'END'
#!/bin/sh
ls /home/alice/.config/service-env >/tmp/activated.dir
env >/tmp/activated.new
mv /tmp/activated.new /tmp/activated
exit 1 # at 0 the bus would wait for its name
END
chmod 755 /usr/local/bin/activated
printf '[D-BUS Service]\nName=test.Activated\nExec=/usr/local/bin/activated\n' \
    >/usr/share/dbus-1/services/test.service
bus alice
daemon
login a alice

# alice_ COMMAND: with what a login has
alice_() {
	as alice "export XDG_RUNTIME_DIR=/run/user/$uid DBUS_SESSION_BUS_ADDRESS=$address; $1"
}
address=unix:path=/run/user/$uid/bus
# activated NAME: its value in what the bus starts
activated() {
	rm -f /tmp/activated
	alice_ 'dbus-send --session --print-reply --dest=test.Activated / test.Activated.Go' 2>/dev/null
	waitfor 5 [ -e /tmp/activated ]
	sed -n "s/^$1=/=/p" /tmp/activated
}
is "it was not there" "$(activated WAYLAND_DISPLAY)" ''
is "nothing is said" "$(alice_ 'WAYLAND_DISPLAY=wayland-3 turnstile-update-runit-env WAYLAND_DISPLAY X="a b"' 2>&1)" ''
is "the bus knows it" "$(activated WAYLAND_DISPLAY)" =wayland-3
is "NAME=VALUE, too" "$(activated X)" '=a b'
is "and the directory" "$(cat $envdir/WAYLAND_DISPLAY)" wayland-3
alice_ 'turnstile-update-runit-env WAYLAND_DISPLAY'
is "not set: empty there" "$(activated WAYLAND_DISPLAY)" =
ok "not set: away here" [ ! -e $envdir/WAYLAND_DISPLAY ]
address=
alice_ 'turnstile-update-runit-env Y=1'
address=unix:path=/run/user/$uid/bus
is "no address, but the runtime directory" "$(activated Y)" =1

# who waits for a variable has the bus start something at once
cat >/usr/local/bin/waits <<'END'
#!/bin/sh
until [ -e /home/alice/.config/service-env/DISPLAY ]; do :; done
exec dbus-send --session --print-reply --dest=test.Activated / test.Activated.Go 2>/dev/null
END
chmod 755 /usr/local/bin/waits
for i in 1 2 3; do
	rm -f /tmp/activated
	alice_ waits &
	alice_ "turnstile-update-runit-env DISPLAY=:$i LAST=$i"
	waitfor 5 [ -e /tmp/activated ]
	is "the bus is told first" "$(sed -n 's/^DISPLAY=//p' /tmp/activated)" :$i
	ok "the display comes last" grep -qx LAST /tmp/activated.dir
	wait $!
	alice_ 'turnstile-update-runit-env DISPLAY LAST'
done

# a bus that does not answer
bus=$(cat /home/alice/.config/service/dbus/supervise/pid)
kill -STOP "$bus"
t=$(now)
alice_ 'turnstile-update-runit-env FOO=bar' >/tmp/out 2>&1
is "a bus that is stopped: status" $? 1
t=$(($(now) - t))
ok "it is not waited for ($t)" [ $t -lt 800 ]
is "one line" "$(grep -c 'was not told' /tmp/out)" 1
ok "that names it" grep -q 'session bus' /tmp/out
is "the rest is done" "$(cat $envdir/FOO)" bar
kill -CONT "$bus"
logout a
ok "gone" waitfor 5 gone alice
finish
