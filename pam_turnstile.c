/* See LICENSE file for copyright and license details.
 *
 * The PAM module: tells turnstiled who logs in, waits for its answer, and puts
 * the answer's variables into the login's environment.  It is a guest in every
 * login program: it refuses no login but of an unknown user, waits for nobody
 * for ever, and owns one descriptor, which it keeps until the session is closed (proto.h). */
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "proto.h"
#include "config.h"

#define DATANAME "pam_turnstile"
#define EXPORT   __attribute__((visibility("default")))

enum {
	RECONNECT = 5000,             /* ms without a daemon, when there was one */
	LOGINSLACK = 5000,            /* ms beyond the daemon's own timeout */
	CLOSEWAIT = 5000,             /* ms for the daemon to hear of an end */
	PAUSE = 20,                   /* ms between tries to connect */
};

struct args {
	int debug, norundir;
	const char *class, *desktop, *type;
};

/* what a PAM handle keeps: owned by it, freed by cleanup() */
struct session {
	int fd;                       /* the connection, or -1 */
	struct stat st;               /* to know it again: programs close what they like */
	char id[24];                  /* of the request; "" once closed */
};

struct request {
	size_t len;
	char buf[MAXRECORD];
};

/* Adds KEY=val, if there is a value; what cannot be stored is left out */
static void
add(pam_handle_t *pamh, struct request *r, int key, const char *val)
{
	size_t room = sizeof(r->buf) - r->len;
	int n;

	if (!val || !*val)
		return;
	if (!storable(val) || (n = snprintf(r->buf + r->len, room, "%s=%s", keyname[key],
			val)) < 0 || (size_t)n >= room) {
		pam_syslog(pamh, LOG_WARNING, "%s is left out: too long, or control characters", keyname[key]);
		return;
	}
	r->len += n + 1;
}

static void
addnum(pam_handle_t *pamh, struct request *r, int key, unsigned long n)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%lu", n);
	add(pamh, r, key, buf);
}

static const char *
item(pam_handle_t *pamh, int type)
{
	const void *p = NULL;

	if (pam_get_item(pamh, type, &p) != PAM_SUCCESS || !p || !*(const char *)p)
		return NULL;
	return p;
}

/* A variable of PAM's environment or, where the process is not setuid, of its
 * own; NULL when it is empty */
static const char *
variable(pam_handle_t *pamh, const char *name)
{
	const char *s = pam_getenv(pamh, name);

	if (!s || !*s)
		s = secure_getenv(name);
	return s && *s ? s : NULL;
}

/* The whole of s as a number from 1 to 63, as VTs are counted, or 0 */
static unsigned long
vtnumber(const char *s)
{
	unsigned long n;
	char rest;

	return s && sscanf(s, "%9lu%c", &n, &rest) == 1 && n < 64 ? n : 0;
}

/* The VT of the X server of a local display: its terminal, from /proc; or 0 */
static unsigned long
xserver(const char *display)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct ucred cred = { 0 };
	socklen_t len;
	char buf[1024] = "", *s, *end;
	unsigned long n = strtoul(display + 1, &end, 10), tty = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || end == display + 1 || (*end && *end != '.'))
		display = NULL;
	for (int abstract = 1; display && abstract >= 0; abstract--) {
		snprintf(sun.sun_path + abstract, 64, "/tmp/.X11-unix/X%lu", n);
		len = offsetof(struct sockaddr_un, sun_path) + abstract + strlen(sun.sun_path + abstract);
		if (connect(fd, (struct sockaddr *)&sun, len) == 0)
			break;
	}
	len = sizeof(cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || cred.pid <= 0)
		cred.pid = -1;
	close(fd);
	snprintf(buf, sizeof(buf), "/proc/%d/stat", (int)cred.pid);
	if (cred.pid > 0 && (fd = open(buf, O_RDONLY | O_CLOEXEC)) >= 0) {
		ssize_t r = read(fd, buf, sizeof(buf) - 1);
		close(fd);
		buf[r > 0 ? r : 0] = '\0';
		if ((s = strrchr(buf, ')')))
			sscanf(s + 1, " %*c %*d %*d %*d %lu", &tty);
	}
	return tty >> 8 == 4 && (tty & 255) < 64 ? tty & 255 : 0; /* tty1 is 4:1 */
}

