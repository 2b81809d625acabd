#!/bin/sh
# dinit: when the login goes on, what is in boot.d is up or has failed
TURNSTILE_BACKEND=dinit
config='stopdelay=0 corewait=8'
limit=180
. "${0%/*}/lib.sh"
sv=/home/alice/.config/dinit.d
uid=$(id -u alice)

# entry DIR NAME LINE...: a service description that is in DIR's boot.d
entry() {
	dir=$1 name=$2
	shift 2
	mkdir -p "$dir/boot.d"
	printf '%s\n' "$@" >"$dir/$name"
	ln -sf "../$name" "$dir/boot.d/$name"
	owned alice
}

# dinitctl as alice would type it
ctl() {
	su - alice -c "dinitctl $*"
}

is_started() {
	ctl is-started "$1" | grep -qx STARTED
}

daemon
login a alice
is "boot.d is made" "$(stat -c %F%U $sv/boot.d)" directoryalice
ok "dinitctl needs no option" ctl list
for s in boot login.target; do
	ok "$s is up" is_started $s
done
ok "there is a service system" is_started system
logout a
ok "gone" waitfor 5 gone alice

chmod 500 $sv/boot.d
touch -d 2001-01-01 $sv/boot.d
login a alice
is "one that is there is left alone" "$(stat -c %a%Y $sv/boot.d)" \
    "500$(date -d 2001-01-01 +%s)"
logout a
ok "gone" waitfor 5 gone alice
chmod 755 $sv/boot.d

entry $sv slow 'type = scripted' 'command = sleep 4' 'start-timeout = 0'
entry $sv slow2 'type = scripted' 'command = sleep 4'
entry $sv fails 'type = scripted' 'command = false'
entry $sv broken 'nonsense'
entry $sv circle 'type = internal' 'depends-on: circle2'
printf 'type = internal\ndepends-on: circle\n' >$sv/circle2
ln -s ../nowhere $sv/boot.d/nowhere
entry $sv needs 'type = internal' 'depends-on: fails'
entry $sv quick 'type = process' 'command = sh -c "echo $$$$ >/tmp/quick; exec sleep 1000"' \
    'stop-command = sh -c "touch /tmp/stopped; exec kill -TERM $$(head -n 1 /tmp/quick)"'
entry /usr/lib/dinit.d/user systems 'type = scripted' 'command = touch /tmp/systems.$USER'
t=$(now)
login a alice
t=$(($(now) - t))
for s in slow slow2 quick systems; do
	ok "$s is up" is_started $s
done
ok "each by itself, in parallel ($t)" [ $t -lt 750 ]
for s in fails needs broken circle nowhere; do
	ok "$s is reported" logged "(alice): service $s .*failed"
done
is "and nobody else" "$(grep -c '(alice): service ' /tmp/log)" 5
ok "the manager lives" [ "$(managers alice)" ]
is "state" "$(state alice)" ready

# by hand
entry $sv hand 'type = process' 'command = sleep 1001'
rm $sv/boot.d/hand
ok "dinitctl start" ctl start hand
ok "it is up" is_started hand
ok "dinitctl stop" ctl stop hand
ok "dinitctl enable" ctl enable hand
ok "it is in boot.d" [ -h $sv/boot.d/hand ]
ok "dinitctl disable" ctl disable slow
ok "it is not in boot.d" [ ! -h $sv/boot.d/slow ]
logout a
ok "gone" waitfor 5 gone alice
ok "the stop command was run" [ -e /tmp/stopped ]

# one that never comes up
rm $sv/boot.d/*
entry $sv never 'type = scripted' 'command = sleep 1000'
t=$(now)
login a alice
t=$(($(now) - t))
ok "corewait ($t)" [ $t -ge 790 ]
ok "bounded ($t)" [ $t -lt 1300 ]
ok "never is reported" waitfor 10 logged '(alice): service never is not up after 8'
ok "it goes on starting" ctl list
logout a
ok "gone" waitfor 30 gone alice
rm $sv/boot.d/*

# the first directory that has a name wins; the daemon's own are its own
n_=4
for dir in /usr/lib/dinit.d/user /usr/local/lib/dinit.d/user /etc/dinit.d/user $sv; do
	i=0
	while [ $((i += 1)) -le $n_ ]; do
		mkdir -p $dir
		printf 'type = scripted\ncommand = sh -c "echo %s >>/tmp/order"\n' $dir >$dir/order$i
	done
	n_=$((n_ - 1))
done
for i in 1 2 3 4; do
	entry $sv/x x x
	ln -s ../order$i $sv/boot.d/order$i
done
for s in boot system login.target graphical.target; do
	printf 'type = scripted\ncommand = touch /tmp/not-ours\n' >$sv/$s
done
login a alice
is "the order of the directories" "$(sort /tmp/order | tr '\n' ' ')" \
    "/etc/dinit.d/user $sv /usr/lib/dinit.d/user /usr/local/lib/dinit.d/user "
ok "the daemon's own files win" [ ! -e /tmp/not-ours ]
logout a
ok "gone" waitfor 5 gone alice

# a bus, and a manager that dies
rm -rf $sv
bus alice
service alice foo
rm -f /tmp/up.*
login a alice
is "the bus" "$(var a DBUS_SESSION_BUS_ADDRESS)" "unix:path=/run/user/$uid/bus"
ok "it answers" answers
kill -KILL "$(managers alice)"
ok "killed: started again" waitfor 10 started alice foo 2
ok "ready again" waitfor 5 is_state alice ready
ok "the bus answers" waitfor 5 answers
ok "dinitctl" ctl list
logout a
ok "gone" waitfor 5 gone alice

# shellcheck disable=SC2016
home='/home/we ird $HOME "q" '"'a' #"
mkuser -d "$home" bob
mkdir -p "$home/.config/dinit.d/boot.d"
printf 'type = scripted\ncommand = touch /tmp/bob\n' >"$home/.config/dinit.d/one"
ln -s ../one "$home/.config/dinit.d/boot.d/one"
chown -R bob: "$home"
login b bob
ok "a home with blanks, dollar and quotes" [ -e /tmp/bob ]
cat "$home/.config/dinit.d/one" >"$home/.config/dinit.d/two"
ok "enable there" su - bob -c 'dinitctl enable two'
ok "is in its boot.d" [ -h "$home/.config/dinit.d/boot.d/two" ]
logout b
ok "gone" waitfor 5 gone bob
finish
