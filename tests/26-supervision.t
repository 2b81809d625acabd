#!/bin/sh
# a service manager that dies is started again, and no session notices
# with each service manager
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=1 logintimeout=3'
. "${0%/*}/lib.sh"
service alice foo
service alice deaf 'trap "" TERM HUP; while :; do sleep 1000; done'
core alice 'core_services="foo deaf"'
daemon
login a alice
touch "/run/user/$(id -u alice)/file"
old=$(lastpid alice deaf)
first=$(managers alice)
kill -KILL "$first"
ok "foo is started again" waitfor 10 started alice foo 2
ok "deaf too" waitfor 10 started alice deaf 2
ok "the old one was ended first" ended "$old"
is "one service manager" "$(managers alice | wc -l)" 1
ok "another one" [ "$(managers alice)" != "$first" ]
is "the session stays" "$(nsessions)" 1
ok "the directory stays" [ -e "/run/user/$(id -u alice)/file" ]
ok "the log says so" logged '(alice)'
login b alice
is "a new session works" "$(nsessions)" 2
ok "ready again" waitfor 5 is_state alice ready

# all of it killed
procs alice | while read -r p _; do kill -KILL "$p"; done
ok "all killed: started again" waitfor 10 started alice deaf 3
ok "foo" waitfor 10 started alice foo 3
logout a b
ok "all gone" waitfor 10 gone alice

# one that always dies young
hide
cat >"$hidden" <<'END'
#!/bin/sh
echo x >>/tmp/tries
exit 1
END
chmod +x "$hidden"
touch /tmp/tries
chmod 666 /tmp/tries
tries() { [ "$(wc -l </tmp/tries)" -ge "$1" ]; }
login c alice
ok "it is tried again" waitfor 10 tries 3
ok "but does not spin" [ "$(wc -l </tmp/tries)" -lt 10 ]
unhide
logout c
ok "all gone" waitfor 5 gone alice
finish
