#!/bin/sh
# a PAM module of the services that asks a question has an error for an answer, and
# one that only says something goes on
config='stopdelay=0'
. "${0%/*}/lib.sh"
cat >/tmp/asks.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <security/pam_modules.h>
int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	static const int styles[] = { PAM_PROMPT_ECHO_OFF, PAM_PROMPT_ECHO_ON, PAM_ERROR_MSG, PAM_TEXT_INFO };
	const struct pam_conv *conv;
	FILE *f = fopen("/tmp/answers", "w");

	(void)flags, (void)argc, (void)argv;
	fprintf(f, "%s\n", getenv("DAEMONS") ? "sees the daemon's" : "sees nothing");
	setenv("MODULES", "1", 1);
	dup2(fileno(f), 9);
	if (!f || pam_get_item(pamh, PAM_CONV, (const void **)&conv) != PAM_SUCCESS)
		return PAM_SESSION_ERR;
	for (int i = 0; i < 4; i++) {
		struct pam_message m = { styles[i], "well?" };
		const struct pam_message *p = &m;
		struct pam_response *r = NULL;
		int n = conv->conv(1, &p, &r, conv->appdata_ptr);
		fputs(n == PAM_SUCCESS ? r ? "went on\n" : "no answer\n" : "failed\n", f);
		free(r);
	}
	fclose(f);
	return PAM_SUCCESS;
}
int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}
END
cc -shared -fPIC -o "$(dirname "$(find /lib /usr/lib -name pam_unix.so | head -n 1)")/pam_asks.so" /tmp/asks.c
sed -i '1i session required pam_asks.so' /etc/pam.d/turnstiled
service alice foo 'env >/tmp/foo; readlink /proc/$$/fd/* >/tmp/foo.fds; : >/tmp/foo.done; exec sleep 1000'
export DAEMONS=1
daemon
login a alice
ok "services start" waitfor 5 started alice foo
is "questions fail, the rest goes on" "$(sed 1d /tmp/answers | xargs)" "failed failed went on went on"
is "a module has no variable of the daemon's" "$(sed -n 1p /tmp/answers)" "sees nothing"
ok "they run" waitfor 5 [ -e /tmp/foo.done ]
ok "and have none of the module's own" lacks /tmp/foo ^MODULES=
ok "nor a descriptor of its" lacks -e /tmp/foo.fds answers
finish
