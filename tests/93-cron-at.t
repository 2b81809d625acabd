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
is "cron: a login starts services" "$(starts alice foo)" 1
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
	echo 'look b' | as alice 'at -M now' >/tmp/out 2>&1
	looked at b atd 'SERVICE=atd CLASS=background TYPE=unspecified REMOTE=0 services='
	out at b
	kill "$server"
fi
finish
