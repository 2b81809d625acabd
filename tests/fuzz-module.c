/* For libFuzzer: the module's own code against what the daemon may answer, and
 * what programs may have put into PAM, see tests/fuzz.
 *
 * An input is a sequence of steps, up to 0xff each: a letter that says what
 * happens, and text.  Capital ones come first, see set(); then the session is
 * opened and closed, and each system call of the module's takes the steps that it
 * understands.  The time is not the true one: nothing waits. */
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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int fakeclock(clockid_t clock, struct timespec *ts);
static int fakeclose(int fd);
static int fakeconnect(int fd, const struct sockaddr *sa, socklen_t len);
static int fakefstat(int fd, struct stat *st);
static int fakegetdata(const pam_handle_t *pamh, const char *name, const void **data);
static const char *fakegetenv(pam_handle_t *pamh, const char *name);
static int fakegetitem(const pam_handle_t *pamh, int type, const void **p);
static struct passwd *fakegetpwnam(pam_handle_t *pamh, const char *name);
static int fakegetsockopt(int fd, int level, int name, void *val, socklen_t *len);
static int fakegetuser(pam_handle_t *pamh, const char **user, const char *prompt);
static int fakenanosleep(const struct timespec *ts, struct timespec *rest);
static int fakeputenv(pam_handle_t *pamh, const char *s);
static ssize_t fakerecv(int fd, void *buf, size_t size, int flags);
static ssize_t fakesend(int fd, const void *buf, size_t len, int flags);
static int fakesetdata(pam_handle_t *pamh, const char *name, void *data,
	void (*cleanup)(pam_handle_t *, void *, int));
static int fakesetsockopt(int fd, int level, int name, const void *val, socklen_t len);
static int fakesocket(int family, int type, int proto);
static void fakesyslog(const pam_handle_t *pamh, int level, const char *fmt, ...);

#define clock_gettime       fakeclock
#define close               fakeclose
#define connect             fakeconnect
#define fstat               fakefstat
#define getsockopt          fakegetsockopt
#define nanosleep           fakenanosleep
#define pam_get_data        fakegetdata
#define pam_get_item        fakegetitem
#define pam_get_user        fakegetuser
#define pam_getenv          fakegetenv
#define pam_modutil_getpwnam fakegetpwnam
#define pam_putenv          fakeputenv
#define pam_set_data        fakesetdata
#define pam_syslog          fakesyslog
#define recv                fakerecv
#define send                fakesend
#define setsockopt          fakesetsockopt
#define socket              fakesocket
#include "../pam_turnstile.c"

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "not true: %s\n", #x); abort(); } } while (0)

enum { FIRSTFD = 1000, FDS = 64, VARS = 64, CALLS = 200000 };

static const uint8_t *step, *end; /* the next one, its letter first */
static size_t steplen;
static int64_t ms, timeout;
static int isopen[FDS], calls, heard;
static char *items[PAM_XDISPLAY + 1], *vars[VARS], first[MAXRECORD], last[MAXRECORD];
static size_t firstlen;
static void *kept_;
static void (*keptcleanup)(pam_handle_t *, void *, int);

static void
next(void)
{
	const uint8_t *p;

	step += steplen + (step + steplen < end);
	p = memchr(step, 0xff, end - step);
	steplen = (p ? p : end) - step;
}

/* The next step's letter, if it is one of these; it is taken then */
static int
take(const char *letters)
{
	CHECK(++calls < CALLS);
	while (step < end && !steplen)
		next();
	return step < end && *step && strchr(letters, *step) ? *step : 0;
}

static char *
text(void)
{
	return strndup((const char *)step + 1, steplen - 1);
}

static int
fakeclock(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	CHECK(++calls < CALLS);
	ts->tv_sec = ms / 1000;
	ts->tv_nsec = ms % 1000 * 1000000;
	return 0;
}

static int
fakenanosleep(const struct timespec *ts, struct timespec *rest)
{
	(void)rest;
	ms += ts->tv_sec * 1000 + ts->tv_nsec / 1000000;
	return 0;
}

static int
fakesocket(int family, int type, int proto)
{
	(void)family, (void)type, (void)proto;
	if (take("m")) {
		next();
		errno = EMFILE;
		return -1;
	}
	for (int i = 0; i < FDS; i++)
		if (!isopen[i]) {
			isopen[i] = 1;
			return FIRSTFD + i;
		}
	CHECK(!"a descriptor is left open each time");
	return -1;
}

