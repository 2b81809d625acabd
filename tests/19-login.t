#!/bin/sh
# the real login on a terminal: password, shell, logout, hang-up
config='stopdelay=0'
. "${0%/*}/lib.sh"
echo alice:secret | chpasswd
touch /home/alice/.hushlogin
daemon
terminal a login
waitfor 5 shows a login:
type_ a alice
waitfor 5 shows a Password:
is "not before the password" "$(nsessions)" 0
type_ a secret
waitfor 5 shows a '^\$ $'
type_ a 'tty; echo $XDG_RUNTIME_DIR; sleep 1000 & echo done-$?'
ok "in" waitfor 5 shows a done-0
file=sessions/$(ls /run/turnstiled/sessions)
is "SERVICE" "$(key "$file" SERVICE)" login
is "TTY" "/dev/$(key "$file" TTY)" "$(tr -d '\r' </tmp/screen.a | grep ^/dev/pts/)"
is "TYPE" "$(key "$file" TYPE)" tty
is "REMOTE" "$(key "$file" REMOTE)" 0
ok "XDG_RUNTIME_DIR" shows a "^/run/user/$(id -u alice)$"
type_ a exit
wait "$(pid a)"
ok "logged out, a background process holds nothing" waitfor 5 is_nsessions 0
procs alice | sed -n 's/ sleep$//p' | xargs -r kill
ok "gone" waitfor 5 gone alice

terminal b login -f alice
ok "again" waitfor 5 is_nsessions 1
kill -KILL "$(pid b)"
ok "hung up" waitfor 5 is_nsessions 0
ok "gone" waitfor 5 gone alice

terminal c login
waitfor 5 shows c login:
type_ c alice
waitfor 5 shows c Password:
type_ c wrong
waitfor 10 shows c incorrect
is "a wrong password is no session" "$(nsessions)" 0
kill "$(pid c)"
finish