/* 1 if s ends with end, in whatever case */
static int
endswith(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && !strncasecmp(s + len - n, end, n);
}

/* 0 for the names of this host: localhost, localhost.localdomain, *.localhost */
static int
isremote(const char *host)
{
	size_t n = host ? strlen(host) : 0;

	n -= endswith(host, n, ".");
	n -= endswith(host, n, ".localdomain") ? strlen(".localdomain") : 0;
	return n && !endswith(host, n, ".localhost") && !(n == 9 && endswith(host, n, "localhost"));
}

/* Collects what is known of the session into the request, by logind's rules */
static void
describe(pam_handle_t *pamh, struct request *r, const struct args *a)
{
	const char *class = variable(pamh, "XDG_SESSION_CLASS");
	const char *desktop = variable(pamh, "XDG_SESSION_DESKTOP");
	const char *type = variable(pamh, "XDG_SESSION_TYPE");
	const char *seat = variable(pamh, "XDG_SEAT");
	const char *display = item(pamh, PAM_XDISPLAY);
	const char *tty = item(pamh, PAM_TTY);
	const char *rhost = item(pamh, PAM_RHOST);
	unsigned long vt = vtnumber(variable(pamh, "XDG_VTNR")), n;

	class = class ? class : a->class;
	desktop = desktop ? desktop : a->desktop;
	type = type ? type : a->type;
	if (tty && strchr(tty, ':')) {
		display = display ? display : tty;
		tty = NULL;
	} else if (tty && !strcmp(tty, "cron")) {
		type = "unspecified";
		class = "background";
		tty = NULL;
	} else if (tty && !strcmp(tty, "ssh")) {
		type = "tty";
		class = "user";
		tty = NULL;
	} else if (tty && !strncmp(tty, "/dev/", 5)) {
		tty += 5;
	}
	if (display && *display == ':') {
		seat = seat ? seat : "seat0";
		vt = vt ? vt : xserver(display);
	}
	if (tty && !strncmp(tty, "tty", 3) && (n = vtnumber(tty + 3))) {
		seat = seat ? seat : "seat0";
		vt = vt ? vt : n;
	}
	if (seat && strcmp(seat, "seat0"))
		vt = 0;
	if (!type || !*type)
		type = display ? "x11" : tty ? "tty" : "unspecified";
	if (!class || !*class)
		class = strcmp(type, "unspecified") ? "user" : "background";

	add(pamh, r, KeyService, item(pamh, PAM_SERVICE));
	add(pamh, r, KeyType, type);
	add(pamh, r, KeyOriginalType, type);
	add(pamh, r, KeyClass, class);
	add(pamh, r, KeyDesktop, desktop);
	add(pamh, r, KeySeat, seat);
	if (vt)
		addnum(pamh, r, KeyVtnr, vt);
	add(pamh, r, KeyIsDisplay, vt ? "1" : "0");
	add(pamh, r, KeyTty, tty);
	add(pamh, r, KeyDisplay, display);
	add(pamh, r, KeyRemote, isremote(rhost) ? "1" : "0");
	add(pamh, r, KeyRemoteUser, item(pamh, PAM_RUSER));
	add(pamh, r, KeyRemoteHost, rhost);
	add(pamh, r, KeyNorundir, a->norundir ? "1" : NULL);
	add(pamh, r, KeyRuntime, pam_getenv(pamh, "XDG_RUNTIME_DIR"));
}

