#!/bin/sh
# logins of all sorts, in and out: at the end not one process, file, descriptor,
# mount or kilobyte is more than at the start.  `tests/89-churn.t 300` takes five
# minutes
# alone: it leaves others no processor
config='stopdelay=0'
seconds=${1:-4}
limit=$((seconds * 2 + 300))
. "${0%/*}/lib.sh"
users=
for i in 0 1 2 3 4 5 6 7 8 9; do
	useradd -m -s /bin/sh "u$i"
	service "u$i" foo
	users="$users u$i"
done
daemon

# count: what there is
count() {
	# alone, or what runs beside it is counted too
	awk '/^Name/{n = $2} /^State/{if ($2 != "Z" && n !~ /awk$/) print "process " n}' \
	    /proc/[0-9]*/status >/tmp/ps 2>/dev/null
	sort /tmp/ps
	echo "descriptors $(find "/proc/$daemon/fd" -type l | wc -l)"
	find /run -mindepth 1 ! -name '*lock*'
	awk '{print $2}' /proc/mounts
	find /sys/fs/cgroup -type d
}

rss() {
	awk '/^Rss:/{n += $2} END{print n}' "/proc/$daemon/smaps_rollup"
}

all_gone() {
	for u in $users; do
		gone "$u" || return 1
	done
	is_nsessions 0
}

# each user once, some at the same time
round() {
	for u in $users; do
		turnstile-client pty su - "$u" -c true </dev/null >/dev/null 2>&1 &
		[ $((${u#u} % 4)) != 3 ] || wait $!
	done
	waitfor 20 not pgrep -f '^turnstile-client pty' >/dev/null
}

# churn SECONDS
churn() {
	last=$(($(now) + $1 * 100)) rounds=0
	while [ "$(now)" -lt $last ]; do
		round
		rounds=$((rounds + 1))
	done
	echo "# $rounds rounds of 10"
	# cron: sessions that want no services, and end at once
	for i in 1 2 3 4 5; do
		process cron "start test alice" 'item tty cron'
		tell cron open >/dev/null
		logout cron
	done
	# a monitoring login each moment, killed without a word
	for i in 1 2 3 4 5 6 7 8 9 10; do
		process "m$i" "start test u1" 'item tty ssh' 'item rhost 10.0.0.1'
		tell "m$i" open >/dev/null
		kill -KILL "$(pid "m$i")"
		rm -f "/tmp/s.m$i.in" "/tmp/s.m$i.out"
	done
	ok "all of them are gone" waitfor 15 all_gone

	process many
	t=$(now)
	tell many "$(cat /tmp/many)" >/tmp/opened
	is "200 logins" "$(grep -c '^0$' /tmp/opened)" 200
	is "are 200 sessions" "$(nsessions)" 200
	ok "within 40 s" [ $(($(now) - t)) -lt 4000 ]
	kill -KILL "$(pid many)"
	rm -f /tmp/s.many.*
	ok "which end with their process" waitfor 10 is_nsessions 0
	ok "and nothing is left" waitfor 20 all_gone
}

i=0
while [ $((i += 1)) -le 200 ]; do
	printf '%s\n' "start test u$((i % 10))" 'item tty pts/7' open
done >/tmp/many
churn 1
count >/tmp/before
size=$(rss)
churn "$seconds"
is_as_before() {
	count >/tmp/after
	diff /tmp/before /tmp/after
}
ok "nothing is more or less than before" waitfor 10 is_as_before
new=$(rss)
ok "no kilobyte more: $size, then $new" [ "$new" -le $((size + (${#TURNSTILE_SAN} ? 20000 : 64))) ]
is "no complaint" "$(grep -v -e ' is ready$' -e 'services still run' /tmp/log)" ''
finish
