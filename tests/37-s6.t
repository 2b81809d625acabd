#!/bin/sh
# s6: core services are up when the login goes on; all come down
TURNSTILE_BACKEND=s6
config='stopdelay=0 corewait=4'
limit=180
. "${0%/*}/lib.sh"
sv=/home/alice/.config/s6/service
uid=$(id -u alice)

stat_of() {
	s6-svstat -o up,ready $sv/"$1"
}

daemon
login a alice
ok "made at the first login" [ -d $sv/.s6-svscan ]
is "alice's" "$(stat -c %U $sv $sv/.s6-svscan | sort -u)" alice
is "ready" "$(state alice)" ready
ok "its command can be used" su alice -c "s6-svscanctl -a $sv"
is "nothing foreign is open" "$(readlink /proc/"$(managers alice)"/fd/* |
    grep -v -e ^/dev/null -e $sv -e ^pipe: -e signalfd)" ''
logout a
ok "gone" waitfor 5 gone alice

service alice notifies 'exec sleep 1000'
check alice notifies '[ -e /tmp/go ]'
service alice plain
rm $sv/plain/notification-fd
printf '#!/bin/sh\necho $$ >>/tmp/up.alice.plain\nexec sleep 1000\n' >$sv/plain/run
service alice never
check alice never false
service alice other
bus alice
core alice 'core_services="notifies plain"'
(sleep 0.5; touch /tmp/go) &
login a alice
ok "one with a notification-fd was waited for" [ -e /tmp/go ]
is "it is ready" "$(stat_of notifies)" "true true"
ok "one without is up" waitfor 10 started alice plain
is "the bus was, without being named" "$(var a DBUS_SESSION_BUS_ADDRESS)" "unix:path=/run/user/$uid/bus"
ok "it answers" answers
is "no complaint" "$(grep 'core service' /tmp/log)" ''
ok "others are started, too" waitfor 10 started alice other
kill -KILL "$(managers alice)"
ok "killed: started again" waitfor 10 started alice plain 2
ok "ready again" waitfor 5 is_state alice ready
logout a
ok "all come down" waitfor 5 gone alice

# conf WHAT LINE TEXT
conf() {
	core alice "$2"
	: >/tmp/log
	t=$(now)
	login x alice
	t=$(($(now) - t))
	ok "$1: bounded ($t)" [ $t -lt 1500 ]
	ok "$1: reported" waitfor 10 logged "(alice): .*$3"
	is "$1: tracked" "$(nsessions)" 1
	logout x
	ok "$1: gone" waitfor 5 gone alice
}
conf "never ready" 'core_services="plain never"' 'core service never not up after 4'
conf "unknown" 'core_services="plain nosuch"' nosuch
conf "syntax error" 'core_services="plain' conf
conf "a conf that exits" 'exit 3' conf
conf "a conf that hangs" 'sleep 1000' conf

rm -f /tmp/up.alice.plain
core alice '(sleep 3; :) & core_services="plain"'
: >/tmp/log
login x alice
ok "a conf that leaves a subshell in the background: its core service is up" started alice plain
is "and the login was not held for corewait" "$(grep 'login goes on' /tmp/log)" ''
logout x
waitfor 5 gone alice

touch $sv/dbus/down
core alice ''
: >/tmp/log
t=$(now)
login a alice
ok "a bus that is down is not waited for" [ $(($(now) - t)) -lt 350 ]
is "no complaint" "$(grep 'core service' /tmp/log)" ''
logout a
ok "gone" waitfor 5 gone alice

mount -t tmpfs -o ro,mode=755 none /home/alice
login b alice
ok "a home that cannot be written: reported" waitfor 10 logged '(alice): cannot write'
is "tracked" "$(nsessions)" 1
logout b
ok "gone" waitfor 5 gone alice
umount /home/alice

hide
: >/tmp/log
login c alice
is "no s6: tracked" "$(nsessions)" 1
ok "the log says why" waitfor 10 logged '(alice): s6-svscan is not in PATH'
logout c
unhide
finish
