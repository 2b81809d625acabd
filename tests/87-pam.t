#!/bin/sh
# bad PAM stacks and name services: bounded, only this user, the login goes on
config='stopdelay=0 logintimeout=4 killtimeout=1 stoptimeout=2'
limit=90
. "${0%/*}/lib.sh"
service alice foo
daemon
cp /etc/pam.d/turnstiled /tmp/good

cat >/tmp/bad.c <<'END'
#include <security/pam_modules.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags;
	if (argc && !strcmp(*argv, "fail"))
		return PAM_SESSION_ERR;
	if (argc && !strcmp(*argv, "crash"))
		abort();
	if (argc && !strcmp(*argv, "exit"))
		exit(0);
	if (argc && !strcmp(*argv, "hang"))
		sleep(20);
	if (argc && !strcmp(*argv, "deaf")) {
		sigset_t all;
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		for (;;)
			pause();
	}
	if (argc && !strcmp(*argv, "close"))
		for (int i = 0; i < 100; i++)
			close(i);
	if (argc && !strcmp(*argv, "leave") && fork() == 0)
		for (setsid(); ; pause())
			;
	return PAM_SUCCESS;
}
int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags;
	if (argc && !strcmp(*argv, "latehang"))
		sleep(20);
	return PAM_SUCCESS;
}
END
cc -shared -fPIC -o "$(dirname "$(find /lib /usr/lib -name pam_unix.so | head -n 1)")/pam_bad.so" /tmp/bad.c

# stack WHAT FILE [no]: with it for the services; no: without services
stack() {
	if [ "$2" ]; then printf '%s\n' "$2" | cat - /tmp/good >/etc/pam.d/turnstiled; fi
	rm -f /tmp/up.*
	t=$(now)
	login a alice
	is "$1: the login goes on" "$id" 0
	ok "$1: in time" [ $(($(now) - t)) -lt 700 ]
	is "$1: it has the runtime directory" "$(var a XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
	ok "$1: it is there" [ -d "/run/user/$(id -u alice)" ]
	is "$1: it is tracked" "$(nsessions)" 1
	if [ "${3-}" ]; then
		ok "$1: the log says so" waitfor 2 logged "$3"
	else
		ok "$1: services run" waitfor 5 started alice foo
	fi
	t=$(now)
	logout a
	ok "$1: gone" waitfor 12 gone alice
	ok "$1: bounded" [ $(($(now) - t)) -lt 1000 ]
	is "$1: no process is left" "$(find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' \
	    -lname '/usr/sbin/turnstiled*' 2>/dev/null | wc -l)" 1
	cp /tmp/good /etc/pam.d/turnstiled
	: >/tmp/log
}

stack "fine" ''
stack "fails" 'session required pam_bad.so fail' 'no PAM session'
stack "crashes" 'session required pam_bad.so crash' 'PAM'
stack "exits" 'session required pam_bad.so exit' 'PAM'
stack "hangs" 'session required pam_bad.so hang' 'login timeout'
stack "hangs and is deaf" 'session required pam_bad.so deaf' 'login timeout'
stack "hangs at the end" 'session required pam_bad.so latehang'
stack "closes descriptors" 'session required pam_bad.so close' 'PAM'
stack "leaves a process" 'session required pam_bad.so leave'
stack "includes pam_turnstile" 'session required pam_turnstile.so'
stack "a missing module" 'session required pam_missing.so' 'no PAM session'
mv /etc/pam.d/turnstiled /tmp/moved
printf '%s\n' 'session required pam_deny.so' >/etc/pam.d/other
stack "no pam.d/turnstiled" '' 'no PAM session'
rm -f /etc/pam.d/turnstiled
stack "nor pam.d/other" '' 'no PAM session'
stack "fine again" ''
finish