/* Connects to the daemon, in bounded time.  Returns a descriptor, or -1 and errno. */
static int
dial(void)
{
	const struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = SOCKPATH };
	const struct timeval tv = { .tv_sec = ANSWERWAIT };
	int fd;

	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)); /* connect's too */
	if (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	close(fd); /* keeps errno */
	return -1;
}

/* Waits for a record until a time.  Returns its length, 0 when the connection
 * is lost, -1 when the time is over. */
static ssize_t
hear(int fd, char *buf, size_t size, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (int64_t left; (left = until - monotonic()) > 0;)
		if (poll(&p, 1, left) > 0) {
			ssize_t n = recv(fd, buf, size - 1, MSG_DONTWAIT);
			buf[n > 0 ? n : 0] = '\0';
			return n > 0 ? n : 0;
		}
	return -1;
}

/* Says a record and returns the daemon's last word on it, connecting (again) as
 * often as must be: the daemon may be replaced meanwhile.  s->fd is then the
 * connection, or -1.  Returns the answer's length, or -1 and in *why the reason. */
static ssize_t
ask(struct session *s, const struct request *r, int64_t wait, char *buf, size_t size,
	const char **why)
{
	const struct timespec pause = { 0, PAUSE * 1000000 };
	int64_t end = monotonic() + wait, until = monotonic() + ANSWERWAIT * 1000;
	int64_t lost = s->fd >= 0 ? monotonic() : 0;
	ssize_t n;

	for (;;) {
		if (s->fd < 0 && (s->fd = dial()) < 0) {
			*why = errno == EAGAIN ? "turnstiled does not accept" : errno == ENOENT ||
				errno == ECONNREFUSED ? "turnstiled is not running" : strerror(errno);
			/* it may come back; at a close only if it did not end in order */
			if (!lost || (errno != ECONNREFUSED && (errno != ENOENT || wait == CLOSEWAIT)) ||
					monotonic() > lost + RECONNECT || monotonic() > end)
				return -1;
			nanosleep(&pause, NULL);
			continue;
		}
		n = send(s->fd, r->buf, r->len, MSG_NOSIGNAL) < 0 ? 0 : 1;
		while (n > 0 && (n = hear(s->fd, buf, size, until)) > 0 && !strcmp(buf, "WAIT"))
			until = end;
		if (n > 0)
			return n;
		close(s->fd);
		s->fd = -1;
		*why = "turnstiled does not answer";
		if (n < 0 || monotonic() > until)
			return -1;
		lost = monotonic();
		nanosleep(&pause, NULL);
	}
}

/* Puts the answer's variables into the login's environment.  The runtime
 * directory is the same for all sessions of a user; others' words stand. */
static void
export(pam_handle_t *pamh, const char *buf, size_t len)
{
	char name[MAXVALUE];
	const char *s, *eq, *old;

	for (s = buf; s < buf + len; s += strlen(s) + 1) {
		if (!(eq = strchr(s, '=')) || (size_t)(eq - s) >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(eq - s), s);
		old = pam_getenv(pamh, name);
		if (!old || !*old || !strcmp(name, "XDG_RUNTIME_DIR"))
			pam_putenv(pamh, s);
	}
}

/* 1 if the number still stands for our connection: programs close descriptors
 * that they do not know, and get the number again for their own */
static int
isours(const struct session *s)
{
	struct stat st;

	return s->fd >= 0 && fstat(s->fd, &st) == 0 && st.st_dev == s->st.st_dev &&
		st.st_ino == s->st.st_ino;
}

/* Only closes: programs do this in forked children too, silently, while the
 * session goes on */
static void
cleanup(pam_handle_t *pamh, void *data, int status)
{
	struct session *s = data;

	(void)pamh, (void)status;
	if (isours(s))
		close(s->fd);
	free(s);
}

