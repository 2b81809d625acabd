#!/bin/sh
# what removes a plain runtime directory and is given up has ended then: it takes nothing
# from the next login
config='stopdelay=0'
limit=90
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
uid=$(id -u alice)
own=/run/user/$uid
# one that is slow, as with very many files
mv /usr/bin/find /usr/bin/find.real
cat >/usr/bin/find <<'END'
#!/bin/sh
case "$*" in */run/user/*-delete*) ls -l /proc/$$/fd 2>/dev/null | sed -n "s/.* [01] -> //p" | cat >/tmp/has; sleep 13 ;; esac
exec find.real "$@"
END
chmod +x /usr/bin/find
daemon_by setpriv --bounding-set -sys_admin --inh-caps -all
login a alice
ok "a plain directory" not mountpoint -q "$own"
as alice "touch $own/old"
logout a
ok "it is given up" waitfor 20 logged "$own cannot be removed"
is "it had nothing of the daemon's" "$(xargs </tmp/has)" "/dev/null /dev/null"
login b alice
as alice "touch $own/new"
ok "the slow one's time is over" waitfor 10 eval '! pgrep -u alice -f find'
sleep 4
ok "what is new stays" [ -e "$own/new" ]
mv /usr/bin/find.real /usr/bin/find
logout b
ok "gone" waitfor 10 gone alice

# it is done with the rights of its user
login c alice
mkdir "$own/roots"
: >"$own/roots/file"
: >/tmp/log
logout c
ok "what is root's stays, which is said" waitfor 10 logged "$own cannot be removed: Directory not empty"
ok "as it was" [ -e "$own/roots/file" ]
rm -r "$own"
finish