static int
known(int fd)
{
	return fd >= FIRSTFD && fd < FIRSTFD + FDS && isopen[fd - FIRSTFD];
}

static int
fakeclose(int fd)
{
	CHECK(fd == -1 || known(fd));
	if (fd >= 0)
		isopen[fd - FIRSTFD] = 0;
	return 0;
}

static int
fakeconnect(int fd, const struct sockaddr *sa, socklen_t len)
{
	static const int errs[] = { ['n'] = ENOENT, ['r'] = ECONNREFUSED, ['f'] = EAGAIN,
		['i'] = EINTR, ['p'] = EACCES };
	int c = take("nrfip");

	(void)sa, (void)len;
	CHECK(known(fd) || fd == -1);
	if (step == end)
		c = 'r'; /* nobody is there any more */
	else if (c)
		next();
	if (!c)
		return 0;
	ms += c == 'f' ? ANSWERWAIT * 1000 : 1;
	errno = errs[c];
	return -1;
}

static int
fakefstat(int fd, struct stat *st)
{
	if (!known(fd))
		return -1;
	memset(st, 0, sizeof(*st));
	st->st_ino = fd;
	return 0;
}

static int
fakegetsockopt(int fd, int level, int name, void *val, socklen_t *len)
{
	(void)fd, (void)level, (void)name;
	CHECK(*len == sizeof(struct ucred));
	((struct ucred *)val)->pid = getpid();
	return 0;
}

static int
fakesetsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	const struct timeval *tv = val;

	(void)level;
	CHECK(known(fd) && len == sizeof(*tv) && tv->tv_usec >= 0 && tv->tv_usec < 1000000);
	if (name == SO_RCVTIMEO)
		timeout = tv->tv_sec * 1000 + tv->tv_usec / 1000;
	CHECK(name != SO_RCVTIMEO || timeout > 0); /* 0 is for ever */
	return 0;
}

/* Each request is whole, and says the same when it is said again */
static ssize_t
fakesend(int fd, const void *buf, size_t len, int flags)
{
	const char *s = buf;

	CHECK(known(fd) && flags & MSG_NOSIGNAL);
	CHECK(len > 0 && len <= MAXRECORD && !s[len - 1]);
	for (size_t i = 0; i < len; i += strlen(s + i) + 1) {
		const char *eq = strchr(s + i, '=');
		CHECK(eq && eq > s + i && eq[1] && storable(eq + 1));
	}
	CHECK(!firstlen || (firstlen == len && !memcmp(first, s, len)));
	memcpy(first, s, len);
	firstlen = len;
	if (take("s")) {
		next();
		errno = EPIPE;
		return -1;
	}
	return len;
}

static ssize_t
fakerecv(int fd, void *buf, size_t size, int flags)
{
	int c = take("aAlie");

	(void)flags;
	CHECK(known(fd) && size < MAXRECORD + 1);
	if (c == 'a' || c == 'A') { /* A: as long as a record can be */
		size_t n = steplen - 1 < size ? steplen - 1 : size;
		memcpy(buf, step + 1, n);
		if (c == 'A') {
			memset((char *)buf + n, 'A', size - n);
			step += steplen; /* whatever else is in this one */
			steplen = 0;
			heard = 1;
			memcpy(last, buf, size);
			last[size] = '\0';
			return size;
		}
		memcpy(last, step + 1, n);
		memset(last + n, 0, sizeof(last) - n);
		heard = n > 0;
		next();
		return n;
	}
	if (c)
		next();
	if (c == 'l')
		return 0;
	ms += c == 'i' ? 1 : timeout;
	errno = EAGAIN;
	if (c == 'i')
		errno = EINTR;
	if (c == 'e')
		errno = ECONNRESET;
	if (!c && step < end)
		next(); /* for nobody else either */
	return -1;
}

static char **
variableof(const char *name, size_t len)
{
	for (int i = 0; i < VARS; i++)
		if (!vars[i] || (!strncmp(vars[i], name, len) && vars[i][len] == '='))
			return &vars[i];
	return NULL;
}

static const char *
fakegetenv(pam_handle_t *pamh, const char *name)
{
	char **var = variableof(name, strlen(name));

	(void)pamh;
	return var && *var ? *var + strlen(name) + 1 : NULL;
}

