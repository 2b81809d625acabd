#!/bin/sh
# deaf services, and then a deaf process that a PAM module leaves at its close: the
# supervisor has the time for both
config='stopdelay=0 stoptimeout=29 killtimeout=1'
limit=150
. "${0%/*}/lib.sh"
service alice foo 'trap "" TERM HUP; while :; do sleep 0.5; done'
core alice 'core_services="foo"'
cat >/usr/bin/leaves <<'END'
#!/bin/sh
[ "$PAM_TYPE" = close_session ] || exit 0
setsid sh -c 'trap "" TERM; echo $$ >/tmp/left; while :; do sleep 0.5; done' </dev/null >/dev/null 2>&1 &
until [ -s /tmp/left ]; do sleep 0.02; done
END
chmod +x /usr/bin/leaves
echo 'session optional pam_exec.so /usr/bin/leaves' >>/etc/pam.d/turnstiled
daemon
login a alice
logout a
ok "the login is over" waitfor 90 gone alice
ok "what the module left has ended" ended "$(cat /tmp/left)"
ok "no supervisor was killed for it" not logged 'did not stop in time'
finish
