#!/bin/sh
# make install by a root who lets others read nothing, and to a directory named from here
config='stopdelay=0'
limit=150
. "${0%/*}/lib.sh"
fresh
rm -rf /usr/libexec/turnstile /usr/share/examples/turnstile
umask 077
ok "with umask 077" make -s install
umask 022
ok "to a directory named from here" make -s DESTDIR=here install
is "nothing goes elsewhere" "$(find examples -name here)" ''
ok "all has arrived" [ -e here/usr/share/examples/turnstile/pam-configs/turnstile ]
is "others can read all" "$(find here \( -type d ! -perm -755 \) -o \( -type f ! -perm -444 \))" ''
ok "with another prefix" make -s DESTDIR=/tmp/there PREFIX=/usr/local install
ok "and away again" make -s DESTDIR=/tmp/there PREFIX=/usr/local uninstall
is "nothing stays" "$(find /tmp/there -type f)" ''
cd /
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
ok "services run" started alice foo
logout a
ok "gone" waitfor 5 gone alice
finish
