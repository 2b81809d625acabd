#!/bin/sh
# a service manager that dies young is started again at once, then after pauses that
# grow; one that has lived is started again at once
config='stopdelay=0 backend=S6 corewait=1'
limit=180
. "${0%/*}/lib.sh"
cat >/usr/libexec/turnstile/s6 <<'END'
#!/bin/sh
[ "$1" = run ] || exit 0
read -r up _ </proc/uptime
echo "${up%.*}${up#*.}" >>/tmp/starts.$USER
[ "$(wc -l </tmp/starts.$USER)" != 5 ] || sleep 11
read -r up _ </proc/uptime
echo "${up%.*}${up#*.}" >>/tmp/ends.$USER
END
# begun USER N: the Nth start
begun() { [ -e "/tmp/starts.$1" ] && [ "$(wc -l <"/tmp/starts.$1")" -ge "$2" ]; }

# pause USER N: from the Nth end to the next start, in hundredths of a second
pause() {
	echo $(($(sed -n "$(($2 + 1))p" "/tmp/starts.$1") - $(sed -n "$2p" "/tmp/ends.$1")))
}

# between WHAT FROM TO N
between() {
	p=$(pause alice "$4")
	ok "$1 ($p)" [ "$p" -ge "$2" -a "$p" -lt "$3" ]
}

mkuser bob
mkuser carol
daemon
# what is busy may make one of them late, but not each
best=1000
for user in alice bob carol; do
	login $user $user
	ok "$user: a second start" waitfor 15 begun $user 2
	p=$(pause $user 1)
	[ "$p" -ge $best ] || best=$p
done
ok "at once ($best)" [ $best -lt 95 ]
ok "seven starts" waitfor 60 begun alice 7
between "a second" 95 395 2
between "two" 195 595 3
between "four" 395 795 4
between "one that has lived: at once" 0 395 5
between "a second" 95 395 6
logout alice bob carol
ok "gone" waitfor 5 gone alice
finish
