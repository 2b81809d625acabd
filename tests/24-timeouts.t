#!/bin/sh
# a login waits for core services, but never for ever
# with each service manager
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=1 logintimeout=3'
. "${0%/*}/lib.sh"
service alice quick
service alice slow 'sleep 0.3; : >/tmp/slow; exec sleep 1000'
check alice slow '[ -e /tmp/slow ]'
core alice 'core_services="quick slow"'
daemon
t=$(now)
login a alice
ok "it has waited for the check" [ -e /tmp/slow ]
ok "and not much longer" [ $(($(now) - t)) -lt 100 ]
logout a
waitfor 5 gone alice

check alice slow 'exit 1'
t=$(now)
login b alice
ok "corewait" [ $(($(now) - t)) -ge 90 ]
ok "bounded" [ $(($(now) - t)) -lt 290 ]
is "the session is tracked" "$(nsessions)" 1
is "the directory is there" "$(var b XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
ok "the service is up" started alice slow 2
ok "the log says why" waitfor 3 logged "(alice).*slow.*not up after 1"
logout b
waitfor 5 gone alice

# a service manager that never says ready
hide
cat >"$hidden" <<-'END'
#!/bin/sh
while :; do sleep 1000; done
END
chmod +x "$hidden"
t=$(now)
login c alice
ok "never ready: corewait" [ $(($(now) - t)) -ge 90 ]
ok "never ready: bounded" [ $(($(now) - t)) -lt 290 ]
is "the session is tracked" "$(nsessions)" 1
ok "the directory is there" [ -d "$(var c XDG_RUNTIME_DIR)" ]
ok "the log says why" logged "(alice).*not ready after 1 s"
ok "what was started goes on" [ "$(procs alice)" ]
t=$(now)
login d alice
ok "the next login does not wait again" [ $(($(now) - t)) -lt 100 ]
logout c d
unhide
waitfor 5 gone alice

# something that corewait does not bound
sed -i '1i session optional pam_exec.so quiet /bin/sleep 6' /etc/pam.d/turnstiled
t=$(now)
login e alice
ok "logintimeout" [ $(($(now) - t)) -ge 290 ]
ok "bounded" [ $(($(now) - t)) -lt 400 ]
is "the session is tracked" "$(nsessions)" 1
is "the directory is told" "$(var e XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
ok "the log says why" logged '(alice).*login timeout'
ok "services start after all" waitfor 6 started alice quick 3
ok "ready" waitfor 5 is_state alice ready
finish
