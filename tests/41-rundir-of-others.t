#!/bin/sh
# a runtime directory that another module made, or none at all
config='stopdelay=0'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
service alice foo 'env >/tmp/foo; exec sleep 1000'
core alice 'core_services="foo"'
bus alice
mkdir -p /tmp/their
chown alice: /tmp/their
daemon
sed -i '1i session required pam_env.so conffile=/etc/security/t.conf' /etc/pam.d/test
echo 'XDG_RUNTIME_DIR DEFAULT=/tmp/their' >/etc/security/t.conf
login a alice
is "as it was set" "$(var a XDG_RUNTIME_DIR)" /tmp/their
ok "none made" [ ! -e "/run/user/$uid" ]
ok "services have it" grep -qx XDG_RUNTIME_DIR=/tmp/their /tmp/foo
is "the bus is in it" "$(var a DBUS_SESSION_BUS_ADDRESS)" unix:path=/tmp/their/bus
is "nothing of ours is open in it, it can be unmounted" "$(find "/proc/$(key "private/logins/$uid" \
    PID)/fd" -lname '/tmp/their*')" ''
is "the state file too" "$(key "users/$uid" RUNTIME)" /tmp/their
sed -i '/pam_env/d' /etc/pam.d/test
login b alice
touch /var/lib/turnstiled/linger/alice
ok "and a marker does not change it" waitfor 5 eval '[ ! "$(ls /run/turnstiled/private/letters)" ]'
rm /var/lib/turnstiled/linger/alice
is "a later session has the same" "$(var b XDG_RUNTIME_DIR)" /tmp/their
logout a b
waitfor 5 is_nsessions 0
ok "left alone" [ -d /tmp/their ]
ok "services are gone" waitfor 5 idle alice

rm -r "$(svdir alice)/dbus"
login light alice 'put XDG_RUNTIME_DIR=/tmp/their' 'put XDG_SESSION_CLASS=background'
login full alice
is "but a light session's binds no full one" "$(var full XDG_RUNTIME_DIR)" "/run/user/$uid"
logout full light
waitfor 5 is_nsessions 0
ok "gone" waitfor 5 gone alice
echo 'session optional pam_turnstile.so norundir' >/etc/pam.d/test
rm -f /tmp/foo
login c alice
ok "norundir: none made" [ ! -e "/run/user/$uid" ]
ok "norundir: services have it" grep -qx "XDG_RUNTIME_DIR=/run/user/$uid" /tmp/foo
finish
