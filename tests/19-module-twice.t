#!/bin/sh
# the module's line twice in a stack is one session, with one ID
config='stopdelay=0'
. "${0%/*}/lib.sh"
service alice foo
daemon
echo 'session optional pam_turnstile.so' >>/etc/pam.d/test
login a alice
is "one session" "$(nsessions)" 1
is "its ID" "$(var a XDG_SESSION_ID)" "$(session a | sed 's|.*/||')"
login b alice
is "another one" "$(nsessions)" 2
is "closes" "$(tell a close)" 0
ok "one is left" waitfor 5 is_nsessions 1
is "the other" "$(session a)" ''
is "closes again" "$(tell a close)" 0
is "nothing" "$(nsessions)" 1
is "opens again" "$(tell a open)" 0
is "one more" "$(nsessions)" 2
logout a b
ok "all gone" waitfor 5 gone alice
finish
