/* See LICENSE file for copyright and license details.
 *
 * The PAM module: tells turnstiled who logs in, waits for its answer, and puts
 * the answer's variables into the login's environment.
 *
 * It is a guest in every login program.  It refuses no login but that of an
 * unknown user, waits for nobody for ever, and owns one descriptor, the
 * connection, which it keeps until the session is closed (proto.h).
 *
 * Functions stand below those they call; read the last two first. */
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "proto.h"
#include "config.h"

#define DATANAME "pam_turnstile"
#define EXPORT   __attribute__((visibility("default")))

enum {
	PATIENCE = ANSWERWAIT * 1000, /* ms in which the daemon says something or comes back */
	VTDEVICE = 4 << 8,            /* device number of VT 0; others are added */
	MAXVT = 63,                   /* what follows are serial lines */
};

struct args { const char *debug, *norundir, *class, *desktop, *type; }; /* NULL: not given */

/* what a PAM handle keeps from open to close, or to pam_end() */
struct session {
	int fd;                       /* the connection, or -1 */
	struct stat st;               /* to know it again: programs close what they like */
	uint64_t id;                  /* of the request */
	int said;                     /* it was sent, if perhaps to a daemon that sleeps */
};

struct request {
	size_t len;
	char buf[MAXRECORD];
};

/* s or, if there is nothing in it, otherwise */
static const char *
either(const char *s, const char *otherwise)
{
	return s && *s ? s : otherwise;
}

/* What follows prefix in s, or NULL */
static const char *
after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s && !strncmp(s, prefix, n) ? s + n : NULL;
}

/* Adds KEY=val, if there is a value; what cannot be stored is left out */
static void
add(pam_handle_t *pamh, struct request *r, int key, const char *val)
{
	size_t room = sizeof(r->buf) - r->len, n;

	if (!either(val, NULL))
		return;
	n = snprintf(r->buf + r->len, room, "%s=%s", keyname[key], val);
	if (storable(val) && n < room)
		r->len += n + 1;
	else
		pam_syslog(pamh, LOG_WARNING, "%s is left out: too long, or control characters",
			keyname[key]);
}

static void
addnum(pam_handle_t *pamh, struct request *r, int key, unsigned long long n)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%llu", n);
	add(pamh, r, key, buf);
}

static const char *
item(pam_handle_t *pamh, int type)
{
	const void *p = NULL;

	pam_get_item(pamh, type, &p);
	return either(p, NULL);
}

/* A variable of PAM's environment or, where the process is not setuid, of its
 * own; NULL when it is empty */
static const char *
variable(pam_handle_t *pamh, const char *name)
{
	return either(pam_getenv(pamh, name), either(secure_getenv(name), NULL));
}

/* 1 if val, a path or the address of a bus, lies in another user's runtime
 * directory.  Its text alone tells: it may be the word of whoever ran su, and
 * root follows no path of a user's. */
static int
isforeign(const char *val, uid_t uid)
{
	size_t n = strcspn(rundirpath, "%");
	const char *dir = either(after(val, "unix:path="), val);
	char *end;

	if (!dir || strncmp(dir, rundirpath, n) || !after(rundirpath + n, "%u"))
		return 0;
	return strtoul(dir + n, &end, 10) != uid && end > dir + n;
}

/* Removes a variable that leads into another user's runtime directory: su hands
 * on what its caller has.  From the process's own environment, too, as PAM's can
 * only hide it there behind an empty one. */
static void
disown(pam_handle_t *pamh, const char *name, uid_t uid)
{
	if (isforeign(pam_getenv(pamh, name), uid))
		pam_putenv(pamh, name);
	if (isforeign(getenv(name), uid))
		unsetenv(name);
}

/* The whole of s as the number of a VT, or 0 */
static unsigned long
vtnumber(const char *s)
{
	unsigned long n;
	char rest;

	if (s && sscanf(s, "%9lu%c", &n, &rest) == 1 && n <= MAXVT)
		return n;
	return 0;
}

/* The VT of the X server of a local display (:0, :0.0), by the server's terminal;
 * or 0.  Where none listens the socket's peer is process 0, which is not in /proc. */
