#!/bin/sh
# the module's arguments
config='stopdelay=0'
. "${0%/*}/lib.sh"
sed -i '/pam_turnstile/d' /etc/pam.d/test
arguments() {
	sed -i '/pam_turnstile/d' /etc/pam.d/test
	echo "session optional pam_turnstile.so $*" >>/etc/pam.d/test
	: >/tmp/syslog
}
daemon

arguments class=greeter desktop=sway type=wayland
login a alice
is "class=" "$(has a CLASS)" greeter
is "desktop=" "$(has a DESKTOP)" sway
is "type=" "$(has a TYPE)" wayland
logout a

arguments turnstiled
login a alice
is "turnstiled: registered" "$(nsessions)" 1
ok "turnstiled: not a word" lacks -e /tmp/syslog pam_turnstile
logout a

arguments foo class=user
login a alice
is "unknown: registered" "$(has a CLASS)" user
ok "unknown: logged" waitfor 5 grep -q 'pam_turnstile.*foo' /tmp/syslog
logout a

arguments debug
login a alice
ok "debug: says more" waitfor 5 grep -q 'pam_turnstile' /tmp/syslog
logout a

waitfor 5 gone alice
arguments norundir
login a alice
is "norundir: registered" "$(nsessions)" 1
is "norundir: no directory" "$(find /run/user -mindepth 1 2>/dev/null)" ''
logout a

arguments class= desktop=
login a alice
is "empty: registered" "$(nsessions)" 1
logout a
arguments "class=$(printf %03000d 1)"
login a alice
is "endless: the login goes on" "$(cat /tmp/env.a | grep -c ^XDG_SESSION_ID)" "$(nsessions)"
finish
