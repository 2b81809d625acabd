#!/bin/sh
# backend = None: sessions and runtime directories, and nothing is run
config='stopdelay=0 backend=None'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo nosuch"'
cat >/usr/local/bin/runsvdir <<'END'
#!/bin/sh
touch /tmp/ran
END
chmod +x /usr/local/bin/runsvdir
mkdir -p /var/lib/turnstiled/linger
touch /var/lib/turnstiled/linger/alice
daemon
uid=$(id -u alice)
t=$(now)
login a alice
ok "no wait" [ $(($(now) - t)) -lt 500 ]
is "tracked" "$(has a UID)" "$uid"
is "ready" "$(state alice)" ready
is "the directory" "$(var a XDG_RUNTIME_DIR)" "/run/user/$uid"
is "is there" "$(stat -c %a%U "/run/user/$uid")" 700alice
is "no bus" "$(var a DBUS_SESSION_BUS_ADDRESS)" ''
login b alice
is "two sessions" "$(nsessions)" 2
logout a b
ok "all gone in spite of the marker" waitfor 5 gone alice
touch /var/lib/turnstiled/linger/alice
login c root
is "root: tracked" "$(has c UID)" 0
is "root: the directory" "$(var c XDG_RUNTIME_DIR)" /run/user/0
logout c
waitfor 5 is_nsessions 0
ok "no marker starts anything" idle alice
ok "no service" [ ! -e /tmp/up.alice.foo ]
ok "no service manager" [ ! -e /tmp/ran ]
finish
