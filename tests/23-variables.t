#!/bin/sh
# session variables in the login, the bus in services from the start, stale
# variables, and a backend's own variables
config='stopdelay=0'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
# shellcheck disable=SC2016
service alice foo 'echo "$DBUS_SESSION_BUS_ADDRESS $XDG_SESSION_ID" >/tmp/foo
chpst -e "$TURNSTILE_ENV_DIR" env >/tmp/foo.env
: >/tmp/foo.done
exec sleep 1000'
# stale ones are there before the first login, and so is another
envdir=/home/alice/.config/service-env
mkdir -p $envdir
for v in DISPLAY WAYLAND_DISPLAY XAUTHORITY SWAYSOCK MINE; do
	echo stale >$envdir/$v
done
chown -R alice: $envdir
daemon

login a alice 'item tty tty5' 'put XDG_SESSION_DESKTOP=sway'
is "XDG_SESSION_ID is the file's name" "sessions/$(var a XDG_SESSION_ID)" "$(session a)"
is "XDG_SESSION_TYPE" "$(var a XDG_SESSION_TYPE)" tty
is "XDG_SESSION_CLASS" "$(var a XDG_SESSION_CLASS)" user
is "XDG_SESSION_DESKTOP" "$(var a XDG_SESSION_DESKTOP)" sway
is "XDG_SEAT" "$(var a XDG_SEAT)" seat0
is "XDG_VTNR" "$(var a XDG_VTNR)" 5
is "SEATS in the user's file" "$(key "users/$uid" SEATS)" seat0
login b alice
for v in XDG_SESSION_DESKTOP XDG_SEAT XDG_VTNR; do
	is "no $v" "$(grep -c "^$v=" /tmp/env.b)" 0
done
login c alice 'put XDG_SESSION_ID=c7' 'put XDG_SESSION_TYPE=wayland' 'put XDG_SESSION_CLASS=user' \
    'put XDG_SEAT=seat9' 'put XDG_VTNR=3' 'put DBUS_SESSION_BUS_ADDRESS=unix:abstract=x'
is "another module's XDG_SESSION_ID stays" "$(var c XDG_SESSION_ID)" c7
is "and XDG_SESSION_TYPE" "$(var c XDG_SESSION_TYPE)" wayland
is "and XDG_SEAT" "$(var c XDG_SEAT)" seat9
is "and XDG_VTNR" "$(var c XDG_VTNR)" 3
is "and DBUS_SESSION_BUS_ADDRESS" "$(var c DBUS_SESSION_BUS_ADDRESS)" unix:abstract=x

waitfor 5 [ -e /tmp/foo.done ]
is "services know the bus before it is there, and no session" "$(cat /tmp/foo)" \
    "unix:path=/run/user/$uid/bus "
ok "which it is not" [ ! -e "/run/user/$uid/bus" ]
is "nor do logins name it" "$(grep -c ^DBUS /tmp/env.a)" 0
is "stale variables are cleared" "$(ls $envdir)" MINE
ok "the rest is there" grep -qx MINE=stale /tmp/foo.env

# they are cleared at a first login, not when the manager starts anew
as alice 'turnstile-update-runit-env DISPLAY=:1'
manager=$(managers alice)
rm /tmp/foo.done
kill -KILL "$manager"
waitfor 10 [ -e /tmp/foo.done ]
is "a restarted service manager keeps them" "$(cat $envdir/DISPLAY)" :1
logout a b c
waitfor 5 gone alice
login d alice
ok "the next login does not" [ ! -e $envdir/DISPLAY ]

# nor one that finds a light session there
login light alice 'put XDG_SESSION_CLASS=background'
as alice 'turnstile-update-runit-env DISPLAY=:1'
logout d
waitfor 5 idle alice
login d alice
ok "nor one beside a light session" [ ! -e $envdir/DISPLAY ]
logout d light
waitfor 5 gone alice
kill "$daemon"
wait "$daemon"

# other values in config.h: all the letters of a backend's variables, no exports
mkdir /tmp/src
cp -R /src/[!t]* /src/turnstile* /tmp/src
cd /tmp/src || exit 1
sed 's|\(exportsession *=\) 1|\1 0|; s|\(exportdbus *=\) 1|\1 0|; s|\(stopdelay *=\) 2|\1 0|
/\[Runit\]/,/^	\[/s|{ .*NULL }|{ "A=%h %u %g %n", "B=%d %r", "C=100%%%x%", NULL }|
/^#define STALEVARS/{
	N
	s|.*|#define STALEVARS "MINE"|
}' config.def.h >config.h
ok "it compiles" make -s all
make -s install
cd /
daemon
rm /tmp/foo.done
login e alice 'item tty tty5'
is "%h %u %g %n" "$(var e A)" "/home/alice $uid $(id -g alice) alice"
is "%d %r" "$(var e B)" "/run/turnstiled/$uid/sv /run/user/$uid"
is "%% and what is no letter" "$(var e C)" '100%%x%'
is "exportsession = 0" "$(grep -c -e ^XDG_SE -e ^XDG_VT /tmp/env.e)" 0
ok "the session has its file" [ "$(has e VTNR)" = 5 ]
waitfor 5 [ -e /tmp/foo.done ]
is "exportdbus = 0" "$(cat /tmp/foo)" ' '
is "STALEVARS" "$(ls $envdir)" ''
login f root
is "root has none of the backend's" "$(grep -c -e ^A= /tmp/env.f)" 0
logout f
finish
