#!/bin/sh
# what runs as the user is the user's, can do nothing to what is root's, and
# nothing that the user says reaches root's processes
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
groupadd wheelers
usermod -aG wheelers alice
uid=$(id -u alice) gid=$(id -g alice)

# the name service and PAM's modules of root's run with none of the user's environment
cat >/tmp/spy.c <<'END'
#include <grp.h>
#include <nss.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <security/pam_modules.h>
static void
spy(const char *who)
{
	FILE *f = geteuid() ? NULL : fopen("/tmp/spied", "a");
	const char *evil = getenv("EVIL"), *home = getenv("HOME");

	if (!f)
		return;
	fprintf(f, "%s EVIL=%s HOME=%s\n", who, evil ? evil : "", home ? home : "");
	fclose(f);
}
int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags, (void)argc, (void)argv;
	spy("open");
	pam_putenv(pamh, "EVIL=1");
	return PAM_SUCCESS;
}
int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	spy("close");
	return PAM_SUCCESS;
}
enum nss_status
_nss_spy_initgroups_dyn(const char *n, gid_t g, long *s, long *z, gid_t **p, long l, int *e)
{
	(void)n, (void)g, (void)s, (void)z, (void)p, (void)l, (void)e;
	spy("initgroups");
	return NSS_STATUS_NOTFOUND;
}
END
cc -shared -fPIC -o "$(dirname "$(find /lib /usr/lib -name pam_unix.so | head -n 1)")/pam_spy.so" /tmp/spy.c
cc -shared -fPIC -o "$(dirname "$(cc -print-file-name=libc.so.6)")/libnss_spy.so.2" /tmp/spy.c
sed -i '1i session required pam_spy.so' /etc/pam.d/turnstiled
sed -i -e '/^initgroups/d' /etc/nsswitch.conf
echo 'initgroups: spy files' >>/etc/nsswitch.conf

cat >/usr/bin/attack <<'END'
#!/bin/sh
# tries, as the user, what must fail; prints what succeeded.  A service may do what it
# likes in the cgroup that is given to it, and those below that
ps=$(cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/ (\(turnstiled\|ts-[0-9]*\|pam-[0-9]*\)) .*//p')
echo $ps >/tmp/attacked
for p in $ps; do
	for s in 0 CONT USR1 STOP; do
		kill -$s "$p" 2>/dev/null && echo "kill -$s $p"
	done
	for f in fd mem environ maps root cwd exe io syscall; do
		case $f in
		fd) ls /proc/$p/fd >/dev/null 2>&1 && echo "ls $p/fd" ;;
		root | cwd | exe) readlink /proc/$p/$f 2>/dev/null ;;
		mem) (: >/proc/$p/mem) 2>/dev/null && echo "open $p/mem" ;;
		maps) head -n 1 /proc/$p/$f 2>/dev/null ;;
		*) cat /proc/$p/$f 2>/dev/null ;;
		esac
	done
	prlimit --pid "$p" --nofile=3 2>/dev/null && echo "prlimit $p"
	renice -n 19 -p "$p" >/dev/null 2>&1 && echo "renice $p"
	taskset -p 1 "$p" >/dev/null 2>&1 && echo "taskset $p"
	echo 1000 2>/dev/null >/proc/$p/oom_score_adj && echo "oom $p"
	! command -v strace >/dev/null || timeout 1 strace -p "$p" 2>&1 | grep attached
done
for d in /run/turnstiled /run/turnstiled/sessions /run/turnstiled/users /run/turnstiled/private \
    /run/turnstiled/$(id -u) /run/user /var/lib/turnstiled /var/lib/turnstiled/linger; do
	touch $d/x 2>/dev/null && echo "touch $d/x"
	mv $d $d.x 2>/dev/null && echo "mv $d"
done
rm -f /run/turnstiled/users/* /run/turnstiled/sessions/* /run/turnstiled/$(id -u)/ready 2>/dev/null && echo rm
cat /run/turnstiled/private/logins/* /run/turnstiled/private/lastid 2>/dev/null
own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
for c in $(case $own in */services) ;; *) echo "$own" ;; esac) /sys/fs/cgroup; do
	echo $$ 2>/dev/null >$c/cgroup.procs && [ $c = /sys/fs/cgroup ] && echo "left the cgroup"
	echo 1 2>/dev/null >$c/cgroup.kill && echo "cgroup.kill $c"
	mkdir $c/x 2>/dev/null && echo "mkdir $c/x"
done
END
chmod 755 /usr/bin/attack
service alice foo 'exec >/tmp/saw 2>&1
env
cat /proc/$$/status
attack >/tmp/gained 2>&1
ls -l /proc/$$/fd/ | sed "s/^/fd /"
: >/tmp/saw.done
exec sleep 1000'
daemon
login a alice
ok "the service has run" waitfor 30 [ -e /tmp/saw.done ]
manager=$(managers alice)
ok "a service manager runs" [ -e "/proc/${manager:-none}/fd" ]
is "there are three of root's, and it has tried them" "$(wc -w </tmp/attacked)" 3
is "a session can do nothing to root's processes and files" "$(as alice 'setsid -w attack' 2>&1)" ''
is "nor can a service" "$(cat /tmp/gained)" ''
is "uids" "$(sed -n 's/^Uid:[[:blank:]]*//p' /tmp/saw | tr '\t' ' ')" "$uid $uid $uid $uid"
is "gids" "$(sed -n 's/^Gid:[[:blank:]]*//p' /tmp/saw | tr '\t' ' ')" "$gid $gid $gid $gid"
is "groups" "$(sed -n 's/^Groups:[[:blank:]]*//p' /tmp/saw | xargs -n 1 | sort -n | xargs)" \
    "$(id -G alice | xargs -n 1 | sort -n | xargs)"
is "no capabilities" "$(grep '^Cap[IPEA]' /tmp/saw | grep -v -c '[[:blank:]]0*$')" 0
is "the manager has none of the daemon's descriptors" \
    "$(readlink "/proc/$manager"/fd/* | grep -e /run/turnstiled -e eventpoll -e inotify)" \
    "$(readlink "/proc/$manager"/fd/* | grep -e "/run/turnstiled/$uid" -e eventpoll -e inotify)"
ok "PAM's environment is the service's" grep -qx EVIL=1 /tmp/saw
logout a
ok "gone" waitfor 8 gone alice
ok "the spies have seen root's processes" [ "$(cut -d' ' -f1 /tmp/spied | sort -u | xargs)" = 'close initgroups open' ]
is "PAM's environment is not in root's" "$(grep EVIL=1 /tmp/spied)" ''
is "nor is the user's home" "$(grep HOME=/home/alice /tmp/spied)" ''
finish
