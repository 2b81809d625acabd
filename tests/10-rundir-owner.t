#!/bin/sh
# the daemon does not start where others could change its files
. "${0%/*}/lib.sh"
mkuser bob

# refuses WHAT DIRECTORY
refuses() {
	timeout 10 turnstiled >/tmp/out 2>&1
	is "$1: exit status" $? 1
	ok "$1: it is said" grep -q "^turnstiled: others than root can write to .*$2" /tmp/out
	is "$1: one line" "$(wc -l </tmp/out)" 1
}

for dir in /run/turnstiled /run/turnstiled/sessions /run/turnstiled/users /run/turnstiled/private \
    /run/turnstiled/private/logins /var/lib/turnstiled /var/lib/turnstiled/linger; do
	mkdir -p "$dir"
	chmod 775 "$dir"
	refuses "$dir, for others to write" "${dir##*/}"
	chmod 755 "$dir"
	chown bob "$dir"
	refuses "$dir, another's" "${dir##*/}"
	chown root "$dir"
done
daemon
ok "as it should be, it starts" listening
finish
