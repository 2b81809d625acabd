#!/bin/sh
# pam-auth-update adds the line, and takes it away again
config='stopdelay=0'
. "${0%/*}/lib.sh"
needs pam-auth-update
export DEBIAN_FRONTEND=noninteractive
sed -i /pam_turnstile/d $common
mkdir /tmp/before
cp /etc/pam.d/common-* /tmp/before
lines() {
	grep -c pam_turnstile "/etc/pam.d/$1"
}
cp /usr/share/examples/turnstile/pam-configs/turnstile /usr/share/pam-configs
daemon
ok "--enable" pam-auth-update --enable turnstile
is "the line, in common-session" \
    "$(grep pam_turnstile /etc/pam.d/common-session | tr -s ' \t' ' ')" 'session optional pam_turnstile.so '
is "in common-session-noninteractive" "$(lines common-session-noninteractive)" 1
is "nowhere else" "$(lines common-auth)$(lines common-account)$(lines common-password)" 000
is "as the last one" "$(grep '^session' /etc/pam.d/common-session | tail -n 1 | grep -c turnstile)" 1
ok "again" pam-auth-update --enable turnstile
is "one line" "$(lines common-session)" 1
is "a login is registered" "$(shell alice 'sed -n s/^SERVICE=//p /run/turnstiled/sessions/$XDG_SESSION_ID')" su-l
cp /usr/share/examples/turnstile/pam-configs/turnstile-sdlogin /usr/share/pam-configs
ok "turnstile-sdlogin is not added unasked" eval 'pam-auth-update --enable turnstile && ! grep -q sdlogin /etc/pam.d/common-session'
ok "--enable turnstile-sdlogin" pam-auth-update --enable turnstile-sdlogin
is "its line is after the first" "$(sed -n 's/^session.*\(turnstile-sdlogin join\|pam_turnstile\).*/\1/p' \
    /etc/pam.d/common-session | tr '\n' ' ')" "pam_turnstile turnstile-sdlogin join "
is "it is the manual's" "$(grep -h -o 'pam_exec.so .*join' /etc/pam.d/common-session)" \
    "$(grep -o 'pam_exec.so .*join' /src/turnstiled.8)"
ok "--disable turnstile-sdlogin" pam-auth-update --disable turnstile-sdlogin
ok "--disable" pam-auth-update --disable turnstile
for f in /tmp/before/*; do
	ok "${f##*/} is as it was" cmp "$f" "/etc/pam.d/${f##*/}"
done
is "a login is not" "$(shell alice 'ls /run/turnstiled/sessions')" ''
ok "--enable once more" pam-auth-update --enable turnstile
ok "--remove" pam-auth-update --remove turnstile
ok "common-session is as it was" cmp /tmp/before/common-session /etc/pam.d/common-session
finish
