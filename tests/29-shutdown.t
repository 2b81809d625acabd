#!/bin/sh
# the system's shutdown sends SIGTERM to every process at once: services stop, PAM
# sessions are closed, nobody is blamed
config='stopdelay=0 stoptimeout=5 killtimeout=1'
limit=90
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
mkuser bob
cat >/usr/bin/pamnote <<'END'
#!/bin/sh
echo "$PAM_TYPE" >>"/tmp/pam.$PAM_USER"
END
chmod 755 /usr/bin/pamnote
sed -i '1i session optional pam_exec.so quiet /usr/bin/pamnote' /etc/pam.d/turnstiled
# A group whose parent ends while it is stopped gets SIGHUP from the kernel; and what
# it says on standard error, which was runsvdir's, is answered by SIGPIPE.
for u in alice bob; do
	service $u foo
	service $u slow 'exec 2>/dev/null; trap "" HUP; trap "sleep 1; : >/tmp/saved.$USER; exit" TERM; : >/tmp/traps.$USER
	while :; do sleep 0.1; done'
	check $u slow '[ -e /tmp/traps.$USER ]'
	core $u 'core_services="foo slow"'
done

# ends WHAT PIDS: what killall5 does, in this order
ends() {
	rm -f /tmp/saved.* /tmp/traps.* /tmp/pam.*
	: >/tmp/log
	daemon
	login a alice
	login b bob
	pids=$(eval "$2")
	ok "$1: runs" [ "$(echo "$pids" | wc -w)" -ge 9 ]
	kill -STOP $pids 2>/dev/null
	kill -TERM $pids 2>/dev/null
	kill -CONT $pids 2>/dev/null
	ok "$1: it ends" waitfor 12 ended "$daemon"
	wait "$daemon"
	is "$1: its exit status" $? 0
	for u in alice bob; do
		is "$1: nothing of $u's is left" "$(procs $u)" ''
		is "$1: $u's PAM session was closed" "$(xargs <"/tmp/pam.$u")" 'open_session close_session'
		ok "$1: $u's service has saved" [ -e /tmp/saved.$u ]
	done
	is "$1: nobody is blamed" "$(grep -v ' is ready$\|stopp\|is over: ' /tmp/log)" ''
	is "$1: no directory is left" "$(ls /run/user)" ''
	logout a b
}

everybody() {
	ours
	procs alice | cut -d' ' -f1
	procs bob | cut -d' ' -f1
}

ends "oldest first" 'everybody | sort -n'
ends "newest first" 'everybody | sort -rn'
ends "root's alone" 'ours; ours; ours'
daemon=
finish
