#!/bin/sh
# services have the locale of the login, from the files that distributions use,
# and nobody complains where one of them is missing
config='stopdelay=0'
. "${0%/*}/lib.sh"
service alice foo 'env >/tmp/foo.new; mv /tmp/foo.new /tmp/foo; exec sleep 1000'
core alice 'core_services="foo"'
rm -f /etc/default/locale /etc/locale.conf /etc/environment
daemon

# services WHAT VARIABLE WANTED: at a login
services() {
	rm -f /tmp/foo
	login a alice
	ok "$1: its service runs" waitfor 5 [ -e /tmp/foo ]
	is "$1: $2" "$(sed -n "s/^$2=//p" /tmp/foo)" "$3"
	logout a
	waitfor 5 gone alice
}
services "no file" LANG ''
is "nobody complains" "$(grep -e pam_env -e pam_listfile -e 'env file' /tmp/syslog)" ''
echo 'LANG="de_DE.UTF-8"' >/etc/default/locale
services "Debian's file" LANG de_DE.UTF-8
mv /etc/default/locale /tmp
printf '%s\n' '# a comment' 'LANG=fr_FR.UTF-8' 'LC_COLLATE=C' >/etc/locale.conf
services "Void's and Artix's file" LANG fr_FR.UTF-8
services "another variable" LC_COLLATE C
echo 'XDG_DATA_DIRS=/opt/share:/usr/share' >/etc/environment
services "/etc/environment" XDG_DATA_DIRS /opt/share:/usr/share
mv /tmp/locale /etc/default
services "two: the last one" LANG de_DE.UTF-8
is "nobody complains" "$(grep -e pam_env -e pam_listfile /tmp/syslog)" ''

# a service's locale is a login's, by login(1) as it is on this system
if grep -q 'pam_env.*/etc/default/locale' /etc/pam.d/login; then
	terminal b login -f alice
	waitfor 5 is_nsessions 1
	type_ b 'echo "$LANG" >/tmp/lang; exit'
	wait "$(pid b)"
	is "as in a login" "$(cat /tmp/lang)" de_DE.UTF-8
fi
finish
