#!/bin/sh
# a session is registered when it is opened and ends when it is closed
config='stopdelay=0'
. "${0%/*}/lib.sh"
daemon
uid=$(id -u alice)
login a alice
is "opened" "$(nsessions)" 1
file=$(session a)
is "UID" "$(key "$file" UID)" "$uid"
is "USER" "$(key "$file" USER)" alice
is "SERVICE" "$(key "$file" SERVICE)" test
is "LEADER" "$(key "$file" LEADER)" "$(pid a)"
is "CLASS" "$(key "$file" CLASS)" user
is "REMOTE" "$(key "$file" REMOTE)" 0
is "IS_DISPLAY" "$(key "$file" IS_DISPLAY)" 0
is "TTY" "$(key "$file" TTY)" pts/7
is "no DISPLAY" "$(grep -c ^DISPLAY= "/run/turnstiled/$file")" 0
is "the file's mode" "$(stat -c %a "/run/turnstiled/$file")" 644
is "the user's name" "$(key "users/$uid" NAME)" alice
is "the user's sessions" "$(key "users/$uid" SESSIONS)" "${file#*/}"
is "the user's directory" "$(key "users/$uid" RUNTIME)" "/run/user/$uid"
is "the user's state" "$(key "users/$uid" STATE)" ready
login b alice
b=$(session b)
is "two sessions" "$(key "users/$uid" SESSIONS)" "${file#*/} ${b#*/}"
is "the ID is new" "$((${b#*/} > ${file#*/}))" 1
is "pam_close_session" "$(tell a close)" 0
ok "one closed" waitfor 5 is_nsessions 1
is "the other stays" "$(session b)" "$b"
tell a end exit
logout b
ok "all gone" waitfor 5 gone alice
login c alice
c=$(session c)
is "no ID comes back" "$((${c#*/} > ${b#*/}))" 1
logout c
rm -f /tmp/s.a.*

shell alice 'cat /run/turnstiled/sessions/*' >/tmp/su
is "no descriptor of ours in the shell" \
    "$(shell alice 'readlink /proc/self/fd/*' | grep -c socket)" 0
sed s/optional/required/ /etc/pam.d/test >/etc/pam.d/strict
process d 'start strict'
is "no user to be had" "$(tell d open)" 14
process e 'start test nosuchuser'
is "an unknown user" "$(tell e open)" 6
ok "su -" grep -q '^SERVICE=su-l$' /tmp/su
ok "gone after su" waitfor 5 gone alice
is "nor is a request's id left" "$(ls /run/turnstiled/private/requests)" ''
finish
