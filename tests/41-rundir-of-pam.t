#!/bin/sh
# the services' XDG_RUNTIME_DIR is the one that was made for them, though a PAM
# module of theirs sets another
config='stopdelay=0'
. "${0%/*}/lib.sh"
sed -i '1i session required pam_env.so conffile=/etc/security/t.conf' /etc/pam.d/turnstiled
printf '%s\n' 'XDG_RUNTIME_DIR DEFAULT=/tmp/other' 'OTHER DEFAULT=yes' >/etc/security/t.conf
service alice foo 'env >/tmp/foo; : >/tmp/foo.done; exec sleep 1000'
daemon
login a alice
ok "up" waitfor 5 [ -e /tmp/foo.done ]
ok "the module's other variables are theirs" grep -qx OTHER=yes /tmp/foo
is "its XDG_RUNTIME_DIR is not" "$(sed -n 's/^XDG_RUNTIME_DIR=//p' /tmp/foo)" "/run/user/$(id -u alice)"
finish
