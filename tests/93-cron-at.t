#!/bin/sh
# jobs of cron and at: registered, with a directory, without services
config='stopdelay=0'
. "${0%/*}/lib.sh"
. "${0%/*}/login.sh"
cron=$(command -v cron || command -v crond)
[ "$cron" ] || { echo "1..0 # SKIP cron is not installed"; exit 0; }
daemon

# at cron's start, so as not to wait for the minute
rm -f /run/crond.reboot /run/crond.pid /etc/cron.d/*
echo '@reboot look a; read -r x </tmp/hold' | crontab -u alice -
mkfifo -m 666 /tmp/hold
"$cron" -f &
server=$!
looked cron a cron 'SERVICE=cron CLASS=background TYPE=unspecified TTY= REMOTE=0 services='
is "cron: no service was started" "$(starts alice foo)" 0
ok "cron: the session is as long as the job" [ "$(nsessions)" = 1 ]

# somebody logs in while it runs, and out again
login l alice
ok "cron: a login starts services" waitfor 5 started alice foo
ok "cron: it is up" not ended "$(lastpid alice foo)"
is "cron: and has the same directory" "$(var l XDG_RUNTIME_DIR)" "$(saw a XDG_RUNTIME_DIR)"
logout l
ok "cron: its end stops them" waitfor 5 ended "$(lastpid alice foo)"
ok "cron: the job has its directory" [ -d "/run/user/$(id -u alice)" ]
echo >/tmp/hold
out cron a
kill "$server"

if command -v atd >/dev/null; then
	atd -f &
	server=$!
	waitfor 5 [ -s /run/atd.pid ]
	# atd gives PAM's variables to nobody
	echo 'ls -l /proc/$$/fd >/tmp/fds
	setsid sleep 1000 </dev/null >/dev/null 2>&1 &
	read -r x </tmp/hold' | as alice 'at -M now' >/tmp/out 2>&1
	ok "at: in" waitfor 10 is_nsessions 1
	file=sessions/$(ls /run/turnstiled/sessions)
	is "at: SERVICE" "$(key "$file" SERVICE)" atd
	is "at: CLASS" "$(key "$file" CLASS)" background
	is "at: USER" "$(key "$file" USER)" alice
	is "at: the leader" "$(cat "/proc/$(key "$file" LEADER)/comm")" atd
	ok "at: the directory" waitfor 5 [ -d "/run/user/$(id -u alice)" ]
	echo >/tmp/hold
	ok "at: the session has ended" waitfor 5 is_nsessions 0
	is "at: no descriptor of the module" "$(grep -c socket: /tmp/fds)" 0
	is "at: no service was started" "$(starts alice foo)" 1
	procs alice | sed -n 's/ sleep$//p' | xargs kill
	ok "at: all is gone" waitfor 5 gone alice
	kill "$server"
else
	skip at "atd is not installed"
fi
finish
