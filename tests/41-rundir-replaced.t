#!/bin/sh
# where others have put another directory in the runtime directory's place, or taken it
# away, the services are started again in what is there for the next session
config='stopdelay=30'
limit=240
. "${0%/*}/lib.sh"
uid=$(id -u alice)
their=/run/user/$uid
service alice foo 'echo $$ >$XDG_RUNTIME_DIR/foo; exec sleep 1000'
core alice 'core_services="foo"'
bus alice
daemon

# theirs: as pam_elogind and pam_rundir do, before our line
theirs() {
	mkdir -p "$their"
	mount -t tmpfs -o "mode=700,uid=$uid" their "$their"
}
line=$(cat /etc/pam.d/test)
{ echo "session required pam_env.so conffile=/etc/security/t.conf"; echo "$line"; } >/etc/pam.d/test
echo "XDG_RUNTIME_DIR DEFAULT=$their" >/etc/security/t.conf
theirs
login a alice
is "theirs" "$(var a XDG_RUNTIME_DIR)" "$their"
foo=$(lastpid alice foo)
login b alice
ok "the same: nothing happens" not ended "$foo"
crash
daemon
ok "ready" waitfor 5 is_state alice ready
login c alice
ok "nor over a daemon that was killed" not ended "$foo"
umount -l "$their"
theirs
login d alice
ok "another one: services have ended" ended "$foo"
ok "and begun again in it" [ -s "$their/foo" -a "$(cat "$their/foo")" = "$(lastpid alice foo)" ]
is "the login waited for them: its bus is there" "$(var d DBUS_SESSION_BUS_ADDRESS)" "unix:path=$their/bus"
ok "as a socket" [ -S "$their/bus" ]
foo=$(lastpid alice foo)
login e alice
ok "the same again" not ended "$foo"
umount -l "$their"
rmdir "$their"
mkdir "$their" && chown alice "$their"
login f alice
ok "a plain one: services have ended" ended "$foo"
ok "and begun again" [ -s "$their/foo" ]
ok "the log says why" logged "$their is another directory now"
logout a b c d e f
ok "gone" waitfor 20 [ ! -e "/run/turnstiled/users/$uid" ]
ok "their directory stays" [ -d "$their" ]
rm -r "$their"

# ours, as where another module stands below our line, and takes it away at the last logout
echo "$line" >/etc/pam.d/test
login a alice
foo=$(lastpid alice foo)
logout a
umount -l "$their" && rmdir "$their"
login b alice
ok "ours was taken away: services have ended" ended "$foo"
is "there is a new one" "$(stat -c '%U %a' "$their")" "alice 700"
ok "services have begun again in it" [ "$(cat "$their/foo")" = "$(lastpid alice foo)" ]
foo=$(lastpid alice foo)
logout b
umount -l "$their" && rmdir "$their"
login c alice
ok "and once more" ended "$foo"
ok "services are in it" [ -s "$their/foo" ]
foo=$(lastpid alice foo)
logout c
login d alice
ok "nobody took it away: nothing happens" not ended "$foo"

# it is looked at, and a file system that the user has mounted on it is asked nothing
if [ -c /dev/fuse ] && command -v bindfs >/dev/null; then
	chmod 666 /dev/fuse
	mkdir /tmp/below
	chown alice /tmp/below
	logout d
	as alice "cd /tmp && bindfs --no-allow-other -o nonempty /tmp/below $their"
	pkill -STOP -x bindfs
	login e alice
	is "a mounted one whose server hangs: the login goes on" "$(var e XDG_RUNTIME_DIR)" "$their"
	pkill -KILL -x bindfs
	logout e
else
	echo "# no FUSE here"
	logout d
fi
finish