static unsigned long
displayvt(const char *display)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct ucred cred = { .pid = 0 };
	socklen_t len = sizeof(cred);
	char name[64];
	unsigned n, tty = 0;
	FILE *f;
	int fd;

	if (!display || sscanf(display, ":%9u", &n) != 1)
		return 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "/tmp/.X11-unix/X%u", n);
	connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	close(fd);
	snprintf(name, sizeof(name), "/proc/%d/stat", (int)cred.pid);
	if (!(f = fopen(name, "re")))
		return 0;
	if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %u", &tty) != 1 || (tty & ~MAXVT) != VTDEVICE)
		tty = VTDEVICE;
	fclose(f);
	return tty - VTDEVICE;
}

static int
isremote(const char *host)
{
	static const char *const here[] = { "localhost", "*.localhost", "localhost.localdomain",
		"*.localhost.localdomain" };

	for (size_t i = 0; i < sizeof(here) / sizeof(*here); i++)
		if (!fnmatch(here[i], either(host, "localhost"), FNM_CASEFOLD))
			return 0;
	return 1;
}

/* Puts what is known of the session into the request, by logind's rules */
static void
describe(pam_handle_t *pamh, struct request *r, const struct args *a)
{
	const char *class = either(variable(pamh, "XDG_SESSION_CLASS"), a->class);
	const char *type = either(variable(pamh, "XDG_SESSION_TYPE"), a->type);
	const char *seat = variable(pamh, "XDG_SEAT");
	const char *display = item(pamh, PAM_XDISPLAY);
	const char *name = either(item(pamh, PAM_TTY), ""), *tty = NULL;
	unsigned long vt = vtnumber(variable(pamh, "XDG_VTNR")), ttyvt;

	/* what programs put where a terminal's name should be */
	if (strchr(name, ':')) {
		display = either(display, name);
	} else if (!strcmp(name, "cron")) {
		type = "unspecified";
		class = "background";
	} else if (!strcmp(name, "ssh")) {
		type = "tty";
		class = "user";
	} else {
		tty = either(after(name, "/dev/"), name);
	}
	ttyvt = vtnumber(after(tty, "tty"));
	if (ttyvt || after(display, ":"))
		seat = either(seat, "seat0");
	if (!vt)
		vt = displayvt(display);
	if (!vt)
		vt = ttyvt;
	if (strcmp(either(seat, "seat0"), "seat0"))
		vt = 0; /* all VTs are seat0's */
	if (display)
		type = either(type, "x11");
	if (either(tty, NULL))
		type = either(type, "tty");
	type = either(type, "unspecified");
	class = either(class, strcmp(type, "unspecified") ? "user" : "background");

	add(pamh, r, KeyService, item(pamh, PAM_SERVICE));
	add(pamh, r, KeyType, type);
	add(pamh, r, KeyOriginalType, type);
	add(pamh, r, KeyClass, class);
	add(pamh, r, KeyDesktop, either(variable(pamh, "XDG_SESSION_DESKTOP"), a->desktop));
	add(pamh, r, KeySeat, seat);
	if (vt)
		addnum(pamh, r, KeyVtnr, vt);
	addnum(pamh, r, KeyIsDisplay, vt > 0);
	add(pamh, r, KeyTty, tty);
	add(pamh, r, KeyDisplay, display);
	addnum(pamh, r, KeyRemote, isremote(item(pamh, PAM_RHOST)));
	add(pamh, r, KeyRemoteUser, item(pamh, PAM_RUSER));
	add(pamh, r, KeyRemoteHost, item(pamh, PAM_RHOST));
	add(pamh, r, KeyNorundir, a->norundir);
	add(pamh, r, KeyRuntime, pam_getenv(pamh, "XDG_RUNTIME_DIR"));
}

/* 1 if the number still stands for our connection: programs close descriptors
 * that they do not know, and get the number again for their own */
static int
isours(const struct session *s)
{
	struct stat st;

	return !fstat(s->fd, &st) && st.st_dev == s->st.st_dev && st.st_ino == s->st.st_ino;
}

