#!/bin/sh
# a name that hangs in the name service, or a reader of the log that has gone: who
# else lingers has services
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
markers=/var/lib/turnstiled/linger
cat >/tmp/nss.c <<'END'
#include <nss.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>
enum nss_status
_nss_hang_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t len, int *err)
{
	(void)pw, (void)buf, (void)len, (void)err;
	if (!strncmp(name, "aahang", 6))
		for (;;)
			pause();
	return NSS_STATUS_NOTFOUND;
}
END
cc -shared -fPIC -o "$(dirname "$(cc -print-file-name=libc.so.6)")/libnss_hang.so.2" /tmp/nss.c
sed -i '/^passwd/d' /etc/nsswitch.conf
echo 'passwd: hang files' >>/etc/nsswitch.conf
mkuser bob
for u in alice bob; do
	service $u foo
	core $u 'core_services="foo"'
done

# looks: the pids of those who look whose markers they are
looks() {
	pgrep -u root -f '/turnstile-linger.sh|^getent'
}

mkdir -p $markers
touch $markers/aahang1 $markers/aahang2 $markers/alice
daemon
ok "boot: others' services start" waitfor 10 is_state alice ready
touch $markers/bob
ok "a marker meanwhile: too" waitfor 10 is_state bob ready
rm $markers/alice
ok "a marker removed meanwhile: services stop" waitfor 10 gone alice
ok "HUP meanwhile" hup
ok "bob's go on" [ "$(starts bob foo)" = 1 ]
touch $markers/alice
ok "after HUP: a marker" waitfor 10 is_state alice ready
is "looks are not piled up" "$(looks | sed 1,8d)" ''
rm $markers/*
ok "gone" waitfor 10 eval 'gone alice && gone bob'
touch $markers/aahang1
ok "somebody looks again" waitfor 5 eval '[ "$(looks)" ]'
kill "$daemon"
ok "it stops meanwhile" waitfor 5 ended "$daemon"
wait "$daemon" 2>/dev/null
ok "nobody goes on looking" waitfor 5 eval '[ ! "$(looks)" ]'

# the log's reader has gone
mkfifo /tmp/pipe
sleep 1000 <>/tmp/pipe &
reader=$!
turnstiled 2>/tmp/pipe &
daemon=$!
waitfor 5 listening
kill $reader
wait $reader 2>/dev/null
rm -f /tmp/up.*
touch $markers/aa $markers/ab $markers/bob
mkdir $markers/ac
ok "the log's reader has gone: who is there has services" waitfor 10 is_state bob ready
rm -r "${markers:?}"/*
ok "gone" waitfor 10 gone bob
daemon_pid=$daemon
kill "$daemon_pid"
wait "$daemon_pid"
daemon
finish
