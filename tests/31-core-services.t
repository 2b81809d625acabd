#!/bin/sh
# core services that cannot come up hold nobody long, and are reported
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=1 logintimeout=20'
. "${0%/*}/lib.sh"
service alice good
service alice dead 'exit 1'
service alice hangs
daemon

# conf WHAT LINE TEXT: what the log says of it
conf() {
	core alice "$2"
	: >/tmp/log
	t=$(now)
	login x alice
	is "$1: tracked" "$(nsessions)" 1
	ok "$1: bounded" [ $(($(now) - t)) -lt 1000 ]
	ok "$1: reported" waitfor 10 logged "uid $(id -u alice) (alice): .*$3"
	ok "$1: others are up" waitfor 10 eval '[ "$(starts alice good)" -gt 0 ]'
	logout x
	ok "$1: gone" waitfor 5 gone alice
	rm -f /tmp/up.alice.good
}

conf "syntax error" 'core_services="good' 'conf'
conf "unknown" 'core_services="good nosuch"' 'nosuch'
conf "never up" 'core_services="good dead"' 'dead.*not up after 1 s, .* see sv status /home/alice/.config/service/dead$'
check alice hangs 'exec sleep 1000'
conf "a check that hangs" 'core_services="good hangs"' 'hangs.*not up after 1'
conf "a conf that exits" 'exit 5' 'conf'
conf "a conf that hangs" 'sleep 1000' 'conf'
touch /home/alice/.config/service/good/down
conf "a down file" 'core_services="good nosuch"' nosuch
# shellcheck disable=SC2016
conf "no command of another's" 'core_services="good $(id -u >/tmp/conf-id) ../../x"' 'x'
is "conf runs as alice" "$(cat /tmp/conf-id)" "$(id -u alice)"
rm /home/alice/.config/service/good/down
core alice '(sleep 20; :) & core_services="good"'
: >/tmp/log
login x alice
ok "a conf that leaves a subshell in the background: its core service is up" started alice good
is "and the login was not held for corewait" "$(grep 'login goes on' /tmp/log)" ''
logout x
waitfor 5 gone alice
rm -r /home/alice/.config/service/turnstile-ready
mkdir /home/alice/.config/service/turnstile-ready
login y alice
ok "no conf: no wait" is_state alice ready
finish
