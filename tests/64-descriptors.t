#!/bin/sh
# one user's sessions leave descriptors for others'
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
mkuser bob
mkuser carol
service bob foo
core bob 'core_services="foo"'
# (that root raises the hard limit where he may is not to be seen here: this
# keeps him from it)
daemon_by setpriv --bounding-set -sys_resource prlimit --nofile=400:400
is "the limit" "$(awk '/^Max open files/ { print $4, $5 }' "/proc/$daemon/limits")" '400 400'
login c carol

# opens NAME USER COUNT: that many sessions in one process
opens() {
	process "$1"
	i=0
	while [ $((i += 1)) -le "$3" ]; do
		printf '%s\n' "start test $2" 'item tty pts/1' open
	done >"/tmp/s.$1.in"
	cat "/tmp/s.$1.out" >/tmp/opened
}

opens a alice 220
is "a user opens many sessions: none is refused by PAM" "$(sort -u /tmp/opened)" 0
count=$(nsessions)
ok "an eighth of the limit, and no more, are sessions ($count)" [ "$count" -le 52 ]
ok "but not few ($count)" [ "$count" -ge 40 ]
ok "the log says so" logged 'alice.*session\|session.*alice\|uid 100.*session'
is "in one line" "$(grep -c 'session' /tmp/log)" 1
ok "the daemon has descriptors left" [ "$(ls "/proc/$daemon/fd" | wc -l)" -lt 200 ]
registers "meanwhile" bob
login b bob
is "another's services start" "$(starts bob foo)" 2
login r root
is "root is registered" "$(has r USER)" root
logout r
opens many root 60
is "also more often than that" "$(grep -l '^USER=root$' /run/turnstiled/sessions/* | wc -l)" 60
tell many exit >/tmp/told
rm -f /tmp/s.many.*
logout b c
tell a exit >/tmp/told
rm -f /tmp/s.a.*
ok "they end with their process" waitfor 10 is_nsessions 0
ok "gone" waitfor 10 gone alice
login a alice
is "then he is registered again" "$(has a USER)" alice
finish