/* Connects to the daemon, in bounded time.  Returns 0, or -1 and errno. */
static int
dial(struct session *s)
{
	const struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = SOCKPATH };
	const struct timeval tv = { .tv_sec = ANSWERWAIT };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)); /* connect's too */
	if (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0) {
		close(fd); /* keeps errno */
		return -1;
	}
	s->fd = fd;
	return fstat(fd, &s->st);
}

/* Waits for the last word on a request: until a time, or until the end once WAIT
 * was said.  Returns its length; or -1 when the connection is lost or the time is
 * over.  The limit is the socket's: poll() fails in a process that may have no
 * descriptors. */
static ssize_t
hear(int fd, char *buf, int64_t *until, int64_t end)
{
	for (;;) {
		int64_t left = *until - monotonic();
		struct timeval tv = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };
		if (left <= 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0)
			return -1;
		ssize_t n = recv(fd, buf, MAXRECORD - 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		buf[n] = '\0';
		if (strcmp(buf, "WAIT"))
			return n;
		*until = end;
	}
}

/* Says a request and waits for the last word on it.  A daemon that was there may
 * be replaced meanwhile: it is asked again.  waitms is for how long, from now, once
 * it says WAIT; 0 at a logout, which has nothing to wait for.  Returns the length
 * of the answer in buf, of MAXRECORD bytes; or -1 and in *why the reason. */
static ssize_t
ask(struct session *s, const struct request *r, int64_t waitms, char *buf, const char **why)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000000 };
	int64_t start = monotonic(), until = start + PATIENCE; /* for it to speak or come back */
	int wasthere = 0, isnew;

	do {
		*why = "turnstiled does not answer";
		isnew = !isours(s);
		if (isnew && dial(s) < 0) {
			if (errno == EINTR)
				continue; /* it is there, with a full queue */
			if (errno == ENOENT && !waitms)
				wasthere = 0; /* it ended in order, and will not be back soon */
			if (errno == ENOENT || errno == ECONNREFUSED)
				*why = "turnstiled is not running";
			else if (errno != EAGAIN)
				*why = strerror(errno);
			if (!wasthere)
				return -1;
		} else {
			ssize_t n = send(s->fd, r->buf, r->len, MSG_NOSIGNAL);
			s->said |= n > 0;
			if (n > 0)
				n = hear(s->fd, buf, &until, start + waitms);
			if (n > 0)
				return n;
			close(s->fd);
			s->fd = -1;
			wasthere = 1;
			if (until > monotonic() + PATIENCE)
				until = monotonic() + PATIENCE;
		}
		if (isnew) /* an old connection may have been lost long ago */
			nanosleep(&pause, NULL);
	} while (monotonic() < until);
	return -1;
}

/* Puts the answer's variables into the login's environment.  The runtime
 * directory is the same for all sessions of a user; others' words stand. */
static void
export(pam_handle_t *pamh, const char *buf, size_t len)
{
	char name[MAXVALUE];

	for (const char *s = buf; s < buf + len; s += strlen(s) + 1) {
		if (*s == '=' || !strchr(s, '='))
			continue; /* pam_putenv() would complain, or remove such a one */
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(s, "="), s);
		if (!strcmp(name, "XDG_RUNTIME_DIR") || !either(pam_getenv(pamh, name), NULL))
			pam_putenv(pamh, s);
	}
}

/* Registers the session and takes over its environment; if it cannot, that is in the log.
 * Returns 0 when there is, or may be later, a session to close, else -1. */
static int
enter(pam_handle_t *pamh, struct session *s, const struct passwd *pw, const struct args *a)
{
	struct request r = { .len = 0 };
	const char *why;
	char buf[MAXRECORD + 1] = ""; /* a word that is the last is followed by an empty one */
	ssize_t n;

	add(pamh, &r, KeyVersion, PROTOVERSION);
	addnum(pamh, &r, KeyOpen, s->id);
	addnum(pamh, &r, KeyUid, pw->pw_uid);
	addnum(pamh, &r, KeyGid, pw->pw_gid);
	add(pamh, &r, KeyUser, pw->pw_name);
	add(pamh, &r, KeyHome, pw->pw_dir);
	add(pamh, &r, KeyShell, pw->pw_shell);
	describe(pamh, &r, a);
	n = ask(s, &r, logintimeout * 1000 + PATIENCE, buf, &why);
	if (n > 0 && !strcmp(buf, "OK")) {
		export(pamh, buf, n);
		if (a->debug)
			pam_syslog(pamh, LOG_DEBUG, "%s is registered", pw->pw_name);
		return 0;
	}
	if (n > 0)
		why = either(buf + strlen(buf) + 1, buf); /* what follows ERROR */
	pam_syslog(pamh, LOG_WARNING, "%s is not registered and has no services: %s",
		pw->pw_name, why);
	if (n < 0 && s->said)
		return 0;
	return -1;
}

