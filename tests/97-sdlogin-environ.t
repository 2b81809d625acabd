#!/bin/sh
# PAM's environment, which greetd's greeter or a user may have made, loads nothing into
# turnstile-sdlogin, which pam_exec runs as root
# alone
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/polkit.sh
[ ! "$TURNSTILE_SAN" ] || { echo "1..0 # SKIP with sanitizers it needs libraries"; exit 0; }
cat >/tmp/evil.c <<'END'
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
__attribute__((constructor)) static void
evil(void)
{
	char name[64] = "";

	if (readlink("/proc/self/exe", name, sizeof(name) - 1) > 0)
		close(open(strstr(name, "sdlogin") ? "/tmp/ours" : "/tmp/other", O_CREAT | O_WRONLY, 0600));
}
END
cc -shared -fPIC -o /tmp/evil.so /tmp/evil.c
echo 'session optional pam_exec.so type=open_session seteuid /bin/true' >>/etc/pam.d/test
daemon
sdlogin
login a alice 'put XDG_SEAT=seat0' 'put XDG_VTNR=42' put\ LD_PRELOAD=/tmp/evil.so \
    'put LD_LIBRARY_PATH=/tmp' 'put LD_AUDIT=/tmp/evil.so'
ok "pam_exec hands it on" waitfor 5 [ -e /tmp/other ]
ok "it was run" waitfor 5 grep -qs '^SEAT=seat0' "/run/systemd/sessions/$(var a XDG_SESSION_ID)"
ok "without that" [ ! -e /tmp/ours ]
logout a
over
ok "gone" waitfor 5 gone alice
finish
