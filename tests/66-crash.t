#!/bin/sh
# a PAM module of the services that crashes, by whatever fault, or that refuses: what
# the log says
config='stopdelay=0 logintimeout=5'
. "${0%/*}/lib.sh"
cat >/tmp/crash.c <<'END'
#include <security/pam_modules.h>
#include <signal.h>
#include <string.h>
int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags;
	if (argc && !strcmp(*argv, "fault"))
		*(volatile int *)0 = 1;
	return PAM_SESSION_ERR;
}
int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}
END
cc -O0 -shared -fPIC -o "$(dirname "$(find /lib /usr/lib -name pam_unix.so | head -n 1)")/pam_crash.so" /tmp/crash.c
cp /etc/pam.d/turnstiled /tmp/good
service alice foo
daemon
# stack WHAT ARGUMENT
stack() {
	: >/tmp/log
	sed "1i session required pam_crash.so $2" /tmp/good >/etc/pam.d/turnstiled
	t=$(now)
	login a alice
	is "$1: the login goes on" "$id" 0
	ok "$1: at once" [ $(($(now) - t)) -lt 400 ]
}
stack "a fault" fault
ok "a fault: it is said" waitfor 3 logged '(alice): its PAM process ended early'
logout a
ok "a fault: gone" waitfor 5 gone alice
stack "a refusal" refuse
ok "a refusal: it is said" waitfor 3 logged '(alice): no PAM session for its services: .*; see /etc/pam.d/turnstiled$'
logout a
ok "a refusal: gone" waitfor 5 gone alice
is "a refusal: nor later" "$(grep early /tmp/log)" ''
finish
