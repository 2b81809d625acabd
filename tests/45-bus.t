#!/bin/sh
# one session bus for all logins, by the two links of README
config='stopdelay=0'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
bus alice
daemon
login a alice
is "the address" "$(var a DBUS_SESSION_BUS_ADDRESS)" "unix:path=/run/user/$uid/bus"
ok "it answers" answers
crash
daemon
is "su has it too, also of a daemon that was killed" "$(shell alice 'echo $DBUS_SESSION_BUS_ADDRESS')" "unix:path=/run/user/$uid/bus"
is "one dbus-daemon" "$(procs alice | grep -c dbus-daemon)" 1
login light alice 'put XDG_SESSION_CLASS=background'
logout a
ok "services stop, a light session stays" waitfor 5 idle alice
login later alice 'put XDG_SESSION_CLASS=background'
is "which has no bus any more" "$(var later DBUS_SESSION_BUS_ADDRESS)" ''
logout light later
ok "gone" waitfor 5 gone alice

# 0.7 s until it listens
run=/home/alice/.config/service/dbus/run
rm $run
printf '#!/bin/sh\nsleep 0.7\nexec /usr/share/examples/turnstile/dbus.run\n' >$run
chmod +x $run
login b alice
is "a slow one: the address" "$(var b DBUS_SESSION_BUS_ADDRESS)" "unix:path=/run/user/$uid/bus"
ok "it answers" answers
logout b
waitfor 5 gone alice

# one that is down, or not there, is not waited for
touch /home/alice/.config/service/dbus/down
t=$(now)
login c alice
is "down: no address" "$(var c DBUS_SESSION_BUS_ADDRESS)" ''
ok "no wait" [ $(($(now) - t)) -lt 500 ]
logout c
waitfor 5 gone alice

# started later, it is in later logins
login d alice
waitfor 5 as alice "sv up /home/alice/.config/service/dbus" >/dev/null
waitfor 5 [ -S "/run/user/$uid/bus" ]
later() {
	shell alice 'echo $DBUS_SESSION_BUS_ADDRESS' | grep -q unix
}
ok "started later: in later logins" waitfor 10 later
finish