static int
fakeputenv(pam_handle_t *pamh, const char *s)
{
	char **var = variableof(s, strcspn(s, "="));

	(void)pamh;
	/* a variable is removed only when it is another user's */
	CHECK(strchr(s, '=') || !strcmp(s, "XDG_RUNTIME_DIR") || !strcmp(s, "DBUS_SESSION_BUS_ADDRESS"));
	CHECK(!strchr(s, '=') || !heard || !strcmp(last, "OK"));
	if (!var || *s == '=')
		return PAM_BAD_ITEM;
	free(*var);
	*var = strdup(strchr(s, '=') ? s : "=");
	return PAM_SUCCESS;
}

static int
fakegetitem(const pam_handle_t *pamh, int type, const void **p)
{
	(void)pamh;
	*p = items[type];
	return PAM_SUCCESS;
}

static int
fakegetuser(pam_handle_t *pamh, const char **user, const char *prompt)
{
	(void)pamh, (void)prompt;
	*user = "fuzz";
	return PAM_SUCCESS;
}

static struct passwd *
fakegetpwnam(pam_handle_t *pamh, const char *name)
{
	static struct passwd pw = { .pw_name = "fuzz", .pw_uid = 1000, .pw_gid = 1000,
		.pw_dir = "/home/fuzz", .pw_shell = "/bin/sh" };

	(void)pamh, (void)name;
	return &pw;
}

static int
fakegetdata(const pam_handle_t *pamh, const char *name, const void **data)
{
	(void)pamh, (void)name;
	*data = kept_;
	return kept_ ? PAM_SUCCESS : PAM_NO_MODULE_DATA;
}

static int
fakesetdata(pam_handle_t *pamh, const char *name, void *data,
	void (*f)(pam_handle_t *, void *, int))
{
	(void)name;
	if (keptcleanup)
		keptcleanup(pamh, kept_, PAM_DATA_REPLACE);
	kept_ = data;
	keptcleanup = f;
	return PAM_SUCCESS;
}

static void
fakesyslog(const pam_handle_t *pamh, int level, const char *fmt, ...)
{
	static char line[2 * MAXRECORD];
	va_list ap;

	(void)pamh, (void)level;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap); /* reads all that it is given */
	va_end(ap);
}

/* What is known before: PAM's items, and its environment */
static void
set(void)
{
	static const struct { char letter; int item; } table[] = { { 'T', PAM_TTY },
		{ 'D', PAM_XDISPLAY }, { 'H', PAM_RHOST }, { 'R', PAM_RUSER }, { 'S', PAM_SERVICE } };
	int c;

	for (; (c = take("TDHRSE")); next()) {
		char *s = text();
		if (c == 'E' && strchr(s, '='))
			fakeputenv(NULL, s);
		for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
			if (c == table[i].letter) {
				free(items[table[i].item]);
				items[table[i].item] = strdup(s);
			}
		free(s);
	}
}

static int
nopen(void)
{
	int n = 0;

	for (int i = 0; i < FDS; i++)
		n += isopen[i];
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const char *argv[] = { "debug", "class=" };

	step = p;
	end = p + len;
	steplen = 0;
	ms = 1000000;
	calls = heard = 0;
	firstlen = 0;
	const uint8_t *ff = memchr(p, 0xff, len);
	steplen = (ff ? ff : end) - step;
	set();
	CHECK(pam_sm_open_session(NULL, 0, 2, argv) == PAM_SUCCESS);
	/* connect() may begin to wait at the last moment */
	CHECK(ms - 1000000 <= logintimeout * 1000 + 2 * PATIENCE + 1000);
	int ok = heard && !strcmp(last, "OK");
	CHECK(nopen() == (ok && kept_));
	/* what was sent and had no last word is kept, too: the daemon may take it up later */
	CHECK(ok || !kept_ || firstlen);
	CHECK(ok || !kept_ || !heard || !strcmp(last, "WAIT"));
	ms = 2000000;
	calls = heard = 0;
	firstlen = 0;
	if (!take("x")) /* pam_end() only */
		CHECK(pam_sm_close_session(NULL, 0, 0, NULL) == PAM_SUCCESS && !kept_);
	CHECK(ms - 2000000 <= 2 * PATIENCE + 1000);
	fakesetdata(NULL, DATANAME, NULL, NULL);
	CHECK(nopen() == 0);
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		free(items[i]);
		items[i] = NULL;
	}
	for (int i = 0; i < VARS; i++) {
		free(vars[i]);
		vars[i] = NULL;
	}
	return 0;
}
