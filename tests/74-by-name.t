#!/bin/sh
# who is who in ps; and a signal to all of our name ends nothing that it should not
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
uid=$(id -u alice)
cat >/usr/bin/pamnote <<'END'
#!/bin/sh
echo "$PAM_TYPE" >>/tmp/pam
END
chmod 755 /usr/bin/pamnote
sed -i '1i session optional pam_exec.so quiet /usr/bin/pamnote' /etc/pam.d/turnstiled
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
sup=$(supervisor alice) pam=$(pamprocess alice)
line() {
	tr '\0' ' ' <"/proc/$1/cmdline" | sed 's/ *$//'
}
is "the daemon is turnstiled" "$(cat "/proc/$daemon/comm")" turnstiled
is "its supervisor" "$(cat "/proc/$sup/comm")" "ts-$uid"
is "in ps" "$(line "$sup")" "turnstiled: alice"
is "its PAM process" "$(cat "/proc/$pam/comm")" "pam-$uid"
is "in ps" "$(line "$pam")" "turnstiled: alice [pam]"
is "of the daemon's descriptors a supervisor has none" \
    "$(readlink "/proc/$sup"/fd/* | grep -e epoll -e inotify -e control.sock -e lastid -e /lock)" ''
is "nor a PAM process" "$(readlink "/proc/$pam"/fd/* | grep -e poll -e inotify -e lastid -e /lock)" ''
is "by name there is one" "$(pgrep -x turnstiled)" "$daemon"

started_=1
# untouched WHAT
untouched() {
	sleep 0.1
	is "$1: the same daemon" "$(ended "$daemon" || echo lives)" lives
	is "$1: the same supervisor" "$(supervisor alice) $(ended "$sup" || echo lives)" "$sup lives"
	is "$1: the same PAM process" "$(pamprocess alice)" "$pam"
	is "$1: the same service" "$(starts alice foo)" "$started_"
	ok "$1: ready" is_state alice ready
	is "$1: nothing in the log" "$(grep -v ' is ready$\|executing' /tmp/log)" ''
}

is "there are three" "$(ours | wc -w)" 3
for s in HUP INT USR1 USR2 ALRM IO PIPE QUIT VTALRM PROF WINCH URG TRAP CHLD CONT XCPU 40 63; do
	# shellcheck disable=SC2046
	kill -$s $(ours)
	untouched $s
	[ "$(pamprocess alice)" != "$pam" ] || continue
	logout a # it has failed: the next one finds all as before
	waitfor 8 gone alice
	login a alice
	sup=$(supervisor alice) pam=$(pamprocess alice)
	started_=$(starts alice foo)
	: >/tmp/log
done
kill -TERM "$pam"
untouched "TERM to the PAM process"
kill -INT "$daemon"
untouched "INT to the daemon"
logout a
ok "gone" waitfor 5 gone alice
is "the PAM session was opened and closed" "$(tail -n 2 /tmp/pam | xargs)" 'open_session close_session'

# TERM to a supervisor ends the login
login a alice
kill -TERM "$(supervisor alice)"
ok "TERM to the supervisor: the service ends" waitfor 5 ended "$(lastpid alice foo)"
ok "nobody is blamed" not logged 'killed\|early'
waitfor 5 is_state alice ready
logout a
ok "gone" waitfor 8 gone alice
finish
