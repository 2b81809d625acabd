#!/bin/sh
# root is tracked and has a runtime directory, but no services
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
service root foo 'touch /tmp/foo; exec sleep 1000'
daemon
login a root
is "tracked" "$(has a UID)" 0
is "its directory" "$(var a XDG_RUNTIME_DIR)" /run/user/0
ok "is there" [ -d /run/user/0 ]
is "no service manager" "$(managers root)" ''
ok "nothing was made in its home" [ ! -e /root/.config/service/turnstile-ready ]
logout a
ok "gone" waitfor 5 [ ! -e /run/user/0 ]
ok "no service" [ ! -e /tmp/foo ]
finish
