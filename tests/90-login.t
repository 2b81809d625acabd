#!/bin/sh
# login on a terminal, with a password
config='stopdelay=0'
. "${0%/*}/lib.sh"
. "${0%/*}/login.sh"
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
type_ a 'look a'
looked login a login 'SERVICE=login CLASS=user TYPE=tty SEAT= VTNR= REMOTE=0 DISPLAY='
is "login: TTY" "$(saw a session.TTY | sed 's|/.*||')" pts
is "login: one session" "$(nsessions)" 1
type_ a exit
wait "$(pid a)"
out login a

# hung up with the shell in it, which ignores that
terminal b login -f alice
waitfor 5 shows b '^\$ $'
type_ b "trap '' HUP; look b"
looked "login -f" b login 'SERVICE=login CLASS=user TYPE=tty'
kill -KILL "$(pid b)"
ok "hung up: the session has ended" waitfor 5 is_nsessions 0
kill "$(saw b left)"
procs alice | sed -n 's/ sh$//p' | xargs -r kill -KILL
ok "hung up: all is gone" waitfor 5 gone alice

terminal c login
waitfor 5 shows c login:
type_ c alice
waitfor 5 shows c Password:
type_ c wrong
waitfor 10 shows c incorrect
is "a wrong password is no session" "$(nsessions)" 0
kill "$(pid c)"
finish
