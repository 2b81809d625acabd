#!/bin/sh
# beside elogind, unmodified: the runtime directory is its own, services have no more
# rights than their user, end with the last session, and are never in a directory that it
# has taken away; turnstile-sdlogin leaves it alone
# alone
config='stopdelay=3 lingerunmanaged=1'
limit=120
. "${0%/*}/lib.sh"
library=/usr/local/lib/libelogind
[ -e $library/elogind ] || { echo "1..0 # SKIP elogind is not installed"; exit 0; }
. /src/tests/polkit.sh
pam=$(dirname "$(find /usr/lib /lib -name pam_unix.so | head -n 1)")
cp $library/pam_elogind.so "$pam"
ln -s $library/libelogind-shared-*.so $library/libelogind.so.0 /usr/lib
# as README says: before ours
for f in $common /etc/pam.d/test; do
	sed -i '/turnstile-sdlogin/d; /pam_systemd/d; s/^session.*pam_turnstile/session optional pam_elogind.so\n&/' "$f"
done
sed -i '/turnstile-sdlogin/d' /etc/pam.d/turnstiled
uid=$(id -u alice)
service alice foo
bus alice
core alice 'core_services="foo"'
daemon
sdlogin
LD_LIBRARY_PATH=$library $library/elogind >/tmp/elogind.log 2>&1 &
elogind=$!
wait "$sdlogin"
is "turnstile-sdlogin ends for it" $? 1
ok "and says why" grep -q 'elogind says now who is logged in' /tmp/sdlogin.log
ok "what is elogind's stays" waitfor 5 [ -s /run/systemd/seats/seat0 ]
ok "it does not begin beside it" eval '! turnstile-sdlogin 2>/tmp/said'
ok "and says that" grep -q 'elogind says here who is logged in' /tmp/said
ok "polkitd is there" polkit

onvt a alice 42
foo=$(lastpid alice foo)
ok "a session of elogind's" waitfor 5 grep -qs ^SEAT=seat0 /run/systemd/sessions/*
is "ours has its directory" "$(key "users/$uid" RUNTIME)" "/run/user/$uid"
is "it is elogind's" "$(key "private/logins/$uid" RUNDIR)" theirs
vt 42
ok "in front: allowed" waitfor 5 allowed "$shell"
vt 1
ok "switched away: denied" waitfor 5 denied "$shell"
ok "services are denied, too" denied "$foo"
ok "no session but the login's" [ "$(find /run/systemd/sessions -type f | wc -l)" = 1 ]
t=$(now)
echo exit >/tmp/do.a
ok "the last logout: services go at once" waitfor 5 gone alice
ok "with no stop delay" [ $(($(now) - t)) -lt 250 ]

onvt b alice 43
login c alice
is "anew, with a bus that answers" "$(var c DBUS_SESSION_BUS_ADDRESS)" "unix:path=/run/user/$uid/bus"
ok "in its directory" [ -S "/run/user/$uid/bus" ]
ok "its session is elogind's" [ -e "/run/systemd/sessions/$(var c XDG_SESSION_ID)" ]
logout c
echo exit >/tmp/do.b
ok "gone" waitfor 10 gone alice

# inthere WHAT NAME: services are in the directory that the login has
inthere() {
	is "$1: its bus answers" "$(var "$2" DBUS_SESSION_BUS_ADDRESS)" "unix:path=/run/user/$uid/bus"
	ok "$1: in its directory" as alice "dbus-send --bus=unix:path=/run/user/$uid/bus \
	    --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId >/dev/null"
}

# services that linger, and nobody told elogind
touch /var/lib/turnstiled/linger/alice
onvt d alice 42
foo=$(lastpid alice foo)
echo exit >/tmp/do.d
ok "they linger" waitfor 5 is_nsessions 0
ok "elogind has taken the directory away" waitfor 15 [ ! -e "/run/user/$uid" ]
ok "they run" not ended "$foo"
onvt e alice 42
ok "the next login: they have ended" ended "$foo"
login c alice
inthere "the next login" c
foo=$(lastpid alice foo)
echo exit >/tmp/do.e
logout c
rm /var/lib/turnstiled/linger/alice
ok "the marker is gone: they end" waitfor 15 gone alice

# the lines in the wrong order: ours makes the directory, and elogind takes it away
for f in $common /etc/pam.d/test; do
	sed -i -e '/pam_elogind/d' -e 's/^session.*pam_turnstile.*/&\nsession optional pam_elogind.so/' "$f"
done
onvt f alice 43
is "the wrong order: the directory is ours" "$(key "private/logins/$uid" RUNDIR)" made
foo=$(lastpid alice foo)
echo exit >/tmp/do.f
ok "elogind takes it away" waitfor 3 [ ! -e "/run/user/$uid" ]
login c alice
ok "the next login, in the stop delay: they have ended" ended "$foo"
inthere "the wrong order" c
ok "its session is elogind's all the same" [ -e "/run/systemd/sessions/$(var c XDG_SESSION_ID)" ]
logout c
ok "gone" waitfor 15 [ ! -e "/run/turnstiled/users/$uid" ]
kill "$elogind" "$polkitd"
wait "$elogind"
pkill -TERM -x dbus-daemon
vt 1
finish
