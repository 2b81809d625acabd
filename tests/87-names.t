#!/bin/sh
# a name service that takes 5 s, or knows the user no more
config='stopdelay=0 logintimeout=4 killtimeout=1 stoptimeout=2 corewait=2'
. "${0%/*}/lib.sh"
useradd -m -s /bin/sh bob
service alice foo
daemon

# the module, as libc finds it: slow for all but the test's own processes
cat >/tmp/slow.c <<'END'
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <unistd.h>
static enum nss_status
slow(void)
{
	if (access("/tmp/slow", F_OK) == 0)
		sleep(5);
	return NSS_STATUS_NOTFOUND;
}
enum nss_status
_nss_slow_getpwnam_r(const char *n, struct passwd *p, char *b, size_t l, int *e)
{
	(void)n, (void)p, (void)b, (void)l, (void)e;
	return slow();
}
enum nss_status
_nss_slow_initgroups_dyn(const char *n, gid_t g, long *s, long *z, gid_t **p, long l, int *e)
{
	(void)n, (void)g, (void)s, (void)z, (void)p, (void)l, (void)e;
	return slow();
}
END
cc -shared -fPIC -o "$(dirname "$(cc -print-file-name=libc.so.6)")/libnss_slow.so.2" /tmp/slow.c
sed -i -e 's/^passwd:.*/passwd: slow files/' -e 's/^group:.*/group: files slow/' /etc/nsswitch.conf
grep -q '^initgroups' /etc/nsswitch.conf || echo 'initgroups: slow files' >>/etc/nsswitch.conf

login b bob
touch /tmp/slow
sh -c 'sleep 7; rm /tmp/slow' &
mkfifo /tmp/in
process a 'start test alice' 'item tty pts/7'
tell a open >/tmp/opened &
opening=$!
t=$(now)
tell b close >/dev/null
ok "another's logout is fast" [ $(($(now) - t)) -lt 400 ]
ok "and complete" waitfor 5 gone bob
is "the daemon looks up nothing: it answers at once" "$(kill -HUP "$daemon"; waitfor 5 eval '[ "$(grep -c "is ready" /tmp/log)" = 2 ]'; grep -c 'is ready' /tmp/log)" 2
wait $opening
is "the slow login goes on" "$(cat /tmp/opened)" 0
ok "bounded" [ $(($(now) - t)) -lt 1500 ]
ok "and has services in the end" waitfor 10 started alice foo
logout a
ok "gone" waitfor 10 gone alice

# between login and logout the user disappears
login c alice
ok "up" waitfor 5 started alice foo 2
uid=$(id -u alice)
cp /etc/passwd /tmp/passwd
sed -i /^alice:/d /etc/passwd
kill -KILL "$(pgrep -u "$uid" -x runsvdir)"
ok "its services start again all the same" waitfor 8 started alice foo 3
logout c
ok "all is stopped" waitfor 10 not pgrep -u "$uid"
ok "and cleaned up" waitfor 5 [ ! -e "/run/user/$uid" -a ! -e "/run/turnstiled/users/$uid" ]
login d alice
ok "who is not known is not tracked" is_nsessions 0
cp /tmp/passwd /etc/passwd
logout d
login e alice
ok "back again" waitfor 8 started alice foo 4
finish
