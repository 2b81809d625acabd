#!/bin/sh
# the services' cgroup is the user's: he makes others in it, with real limits, and moves
# his processes between them; whatever he made goes with the services
config='stopdelay=0 stoptimeout=2 killtimeout=2'
controllers=hugetlb # one that is not taken by cgroup v1 on most machines
. "${0%/*}/lib.sh"
cat >/tmp/huge.c <<'END'
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
static void
refused(int sig)
{
	(void)sig;
	_exit(1);
}
int
main(void)
{
	signal(SIGBUS, refused);
	void *p = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (p == MAP_FAILED)
		return puts("none here"), 0;
	memset(p, 1, 2 << 20);
	return puts("had"), 0;
}
END
cc -o /usr/bin/huge /tmp/huge.c
pages=/proc/sys/vm/nr_overcommit_hugepages
had=$(cat $pages)
echo $((had + 2)) >$pages
cat >/usr/bin/makes <<'END'
#!/bin/sh
# as a container's runtime does
own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
top=${own%/services}
echo "$own" >/tmp/own
mkdir -p $top/box/inner || exit
echo $$ >$top/box/inner/cgroup.procs || exit
sed -n 's/^0:://p' /proc/self/cgroup >/tmp/moved
cat $top/box/cgroup.controllers >/tmp/controllers
echo 0 >$top/box/hugetlb.2MB.max
cat $top/box/hugetlb.2MB.max >/tmp/limit
huge >/tmp/limited 2>&1 || echo refused >/tmp/limited
echo max >$top/box/hugetlb.2MB.max
huge >/tmp/unlimited
cat $top/box/hugetlb.2MB.events >/tmp/events
d=$top
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do d=$d/d; mkdir $d 2>/dev/null || break; done
echo $i >/tmp/deep
setsid sleep 1000 &
echo $! >/tmp/sleeps
echo $$ >$own/cgroup.procs
sed -n 's/^0:://p' /proc/self/cgroup >/tmp/back
: >/tmp/made
exec sleep 1000
END
chmod +x /usr/bin/makes
service alice foo 'exec makes 2>/tmp/complaints'
daemon
login a alice
ok "it has made them" waitfor 10 [ -e /tmp/made ]
echo "$had" >$pages
is "without complaint" "$(grep -v -e hugetlb /tmp/complaints)" ''
top=$(dirname "$(cat /tmp/own)")
is "services begin in the leaf" "$(basename "$(cat /tmp/own)")" services
is "beside the daemon's, at the top" "$(dirname "$top")" /sys/fs/cgroup
is "a process moves to another" "$(cat /tmp/moved)" "${top#/sys/fs/cgroup}/box/inner"
is "and back" "$(cat /tmp/back)" "${top#/sys/fs/cgroup}/services"
is "nothing else is the user's" "$(find "$top" -maxdepth 1 -user alice -printf '%f\n' | sort | xargs)" \
    "box cgroup.procs cgroup.subtree_control cgroup.threads d services ${top##*/}"
is "so deep and not deeper" "$(cat /tmp/deep)" 9
is "and not without end" "$(cat "$top/cgroup.max.descendants")" 4096
is "all controllers that are here are in it" "$(cat "$top/cgroup.controllers")" "$(cat /sys/fs/cgroup/cgroup.controllers)"
if grep -q hugetlb "$top/cgroup.controllers"; then
	is "and below it" "$(cat /tmp/controllers)" "$(cat /sys/fs/cgroup/cgroup.controllers)"
	is "a limit is set" "$(cat /tmp/limit)" 0
	is "and hit" "$(cat /tmp/limited)" refused
	ok "that is the limit's doing" grep -qx 'max [1-9]*' /tmp/events
	is "without it there is some" "$(cat /tmp/unlimited)" had
else
	echo "# no controller is free for cgroup2 here: no limit is hit"
fi
sleeps=$(cat /tmp/sleeps)
ok "somebody is deep down" grep -q box/inner "/proc/$sleeps/cgroup"

# after both were killed only the cgroup says whose that is
kill -KILL "$daemon" "$(supervisor alice)"
wait "$daemon" 2>/dev/null
rm /tmp/made
daemon
ok "both killed: who is deep down ends" waitfor 15 ended "$sleeps"
ok "both killed: services start again" waitfor 10 [ -e /tmp/made ]
ok "both killed: the old tree is gone" [ ! -e "$top" ]
sleeps=$(cat /tmp/sleeps) top=$(dirname "$(cat /tmp/own)")
logout a
ok "who is deep down ends with the login" waitfor 15 ended "$sleeps"
ok "gone" waitfor 15 gone alice
is "no cgroup is left" "$(find /sys/fs/cgroup -name 'turnstiled.*')" ''
finish
