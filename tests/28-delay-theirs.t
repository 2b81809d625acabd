#!/bin/sh
# where somebody else makes the runtime directory, and removes it at the last logout,
# services do not outlive that
config='stopdelay=30'
. "${0%/*}/lib.sh"
service alice foo
core alice 'core_services="foo"'
install -d -o alice /tmp/their
sed -i '1i session required pam_env.so conffile=/etc/security/t.conf' /etc/pam.d/test
echo 'XDG_RUNTIME_DIR DEFAULT=/tmp/their' >/etc/security/t.conf
daemon
login a alice
is "theirs" "$(var a XDG_RUNTIME_DIR)" /tmp/their
is "ready" "$(state alice)" ready
logout a
ok "services end at once" waitfor 8 gone alice
finish
