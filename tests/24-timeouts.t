#!/bin/sh
# a login waits for core services, but never for ever
# with each service manager
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=3 logintimeout=7'
. "${0%/*}/lib.sh"
service alice quick
service alice slow 'sleep 0.3; : >/tmp/slow; exec sleep 1000'
check alice slow '[ -e /tmp/slow ]'
core alice 'core_services="quick slow"'
daemon
t=$(now)
login a alice
ok "it has waited for the check" [ -e /tmp/slow ]
ok "and not much longer" [ $(($(now) - t)) -lt 280 ]
logout a
waitfor 5 gone alice

check alice slow 'exit 1'
t=$(now)
login b alice
t=$(($(now) - t))
ok "corewait ($t)" [ $t -ge 290 ]
ok "bounded" [ $t -lt 690 ]
is "the session is tracked" "$(nsessions)" 1
is "the directory is there" "$(var b XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
ok "the service is up" started alice slow 2
ok "the log says why" waitfor 10 logged "(alice).*slow.*not up after 3"
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
t=$(($(now) - t))
ok "never ready: corewait ($t)" [ $t -ge 290 ]
ok "never ready: bounded" [ $t -lt 690 ]
is "the session is tracked" "$(nsessions)" 1
ok "the directory is there" [ -d "$(var c XDG_RUNTIME_DIR)" ]
ok "the log says why" logged "(alice).*not ready after 3 s"
ok "what was started goes on" [ "$(procs alice)" ]
t=$(now)
login d alice
ok "the next login does not wait again" [ $(($(now) - t)) -lt 280 ]
logout c d
unhide
waitfor 5 gone alice

# something that corewait does not bound
sed -i '1i session optional pam_exec.so quiet /bin/sleep 11' /etc/pam.d/turnstiled
t=$(now)
login e alice
t=$(($(now) - t))
ok "logintimeout ($t)" [ $t -ge 690 ]
ok "bounded" [ $t -lt 1090 ]
is "the session is tracked" "$(nsessions)" 1
is "the directory is told" "$(var e XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
ok "the log says why" logged '(alice).*login timeout'
ok "services start after all" waitfor 15 started alice quick 3
ok "ready" waitfor 5 is_state alice ready
finish
