#!/bin/sh
# the services' cgroup in the hands of a hostile user: he gets nothing out of it, keeps
# nothing, and is in nobody else's way
# with each service manager
config='stopdelay=0 logintimeout=6 stoptimeout=2 killtimeout=2'
. "${0%/*}/lib.sh"
cat >/tmp/makes.c <<'END'
#include <stdio.h>
#include <string.h>
#include <dirent.h>
#include <sys/stat.h>
/* makes cgroups in each login's without end */
int
main(void)
{
	char name[400];
	struct dirent *e;
	for (;;) {
		DIR *d = opendir("/sys/fs/cgroup");
		while ((e = readdir(d)))
			for (int i = 0; i < 40 && !strncmp(e->d_name, "turnstiled.", 11); i++) {
				snprintf(name, sizeof(name), "/sys/fs/cgroup/%s/x%d", e->d_name, i);
				mkdir(name, 0700);
				strcat(name, "/y");
				mkdir(name, 0700);
			}
		closedir(d);
	}
}
END
cc -o /usr/bin/makes /tmp/makes.c
none() {
	[ ! "$(find /sys/fs/cgroup -maxdepth 1 -name 'turnstiled.*')" ]
}
mkuser bob
service alice foo
service bob foo
core alice 'core_services="foo"'
core bob 'core_services="foo"'
daemon

# a session's process makes more while it is removed
login a alice
setpriv --reuid alice --clear-groups makes &
makes=$!
for times in 2 3; do
	kill -KILL "$(managers alice)"
	waitfor 10 started alice foo $times
done
logout a
ok "no session makes more" waitfor 10 none
kill "$makes"
wait "$makes" 2>/dev/null
ok "gone" waitfor 5 gone alice

# a mount of somebody else's whose path has the same words
login a alice
cgroup=$(key "private/logins/$(id -u alice)" CGROUP)
as alice "mkdir -p $cgroup/box"
mkdir -p "/tmp/mallory$cgroup/x"
mount -t tmpfs mallory "/tmp/mallory$cgroup/x"
logout a
ok "a mount elsewhere is in nobody's way" waitfor 10 none
umount "/tmp/mallory$cgroup/x"

# a cgroup of another's name below one's own is one's own
login b bob
bobs=$(key "private/logins/$(id -u bob)" CGROUP)
login a alice
cgroup=$(key "private/logins/$(id -u alice)" CGROUP)
foo=$(lastpid alice foo)
as alice "mkdir -p $cgroup/${bobs##*/}/services"
echo "$foo" >"$cgroup/${bobs##*/}/services/cgroup.procs"
count=$(starts bob foo)
kill -KILL "$(supervisor bob)"
ok "bob's services start again" waitfor 15 started bob foo $((count + 1))
ok "and alice's are not ended for his" not ended "$foo"
logout a b
ok "gone" waitfor 10 gone alice
ok "gone" waitfor 10 gone bob
ok "no cgroup is left" waitfor 5 none
ok "nothing was forced" not logged 'killing\|cannot be killed'
finish
