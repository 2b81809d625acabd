#!/bin/sh
# dinit: what waits for a display does not hold the login
TURNSTILE_BACKEND=dinit
config='stopdelay=0 corewait=9'
limit=180
. "${0%/*}/lib.sh"
sv=/home/alice/.config/dinit.d
mkdir -p $sv/boot.d $sv/some.d

# put NAME LINE...
put() {
	name=$1
	shift
	printf '%s\n' 'type = scripted' "command = touch /tmp/up.$name" "$@" >$sv/"$name"
	ln -sf "../$name" "$sv/boot.d/$name"
}

ctl() {
	su - alice -c "dinitctl $*"
}

put a-panel 'depends-on: graphical.target'
put soft 'waits-for: graphical.target'
put milestone 'depends-ms: graphical.target'
put after 'after: graphical.target'
put through 'depends-on: inner'
printf 'type = internal\nwaits-for: inner2\n' >$sv/inner
printf 'type = internal\nwaits-for.d: some.d\n' >$sv/inner2
ln -s ../a-panel $sv/some.d/a-panel
waiting='a-panel soft milestone through'
put plain
put before 'before: graphical.target'
put on-login 'depends-on: login.target'
printf '%s\n' 'type = scripted' 'command = sh -c "sleep 1; touch /tmp/up.z-before"' \
    'before: login.target' >$sv/z-before
ln -s ../z-before $sv/boot.d/z-before
printf '%s\n' 'type = scripted' 'command = sh -c "sleep 2; touch /tmp/up.slow"' >$sv/slow
ln -s ../slow $sv/boot.d/slow
owned alice

# scene WHAT
scene() {
	rm -f /tmp/up.*
	: >/tmp/log
	t=$(now)
	login a alice
	t=$(($(now) - t))
	for s in $waiting; do
		ok "$1: $s waits" [ ! -e /tmp/up.$s ]
		ok "$1: it has been told to start" waitfor 10 starting $s
	done
	for s in plain before on-login z-before slow; do
		ok "$1: $s is up" [ -e /tmp/up.$s ]
	done
	ok "$1: waited for them, and not longer ($t)" [ $t -lt 800 ]
	is "$1: no complaint" "$(grep '(alice): service' /tmp/log)" ''
	is "$1: boot has nothing graphical in it" \
	    "$(grep -c graphical "/run/turnstiled/$(id -u alice)/sv/boot")" 0
}

starting() {
	ctl is-started "$1" | grep -qx STARTING
}

up() {
	for s in $waiting; do
		[ -e /tmp/up.$s ] || return 1
	done
}

daemon
if command -v dinit-monitor >/dev/null; then
	scene "dinit-monitor"
	ctl setenv DISPLAY=:0
	ok "a display brings them" waitfor 5 up
	logout a
	ok "gone" waitfor 5 gone alice
	mv "$(command -v dinit-monitor)" /tmp/monitor
else
	skip "dinit-monitor" "dinit-monitor is not installed"
fi

scene "no dinit-monitor"
ok "graphical.monitor is there" grep -q internal "/run/turnstiled/$(id -u alice)/sv/graphical.monitor"
ctl trigger graphical.target
ok "triggered by hand" waitfor 5 up
logout a
ok "gone" waitfor 5 gone alice

# only a display's services: nothing that waits, no wait
for s in plain before on-login z-before slow; do
	rm $sv/boot.d/$s
done
t=$(now)
login b alice
ok "nothing to wait for" [ $(($(now) - t)) -lt 600 ]
logout b
ok "gone" waitfor 5 gone alice

# the other ready command: login.target alone
mkdir /tmp/src
cp -R /src/[!t]* /src/turnstile* /tmp/src
cd /tmp/src || exit 1
sed 's|/dinit ready|/dinit login|; s|\(backend *=\) [A-Za-z]*|\1 Dinit|; s|\(stopdelay *=\) 2|\1 0|' \
    config.def.h >config.h
ok "another ready command compiles" make -s install
cd /
kill -TERM "$daemon"
wait "$daemon"
daemon
for s in plain z-before slow; do
	ln -s ../$s $sv/boot.d/$s
done
rm -f /tmp/up.*
login c alice
ok "what is before login.target is up" [ -e /tmp/up.z-before ]
ok "what is not is not waited for" [ ! -e /tmp/up.slow ]
ok "but comes" waitfor 5 [ -e /tmp/up.slow ]
ok "login.target is up" ctl is-started login.target
finish