static void
parseargs(pam_handle_t *pamh, int argc, const char **argv, struct args *a)
{
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "debug"))
			a->debug = 1;
		else if (!strcmp(argv[i], "norundir"))
			a->norundir = 1;
		else if (!strncmp(argv[i], "class=", 6))
			a->class = argv[i] + 6;
		else if (!strncmp(argv[i], "desktop=", 8))
			a->desktop = argv[i] + 8;
		else if (!strncmp(argv[i], "type=", 5))
			a->type = argv[i] + 5;
		else if (strcmp(argv[i], "turnstiled")) /* the C++ turnstile's */
			pam_syslog(pamh, LOG_WARNING, "unknown argument %s is ignored; there are "
				"debug, norundir, class=, desktop= and type=", argv[i]);
	}
}

EXPORT int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct request r = { 0 };
	struct session *s;
	const void *data;
	const char *why;
	char buf[64];

	(void)flags, (void)argc, (void)argv;
	if (pam_get_data(pamh, DATANAME, &data) != PAM_SUCCESS)
		return PAM_SUCCESS;
	s = (struct session *)data;
	if (!*s->id)
		return PAM_SUCCESS;
	if (!isours(s))
		s->fd = -1;
	add(pamh, &r, KeyVersion, PROTOVERSION);
	add(pamh, &r, KeyClose, s->id);
	if (ask(s, &r, CLOSEWAIT, buf, sizeof(buf), &why) < 0)
		pam_syslog(pamh, LOG_WARNING, "turnstiled was not told of the session's end: %s; "
			"it ends with this process", why);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	*s->id = '\0';
	return PAM_SUCCESS;
}

EXPORT int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct request r = { 0 };
	uint64_t id;
	char buf[MAXRECORD];
	const char *user = NULL, *why, *service = item(pamh, PAM_SERVICE);
	struct passwd *pw;
	struct session *s;
	struct args a = { 0 };
	ssize_t n;

	(void)flags;
	if (service && !strcmp(service, "turnstiled"))
		return PAM_SUCCESS; /* the services' own session */
	parseargs(pamh, argc, argv, &a);
	if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || !user ||
			!(pw = pam_modutil_getpwnam(pamh, user))) {
		pam_syslog(pamh, LOG_ERR, "there is no user %s", user ? user : "named");
		return PAM_SESSION_ERR;
	}
	if (!(s = calloc(1, sizeof(*s))) ||
			getrandom(&id, sizeof(id), 0) != sizeof(id)) {
		pam_syslog(pamh, LOG_ERR, "%s is not registered: no memory", user);
		free(s);
		return PAM_SUCCESS;
	}
	s->fd = -1;
	snprintf(s->id, sizeof(s->id), "%llu", (unsigned long long)id >> 1);
	add(pamh, &r, KeyVersion, PROTOVERSION);
	add(pamh, &r, KeyOpen, s->id);
	addnum(pamh, &r, KeyUid, pw->pw_uid);
	addnum(pamh, &r, KeyGid, pw->pw_gid);
	add(pamh, &r, KeyUser, pw->pw_name);
	add(pamh, &r, KeyHome, pw->pw_dir);
	add(pamh, &r, KeyShell, pw->pw_shell);
	describe(pamh, &r, &a);
	n = ask(s, &r, logintimeout * 1000 + LOGINSLACK, buf, sizeof(buf), &why);
	fstat(s->fd, &s->st);
	if (n < 0 || strcmp(buf, "OK")) {
		if (n >= 0)
			why = strlen(buf) + 1 < (size_t)n ? buf + strlen(buf) + 1 : buf;
		pam_syslog(pamh, LOG_WARNING, "%s is not registered and has no services: %s",
			user, why);
		cleanup(pamh, s, 0);
		return PAM_SUCCESS;
	}
	export(pamh, buf, n);
	if (a.debug)
		pam_syslog(pamh, LOG_DEBUG, "%s is registered", user);
	if (pam_set_data(pamh, DATANAME, s, cleanup) != PAM_SUCCESS)
		cleanup(pamh, s, 0);
	return PAM_SUCCESS;
}
