#!/bin/sh
# a service manager that cannot be started: the login goes on
# with each service manager
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=1 logintimeout=20'
. "${0%/*}/lib.sh"
hide
daemon
t=$(now)
login a alice
ok "no long wait" [ $(($(now) - t)) -lt 1000 ]
is "the session is tracked" "$(nsessions)" 1
is "the directory is there" "$(var a XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
ok "the log says why" waitfor 10 logged "(alice).*$sm"
before=$(grep -c "$sm" /tmp/log)
login b alice
ok "it does not spin" [ "$(($(grep -c "$sm" /tmp/log) - before))" -lt 5 ]
logout a b
waitfor 5 gone alice
unhide
service alice foo
core alice 'core_services="foo"'
login c alice
ok "when it is back, services start" started alice foo
logout c
waitfor 5 gone alice

hide
printf '#!/bin/sh\nexit 1\n' >"$hidden"
chmod +x "$hidden"
login d alice
is "one that dies at once: tracked" "$(nsessions)" 1
ok "the directory is there" [ -d "$(var d XDG_RUNTIME_DIR)" ]
unhide
ok "started again when it can be" waitfor 10 started alice foo 2
finish