static void
parseargs(pam_handle_t *pamh, int argc, const char **argv, struct args *a)
{
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "debug"))
			a->debug = "1";
		else if (!strcmp(argv[i], "norundir"))
			a->norundir = "1";
		else if (after(argv[i], "class="))
			a->class = after(argv[i], "class=");
		else if (after(argv[i], "desktop="))
			a->desktop = after(argv[i], "desktop=");
		else if (after(argv[i], "type="))
			a->type = after(argv[i], "type=");
		else if (strcmp(argv[i], "turnstiled")) /* the C++ turnstile's */
			pam_syslog(pamh, LOG_WARNING, "unknown argument %s is ignored; there are "
				"debug, norundir, class=, desktop= and type=", argv[i]);
	}
}

/* Closes the connection, which ends no session: programs call pam_end() in forked
 * children, too, and before they execute another */
static void
cleanup(pam_handle_t *pamh, void *data, int status)
{
	struct session *s = data;

	(void)pamh, (void)status;
	if (isours(s))
		close(s->fd);
	free(s);
}

/* The session that is open, or NULL */
static struct session *
kept(pam_handle_t *pamh)
{
	const void *data = NULL;

	pam_get_data(pamh, DATANAME, &data);
	return (struct session *)data;
}

EXPORT int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *user = NULL, *service = either(item(pamh, PAM_SERVICE), "");
	struct session *s;
	struct args a = { .debug = NULL };
	struct passwd *pw;

	(void)flags;
	if (!strcmp(service, "turnstiled"))
		return PAM_SUCCESS; /* the services' own session */
	if (kept(pamh))
		return PAM_SUCCESS; /* the module's line is in the stack twice */
	parseargs(pamh, argc, argv, &a);
	pam_get_user(pamh, &user, NULL);
	if (!user || !(pw = pam_modutil_getpwnam(pamh, user))) {
		pam_syslog(pamh, LOG_ERR, "there is no user %s", either(user, "named"));
		return PAM_SESSION_ERR;
	}
	disown(pamh, "XDG_RUNTIME_DIR", pw->pw_uid);
	disown(pamh, "DBUS_SESSION_BUS_ADDRESS", pw->pw_uid);
	s = calloc(1, sizeof(*s));
	if (!s || getrandom(&s->id, sizeof(s->id), 0) < 0) {
		pam_syslog(pamh, LOG_ERR, "%s is not registered: no memory", user);
		free(s);
		return PAM_SUCCESS;
	}
	s->fd = -1;
	s->id >>= 1; /* to the daemon it is an int64_t */
	if (enter(pamh, s, pw, &a) < 0 || pam_set_data(pamh, DATANAME, s, cleanup) != PAM_SUCCESS)
		cleanup(pamh, s, 0);
	return PAM_SUCCESS;
}

EXPORT int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct session *s = kept(pamh);
	struct request r = { .len = 0 };
	const char *why;
	char buf[MAXRECORD];

	(void)flags, (void)argc, (void)argv;
	if (!s)
		return PAM_SUCCESS;
	add(pamh, &r, KeyVersion, PROTOVERSION);
	addnum(pamh, &r, KeyClose, s->id);
	if (ask(s, &r, 0, buf, &why) < 0)
		pam_syslog(pamh, LOG_WARNING, "turnstiled was not told of the session's end: %s; "
			"it ends with this process", why);
	pam_set_data(pamh, DATANAME, NULL, NULL); /* cleans up */
	return PAM_SUCCESS;
}
