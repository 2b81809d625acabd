/* Asks libsystemd or libelogind, as programs do, and says the answers.
 *	asksd				everybody's sessions, users and the seat
 *	asksd desktop SESSION...	what each session's DESKTOP is
 *	asksd monitor			a line when it watches, then one for each event */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

int sd_get_sessions(char ***);
int sd_get_uids(uid_t **);
int sd_session_get_uid(const char *, uid_t *);
int sd_session_is_active(const char *);
int sd_session_is_remote(const char *);
int sd_session_get_state(const char *, char **);
int sd_session_get_seat(const char *, char **);
int sd_session_get_service(const char *, char **);
int sd_session_get_type(const char *, char **);
int sd_session_get_class(const char *, char **);
int sd_session_get_tty(const char *, char **);
int sd_session_get_vt(const char *, unsigned *);
int sd_session_get_desktop(const char *, char **);
int sd_uid_get_state(uid_t, char **);
int sd_uid_get_display(uid_t, char **);
int sd_uid_get_sessions(uid_t, int, char ***);
int sd_uid_get_seats(uid_t, int, char ***);
int sd_seat_get_active(const char *, char **, uid_t *);
int sd_seat_get_sessions(const char *, char ***, uid_t **, unsigned *);
int sd_seat_can_tty(const char *);
int sd_login_monitor_new(const char *, void **);
int sd_login_monitor_get_fd(void *);
int sd_login_monitor_flush(void *);

static const char *
get(int (*what)(const char *, char **), const char *session)
{
	char *s = NULL;

	return what(session, &s) < 0 || !s ? "-" : s;
}

static void
list(const char *key, char **names)
{
	printf(" %s=", key);
	for (int i = 0; names && names[i]; i++)
		printf("%s%s", i ? "," : "", names[i]);
}

static void
session(const char *id)
{
	uid_t uid = -1;
	unsigned vt = 0;

	sd_session_get_uid(id, &uid);
	sd_session_get_vt(id, &vt);
	printf("session %s uid=%d active=%d remote=%d state=%s seat=%s vt=%u service=%s type=%s "
		"class=%s tty=%s\n", id, (int)uid, sd_session_is_active(id), sd_session_is_remote(id),
		get(sd_session_get_state, id), get(sd_session_get_seat, id), vt,
		get(sd_session_get_service, id), get(sd_session_get_type, id),
		get(sd_session_get_class, id), get(sd_session_get_tty, id));
}

static void
user(uid_t uid)
{
	char *state = NULL, *display = NULL, **all = NULL, **active = NULL, **seats = NULL;

	sd_uid_get_state(uid, &state);
	sd_uid_get_display(uid, &display);
	sd_uid_get_sessions(uid, 0, &all);
	sd_uid_get_sessions(uid, 1, &active);
	sd_uid_get_seats(uid, 0, &seats);
	printf("user %d state=%s display=%s", (int)uid, state ? state : "-", display ? display : "-");
	list("sessions", all);
	list("active", active);
	list("seats", seats);
	puts("");
}

int
main(int argc, char *argv[])
{
	char **sessions = NULL, *active = NULL;
	uid_t *uids = NULL, uid = -1;
	int n;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 2) {
		for (int i = 2; i < argc; i++)
			printf("%s\n", get(sd_session_get_desktop, argv[i]));
		return 0;
	}
	if (argc == 2) {
		void *monitor;
		if (sd_login_monitor_new(NULL, &monitor) < 0)
			return 1;
		struct pollfd p = { sd_login_monitor_get_fd(monitor), POLLIN, 0 };
		for (puts("watches"); poll(&p, 1, -1) > 0; puts("event"))
			sd_login_monitor_flush(monitor);
		return 1;
	}
	n = sd_get_sessions(&sessions);
	for (int i = 0; i < n; i++)
		session(sessions[i]);
	n = sd_get_uids(&uids);
	for (int i = 0; i < n; i++)
		user(uids[i]);
	n = sd_seat_get_active("seat0", &active, &uid);
	sd_seat_get_sessions("seat0", &sessions, NULL, NULL);
	printf("seat0 active=%s uid=%d tty=%d", n < 0 ? "-" : active, (int)uid, sd_seat_can_tty("seat0"));
	list("sessions", sessions);
	puts("");
	return 0;
}
