/* See LICENSE file for copyright and license details.
 *
 * turnstiled knows who is logged in and runs each user's service manager.
 *
 * pam_turnstile.so, in the process that opens a PAM session (its leader),
 * connects and says who comes (proto.h): that is a session.  A user with at
 * least one session, or one who lingers, is a login.  A login has a supervisor,
 * a forked process of root's that makes the runtime directory, opens a PAM
 * session for the services, starts the service manager, restarts it, stops all
 * that it ever started, and cleans up.  The daemon only tells it what is
 * wanted: services, none, or the end.
 *
 *   LoginNone -> LoginNew -> LoginStarting <-> LoginReady -> LoginStopping
 *   -> LoginNone, and again if somebody came meanwhile
 *
 * The daemon never waits for anybody: no name service, no PAM, no path that a
 * user controls, no child, no peer.  One loop waits for the listening socket,
 * connections, the leaders' and supervisors' pidfds, signals, and for changes of
 * files: the supervisors' (a login's state as its supervisor sees it), the
 * linger markers, and what a scanner child made of them.
 *
 * There is one way to start, and it is recovery: all that must be known is in
 * files below RUNDIR, each with one writer, each renamed into place.  SIGHUP
 * executes the installed binary; only the listening socket goes along.
 *
 * Functions stand below those they call: tools, the daemon, the supervisor from
 * bypid() to supervise().  To understand everything, start reading main(). */
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "proto.h"
#include "config.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define LENGTH(x)        (sizeof(x) / sizeof((x)[0]))
#define OF(type, m, p)   ((type *)(void *)((char *)(p) - offsetof(type, m)))
#define EACH(p, head)    for (struct link *p = (head)->next, *n_; n_ = p->next, p != (head); p = n_)
#define DIRFLAGS         (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define SOONER(a, b)     (!(a) || ((b) && (b) < (a)) ? (b) : (a)) /* 0: never */
#define BUCKET(k, key)   (&table[((uint64_t)(key) + (k)) % BUCKETS])
#define LOGIN(p)         OF(struct login, all, p)
#define INLOGIN(p)       OF(struct session, inlogin, p)
#define BINARY           SBINDIR "/turnstiled"
#define LINGERDIR        STATEDIR "/linger"
#define LISTENVAR        "TURNSTILED_LISTEN" /* the socket, from exec to exec */
#define SIGORDER         SIGRTMIN /* its value is the order; queued, so in turn */
#define SIGPAM           SIGIO /* not SIGCHLD: wait() shall not count that child; dnotify's too */
#define UIDMAX           (UINT32_MAX - 1)

enum {
	KEPT       = 4,      /* a child's one descriptor of its own; 3 is for readiness */
	BUCKETS    = 1024,
	BATCH      = 64,     /* events a turn */
	MAXNOTES   = 16,     /* complaints logged a start */
	/* milliseconds */
	ACCEPTWAIT = 100,    /* until accept is tried again without descriptors */
	FIRSTWAIT  = 5000,   /* until a connection has said something */
	RETRYWAIT  = 1000,   /* until what failed for a shortage is tried again */
	SPAWNWAIT  = 5000,   /* for the PAM process to fork */
	YOUNG      = 10000,  /* a service manager that ends earlier died young */
	MAXPAUSE   = 64000,  /* between starts of one that dies young */
	COREGRACE  = 1500,   /* for a readiness script's own report */
	AGAINWAIT  = 2000,   /* for services to take the first order to stop */
	TICK       = 20,     /* between looks at a tree that must end */
	WALKWAIT   = 10000,  /* for the removal of a plain runtime directory */
	STOPWAIT   = (stoptimeout + 3 * killtimeout) * 1000 + 2 * WALKWAIT,
};

enum { LoginNone, LoginNew, LoginStarting, LoginReady, LoginStopping };
enum { OrderOn, OrderOff, OrderEnd };
enum { SessionNew, SessionWaiting, SessionOpen };
enum { KindLeader, KindSession, KindLogin };
enum { RundirNone, RundirMade, RundirWanted, RundirTheirs };
enum { RungStop, RungAgain, RungTerm, RungKill, RungTop };
enum { RunManager, RunReady, RunStop, Opened };

/* does not compile with a config.h that cannot work: seconds are from 1 (stopdelay:
 * 0) to 131071, the backend is one of the table */
struct InvalidConfig { char check[logintimeout > 0 && corewait > 0 && stoptimeout > 0 &&
	killtimeout > 0 && stopdelay >= 0 && backend < LENGTH(backends) && (int)linger <= LingerAlways &&
	(logintimeout | corewait | stoptimeout | killtimeout | stopdelay) < 1 << 17 ? 1 : -1]; };

struct link { struct link *prev, *next; };

struct source { /* what the loop waits for; first in its object */
	void (*event)(struct source *);
	int fd; /* or -1 */
	int kind; /* by which, and by key, find() finds it */
	int64_t key;
	struct source *next; /* in the hash table or, buried, among those to be freed */
};

struct record { char *val[KeyLast]; }; /* into somebody's buffer; NULL if not said */

struct text {
	size_t len; /* sizeof(buf): it did not fit */
	char buf[MAXRECORD + 128];
};

struct proc {
	pid_t pid, ppid, pgrp;
	unsigned long long start; /* clock ticks since boot */
	int ours;
};

struct leader {
	struct source src; /* its pidfd; by pid */
	struct proc proc;
	struct link sessions;
};

struct session {
	struct source src; /* the connection; by the request's id */
	int state, light, unsaved;
	pid_t peer; /* who connected */
	int64_t id, due; /* due: SessionNew: first record; SessionWaiting: answer */
	char *buf; /* the request */
	size_t len;
	struct record rec;
	struct login *login;
	struct leader *leader;
	struct link inlogin, inleader, pending;
};

struct login {
	struct source src; /* pidfd of the supervisor; by uid */
	int state;
	int order, orders; /* the last one, and how many there were */
	uid_t uid;
	gid_t gid;
	char user[MAXVALUE], home[MAXVALUE], shell[MAXVALUE];
	char runtime[MAXVALUE]; /* XDG_RUNTIME_DIR, "" for none */
	int managed; /* whose it is, and whether it is there */
	int bus;
	int marked, stayed; /* lingers by marker, by LingerAlways */
	int left; /* the last supervisor was killed: there is its file */
	int killed; /* this one did not stop in time */
	int fails; /* supervisors that died young, in a row */
	struct proc proc, manager; /* the supervisor, the service manager */
	char cgroup[MAXVALUE]; /* where it runs, "" for none */
	int64_t since, due; /* the supervisor's start; next try, stop delay or kill */
	struct link sessions, all;
	size_t nsessions, nfull, nwaiting, nseated;
	char *ids; /* the sessions' IDs, each with a blank after it */
	size_t idslen, idscap;
	int dirty, unsaved; /* its public files */
};

/* what a supervisor asks of its PAM process, and hears from it and its children */
struct message {
	int what, err;
	pid_t pid;
	char text[MAXVALUE];
};

struct supervisor {
	struct login *l;
	pid_t self, daemon;
	char own[64]; /* the login's own directory */
	pid_t pam; /* holds the PAM session, forks what runs in it; or 0 */
	pid_t ready; /* the ready command; or 0 */
	int pamfd, sigfd, fifo, busfd, made; /* or -1; made: our runtime directory or AT_FDCWD */
	int old; /* the tree is what a killed supervisor left */
	int started; /* there was a service manager in this login */
	int fails; /* of them died young, in a row */
	int opened; /* PAM's answer: 1 or, refused, -1 */
	int status; /* of the last service manager or ready command */
	int isready, notes; /* from the FIFO, since the start */
	int survivors;
	int told; /* that there is no runtime directory */
	int unsaved; /* the login's file could not be written */
	const char *state; /* as it says */
	char line[256], said[256]; /* what comes there, what came with readiness */
	size_t linelen;
};

static struct source listener, signals, watches;
static int epfd, rundir, privdir, privlogins, sessionsdir, usersdir,
	idfd, logfd = -1, loginwatch;
static struct link logins = { &logins, &logins }, pending = { &pending, &pending };
static struct source *table[BUCKETS], *graves;
static int64_t now, listendue, retrydue, quitdue, lastid;
static int quitting, shortage;
static pid_t scanner;
static int scans, missing; /* in the scanner: how often, whether to ask again */
static struct supervisor sv;
static struct rlimit nofile;
static char oomadj[16];
static const char *const statename[] = { "none", "new", "starting", "ready", "stopping" };

static void sessionevent(struct source *src);
static void steer(struct login *l, int hurry);
static void supervise(struct login *l, int go[2]) __attribute__((noreturn));
static void supervisorevent(struct source *src);

/* ms to wait before the next try, after n pauses: doubled each time */
static int64_t
growing(int n)
{
	return n < 0 ? 0 : n > 6 ? MAXPAUSE : 1000 << n;
}

static void
linkadd(struct link *head, struct link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

/* may be called again for one that is in no list */
static void
linkdel(struct link *l)
{
	if (!l->next)
		return;
	l->prev->next = l->next;
	l->next->prev = l->prev;
	l->next = NULL;
}

/* The leader by pid, session by request id, login by uid; NULL if there is none */
static void *
find(int kind, int64_t key)
{
	struct source *s = *BUCKET(kind, key);

	while (s && (s->kind != kind || s->key != key))
		s = s->next;
	return s;
}

static void
insert(struct source *s, int kind, int64_t key)
{
	s->kind = kind;
	s->key = key;
	s->next = *BUCKET(kind, key);
	*BUCKET(kind, key) = s;
}

/* Formats a short string; it lasts until the eighth one from here */
__attribute__((format(printf, 1, 2))) static char *
str(const char *fmt, ...)
{
	static char ring[8][MAXVALUE + 64];
	static unsigned n;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ring[++n % LENGTH(ring)], sizeof(*ring), fmt, ap);
	va_end(ap);
	return ring[n % LENGTH(ring)];
}

static void
openlogfd(void)
{
	logfd = logsyslog ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
}

/* One line about a login (or, NULL, none) to standard error and syslog, neither
 * of which may make us wait: a reader that does not read loses it.  Keeps errno. */
__attribute__((format(printf, 3, 4))) static void
say(const struct login *l, int level, const char *fmt, ...)
{
	const struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	struct pollfd out = { .fd = 2, .events = POLLOUT };
	char buf[1024], *end = buf + sizeof(buf) - 2, *s = buf, *text;
	int saved = errno;
	va_list ap;

	if (level == LOG_DEBUG && !debug)
		return;
	s += sprintf(s, "<%d>", LOG_DAEMON | level);
	text = s;
	s += sprintf(s, "turnstiled[%d]: ", (int)getpid());
	if (l)
		s += sprintf(s, "uid %u (%.64s): ", l->uid, l->user);
	va_start(ap, fmt);
	vsnprintf(s, end - s, fmt, ap);
	va_end(ap);
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
	if (logsyslog && logfd >= 0)
		sendto(logfd, buf, s - buf, MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)&to, sizeof(to));
	*s++ = '\n';
	if (logstderr && poll(&out, 1, 0) == 1 && out.revents & POLLOUT)
		dprintf(2, "%.*s", (int)(s - text), text);
	errno = saved;
}

/* Ends the program at its start; err is an errno or 0 */
__attribute__((noreturn)) static void
die(const char *what, int err)
{
	fprintf(stderr, "turnstiled: %s%s%s\n", what, err ? ": " : "", err ? strerror(err) : "");
	exit(1);
}

/* A decimal number of at most max, or -1 */
static int64_t
number(const char *s, int64_t max)
{
	if (!s || !*s || s[strspn(s, "0123456789")])
		return -1;
	int64_t n = strtoll(s, NULL, 10);
	return n > max || n == INT64_MAX ? -1 : n; /* where strtoll() stops */
}

static void
copy(char *dst, const char *val, const char *otherwise)
{
	snprintf(dst, MAXVALUE, "%.*s", MAXVALUE - 1, val ? val : otherwise);
}

__attribute__((format(printf, 2, 3))) static void
put(struct text *t, const char *fmt, ...)
{
	size_t room = t->len < sizeof(t->buf) ? sizeof(t->buf) - t->len : 0;
	va_list ap;

	va_start(ap, fmt);
	t->len += vsnprintf(room ? t->buf + t->len : NULL, room, fmt, ap);
	t->len = t->len < sizeof(t->buf) ? t->len : sizeof(t->buf);
	va_end(ap);
}

static void
putkey(struct text *t, int key, const char *val)
{
	if (val && *val && storable(val))
		put(t, "%s=%s\n", keyname[key], val);
}

static void
closefd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Writes a file whole: under a temporary name, then renamed.  Returns 0, or -1
 * and errno; then the old file, if any, is as it was. */
static int
putfile(int dir, int64_t name, mode_t mode, const char *buf, size_t len)
{
	const char *to = str("%" PRId64, name), *tmp = str(".%" PRId64, name);
	int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	errno = ENOSPC; /* unless write() knows better */
	int ok = write(fd, buf, len) == (ssize_t)len;
	close(fd);
	if (ok && renameat(dir, tmp, dir, to) == 0)
		return 0;
	int saved = errno;
	unlinkat(dir, tmp, 0);
	errno = saved;
	return -1;
}

/* Reads a file of at most size - 1 bytes and ends it with a NUL.  Returns its
 * length or -1. */
static ssize_t
getfile(int dir, const char *name, char *buf, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	closefd(&fd);
	buf[n > 0 ? n : 0] = '\0';
	return n;
}

/* Splits KEY=value strings, each ended by end, in place; r points into buf.
 * Returns how many of them are no good: those are left out, as are keys that
 * this version does not know.  Of a repeated key the first is taken. */
static int
recparse(struct record *r, char *buf, size_t len, char end)
{
	int bad = 0, k;

	memset(r, 0, sizeof(*r));
	for (char *s = buf, *e; s < buf + len; s = e + 1) {
		if (!(e = memchr(s, end, buf + len - s)))
			return bad + 1;
		*e = '\0';
		char *eq = strchr(s, '=');
		int good = strlen(s) == (size_t)(e - s) && eq && storable(eq + 1);
		for (k = 0; good && k < KeyLast; k++)
			if (!strncmp(s, keyname[k], eq - s) && !keyname[k][eq - s])
				break;
		if (!good || (k < KeyLast && (r->val[k] || (!end && k >= KeyLeader))))
			bad++; /* or said twice, or not a client's to say */
		else if (k < KeyLast)
			r->val[k] = eq + 1;
	}
	return bad;
}

/* Fills p for a process.  Returns -1 when it is not there. */
static int
readproc(pid_t pid, struct proc *p)
{
	char buf[1024], *s;

	if (getfile(AT_FDCWD, str("/proc/%d/stat", (int)pid), buf, sizeof(buf)) < 0 ||
			!(s = strrchr(buf, ')')))
		return -1; /* the name before it may hold anything */
	*p = (struct proc){ .pid = pid };
	return sscanf(s + 1, " %*s %d %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		"%*s %llu", &p->ppid, &p->pgrp, &p->start) == 3 ? 0 : -1;
}

/* Opens a process's pidfd if it is the one meant, proven by its start: a number
 * may have been given to another one.  Returns it or -1. */
static int
openproc(const struct proc *p)
{
	struct proc q;
	int fd = p->pid > 0 ? syscall(SYS_pidfd_open, p->pid, 0) : -1;

	if (fd >= 0 && (readproc(p->pid, &q) < 0 || q.start != p->start))
		closefd(&fd);
	return fd;
}

static int
sigfd(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

static int
watch(struct source *s, int op, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	return epoll_ctl(epfd, op, s->fd, &ev);
}

/* A fork may still hold the descriptor: epoll would go on reporting it */
static void
closesource(struct source *s)
{
	if (s->fd < 0)
		return;
	watch(s, EPOLL_CTL_DEL, 0);
	close(s->fd);
	s->fd = -1;
}

/* Ends an object; it is freed with the turn, whose events may still name it */
static void
bury(struct source *s)
{
	struct source **p = BUCKET(s->kind, s->key);

	closesource(s);
	while (*p && *p != s)
		p = &(*p)->next;
	if (*p)
		*p = s->next;
	s->next = graves;
	graves = s;
}

/* Sets all signals to what they do by default; all are blocked or none */
static void
sigreset(int block)
{
	static const long dfl[8]; /* libc's signal() leaves out its own, which make ignores */
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL); /* first: some may be pending since an exec */
	for (int i = 1; i < NSIG; i++)
		syscall(SYS_rt_sigaction, i, dfl, NULL, NSIG / 8);
	if (!block)
		sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Closes all descriptors but the standard ones and fd, which becomes KEPT */
static void
keepone(int fd)
{
	dup3(fd, KEPT, O_CLOEXEC); /* it is that number already: it has the flag */
	close(3);
	syscall(SYS_close_range, KEPT + 1, ~0U, 0);
	openlogfd();
}

/* Writes to a file of the kernel's.  Returns 0 or -1. */
static int
tell(const char *name, const char *s)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, s, strlen(s));

	closefd(&fd);
	return n < 0 ? -1 : 0;
}

/* Descriptors without limit, and not the out-of-memory killer's choice; 0: as
 * they were when the program began */
static void
limits(int raised)
{
	struct rlimit lim = { raised ? nofile.rlim_max : nofile.rlim_cur, nofile.rlim_max };

	setrlimit(RLIMIT_NOFILE, &lim);
	tell("/proc/self/oom_score_adj", raised ? "-1000" : oomadj); /* if we may */
}

/* Adds s to t with %-expansion for a login: %u uid, %g gid, %n name, %h home, %r
 * runtime directory, %d the service manager's own directory */
static void
expand(struct text *t, const char *s, const struct login *l)
{
	const char *const val[] = { str("%u", l->uid), str("%u", l->gid), l->user, l->home,
		l->runtime, str(RUNDIR "/%u/sv", l->uid), "%" }, *letters = "ugnhrd%", *p;

	for (; *s; s++)
		if (*s == '%' && s[1] && (p = strchr(letters, s[1])) && s++)
			put(t, "%s", val[p - letters]);
		else
			put(t, "%c", *s);
}

/* Writes a login's private file: the daemon before the supervisor may go on,
 * then only the supervisor.  Returns 0 or -1. */
static int
savelogin(const struct login *l, const char *state)
{
	struct text t = { 0 };

	put(&t, "VERSION=%s\nPID=%d\nSTART=%llu\nSTATE=%s\nUID=%u\nGID=%u\nUSER=%s\nHOME=%s\nSHELL=%s\n"
		"RUNTIME=%s\nCGROUP=%s\n", PROTOVERSION, (int)l->proc.pid, l->proc.start, state, l->uid,
		l->gid, l->user, l->home, l->shell, l->runtime, l->cgroup);
	put(&t, "MANAGED=%d\nBUS=%d\nORDER=%d\nORDERS=%d\nMANAGER=%d\nMANAGER_START=%llu\n",
		l->managed, l->bus, l->order, l->orders, (int)l->manager.pid, l->manager.start);
	return putfile(privlogins, l->uid, 0600, t.buf, t.len);
}

/* Reads what a login's supervisor says of it.  Returns 0, or -1 if there is no
 * file, or one of another supervisor. */
static int
loadlogin(struct login *l)
{
	char buf[MAXRECORD];
	struct record r;

	ssize_t len = getfile(privlogins, str("%u", l->uid), buf, sizeof(buf));
	if (len < 0)
		return -1;
	if (recparse(&r, buf, len, '\n'))
		say(l, LOG_WARNING, "a part of " RUNDIR "/private/logins/%u is damaged", l->uid);
	if (number(r.val[KeyPid], INT_MAX) != l->proc.pid)
		return -1;
	l->bus = number(r.val[KeyBus], 1) == 1;
	if (number(r.val[KeyManaged], RundirTheirs) >= 0)
		l->managed = number(r.val[KeyManaged], RundirTheirs);
	l->manager.pid = number(r.val[KeyManager], INT_MAX);
	l->manager.start = number(r.val[KeyManagerStart], INT64_MAX);
	if (r.val[KeyRuntime])
		copy(l->runtime, r.val[KeyRuntime], "");
	copy(l->cgroup, r.val[KeyCgroup], "");
	l->dirty = 1;
	if (number(r.val[KeyOrders], INT_MAX / 2) < l->orders)
		return 0; /* what follows is older than the last order */
	l->orders = number(r.val[KeyOrders], INT_MAX / 2);
	l->order = number(r.val[KeyOrder], OrderEnd);
	for (int i = LoginNew; i <= LoginStopping; i++)
		if (r.val[KeyState] && !strcmp(r.val[KeyState], statename[i]))
			l->state = i;
	return 0;
}

/* Writes the public file of a login.  Returns 0 or -1. */
static int
saveuser(const struct login *l)
{
	struct text t = { 0 };
	char *buf;

	put(&t, "VERSION=%s\nNAME=%s\nRUNTIME=%s\nSTATE=%s\nSEATS=", PROTOVERSION, l->user,
		l->runtime, statename[l->state < LoginStarting ? LoginStarting : l->state]);
	if (l->nseated)
		EACH(p, &l->sessions) {
			const char *seat = INLOGIN(p)->rec.val[KeySeat];
			if (seat && t.len < MAXRECORD / 2)
				put(&t, "%s%s", t.buf[t.len - 1] == '=' ? "" : " ", seat);
		}
	put(&t, "\nSESSIONS=");
	if (!(buf = malloc(t.len + l->idslen + 1)))
		return -1;
	memcpy(buf, t.buf, t.len);
	if (l->idslen)
		memcpy(buf + t.len, l->ids, l->idslen - 1); /* not the last blank */
	size_t len = t.len + l->idslen + !l->idslen;
	buf[len - 1] = '\n';
	int r = putfile(usersdir, l->uid, 0644, buf, len);
	free(buf);
	return r;
}

/* Writes the file of a session: what the module said, and its leader.  Returns 0,
 * or -1; then it is tried again later. */
static int
savesession(struct session *s)
{
	struct text t = { 0 };

	for (; t.len < s->len; t.len++)
		t.buf[t.len] = s->buf[t.len] ? s->buf[t.len] : '\n';
	put(&t, "LEADER=%d\nSTART=%llu\n", (int)s->leader->proc.pid, s->leader->proc.start);
	s->unsaved = putfile(sessionsdir, s->id, 0644, t.buf, t.len) < 0;
	return -s->unsaved;
}

/* Writes what of a login has changed, or could not be written the last time */
static void
save(struct login *l, int all)
{
	int failed = saveuser(l) < 0;

	if (l->unsaved || all)
		EACH(p, &l->sessions)
			failed |= INLOGIN(p)->unsaved && savesession(INLOGIN(p)) < 0;
	if (failed && !l->unsaved)
		say(l, LOG_ERR, "its files below " RUNDIR " cannot be written: %s; trying again",
			strerror(errno));
	l->dirty = l->unsaved = failed;
	if (failed)
		retrydue = now + RETRYWAIT;
}

/* Adds a session's ID to the login's list.  Returns 0, or -1 for want of memory. */
static int
addid(struct login *l, int64_t id)
{
	if (l->idslen + 24 > l->idscap) {
		char *p = realloc(l->ids, l->idscap * 2 + 64);
		if (!p)
			return -1;
		l->ids = p;
		l->idscap = l->idscap * 2 + 64;
	}
	l->idslen += sprintf(l->ids + l->idslen, "%" PRId64 " ", id);
	return 0;
}

static void
dropid(struct login *l, int64_t id)
{
	char s[24], *p = l->ids;
	size_t n = sprintf(s, "%" PRId64 " ", id);

	while ((p = memmem(p, l->ids + l->idslen - p, s, n)) && p > l->ids && p[-1] != ' ')
		p++;
	if (p)
		memmove(p, p + n, l->ids + l->idslen - p - n);
	if (p)
		l->idslen -= n;
}

static int
canserve(const struct login *l)
{
	return (int)backend != None && (l->uid ? l->uid >= firstuid : rootservices);
}

/* What the login's supervisor should do */
static int
want(const struct login *l)
{
	int lingers = ((int)linger == LingerAlways && l->stayed) || ((int)linger == LingerMarked &&
		l->marked);

	if (quitting || (!l->nsessions && !lingers))
		return OrderEnd;
	if (canserve(l) && (l->nfull || (lingers && (l->managed == RundirMade ||
			l->managed == RundirWanted || lingerunmanaged))))
		return OrderOn;
	return l->nsessions ? OrderOff : OrderEnd;
}

/* Answers a session's request, with the environment as far as it is known: the
 * login goes on whatever became of the services.  why: what is missing, or NULL */
static void
answer(struct session *s, const char *why)
{
	static const char *const vars[] = { "XDG_SESSION_TYPE", "XDG_SESSION_CLASS",
		"XDG_SESSION_DESKTOP", "XDG_SEAT", "XDG_VTNR" }; /* KeyType and so on */
	const struct login *l = s->login;
	struct text t = { 0 };

	if (why)
		say(l, LOG_WARNING, "session %" PRId64 " does not wait longer: %s", s->id, why);
	put(&t, "OK%c", 0);
	if (l->managed == RundirMade || l->managed == RundirTheirs)
		put(&t, "XDG_RUNTIME_DIR=%s%c", l->runtime, 0);
	if (exportdbus && l->bus)
		put(&t, "DBUS_SESSION_BUS_ADDRESS=unix:path=%s/bus%c", l->runtime, 0);
	for (const char *const *e = backends[backend].env; *e && canserve(l); e++) {
		expand(&t, *e, l);
		put(&t, "%c", 0);
	}
	if (exportsession)
		put(&t, "XDG_SESSION_ID=%" PRId64 "%c", s->id, 0);
	for (size_t i = 0; exportsession && i < LENGTH(vars); i++)
		if (s->rec.val[KeyType + i])
			put(&t, "%s=%s%c", vars[i], s->rec.val[KeyType + i], 0);
	s->login->nwaiting -= s->state == SessionWaiting;
	s->state = SessionOpen;
	linkdel(&s->pending);
	if (s->src.fd >= 0 && t.len < sizeof(t.buf))
		send(s->src.fd, t.buf, t.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Answers those who wait and need not wait longer or, with why, all.  Light ones
 * and root's wait for no services.  The newest are last in the list. */
static void
answerall(struct login *l, const char *why)
{
	int serve = canserve(l), on = l->state == LoginReady && l->order == OrderOn;
	int off = l->state == LoginStarting || l->state == LoginReady;

	for (struct link *p = l->sessions.prev, *prev; l->nwaiting && p != &l->sessions; p = prev) {
		struct session *s = INLOGIN(p);
		prev = p->prev;
		if (s->state == SessionWaiting && (why || on || (off && (s->light || !l->uid || !serve))))
			answer(s, why);
	}
}

static int
ismarked(const char *user)
{
	struct stat st;

	return lstat(str(LINGERDIR "/%s", user), &st) == 0 && S_ISREG(st.st_mode);
}

/* The login of a user, made when there is none; r says who it is and, where a
 * session brings it, what it says of the runtime directory.  NULL: no memory */
static struct login *
needlogin(int64_t uid, const struct record *r)
{
	struct login *l = find(KindLogin, uid);
	char *const *v = r->val;

	if (l ? *l->user != '\0' : !(l = calloc(1, sizeof(*l))))
		return l; /* but where its file was damaged, it is filled */
	l->uid = uid;
	l->gid = number(v[KeyGid], UIDMAX); /* or -1, which nobody can become */
	copy(l->user, v[KeyUser], "");
	copy(l->home, v[KeyHome], "/");
	copy(l->shell, v[KeyShell], "/bin/sh");
	if (!l->managed)
		l->managed = v[KeyRuntime] ? RundirTheirs : managerundir && *rundirpath &&
			!v[KeyNorundir] ? RundirWanted : RundirNone;
	struct text t = { 0 };
	expand(&t, rundirpath, l);
	copy(l->runtime, v[KeyRuntime], t.buf);
	l->marked = ismarked(l->user);
	if (l->src.event)
		return l;
	l->src.event = supervisorevent;
	l->src.fd = -1;
	l->sessions.prev = l->sessions.next = &l->sessions;
	linkadd(&logins, &l->all);
	insert(&l->src, KindLogin, uid);
	return l;
}

static void
droplogin(struct login *l)
{
	unlinkat(usersdir, str("%u", l->uid), 0);
	linkdel(&l->all);
	free(l->ids);
	bury(&l->src);
}

/* Tells a login's supervisor what is wanted.  Until its file says that it has
 * heard, what that says of its state is old. */
static void
order(struct login *l, int o)
{
	siginfo_t si = { .si_signo = SIGORDER, .si_code = SI_QUEUE };

	if (o == l->order)
		return;
	si.si_value.sival_int = o;
	if (syscall(SYS_pidfd_send_signal, l->src.fd, SIGORDER, &si, 0) < 0) {
		l->due = now + RETRYWAIT;
		return;
	}
	l->order = o;
	l->orders++;
	l->stayed |= o == OrderOn;
	l->state = o == OrderEnd ? LoginStopping : LoginStarting;
	l->dirty = 1;
	l->due = o == OrderEnd ? now + STOPWAIT : 0;
}

/* Forks the supervisor of a login.  It runs only when its file is written, so
 * that none is ever unknown. */
static void
startsupervisor(struct login *l, int o)
{
	int go[2] = { -1, -1 };

	l->order = o;
	l->orders = l->killed = 0;
	l->since = now;
	l->stayed |= o == OrderOn;
	sv.daemon = getpid();
	pid_t pid = pipe2(go, O_CLOEXEC) < 0 ? -1 : fork();
	if (!pid)
		supervise(l, go);
	if (pid > 0 && readproc(pid, &l->proc) == 0 && (l->src.fd = openproc(&l->proc)) >= 0 &&
			watch(&l->src, EPOLL_CTL_ADD, EPOLLIN) == 0 &&
			savelogin(l, statename[LoginNew]) == 0 && write(go[1], "", 1) == 1) {
		l->left = 0;
		l->due = o == OrderEnd ? now + STOPWAIT : 0;
		l->state = o == OrderEnd ? LoginStopping : LoginNew;
		l->dirty = 1;
	} else {
		say(l, LOG_ERR, "cannot start its supervisor: %s; trying again", strerror(errno));
		closesource(&l->src);
		l->due = now + RETRYWAIT;
		answerall(l, "no supervisor could be started");
	}
	closefd(&go[0]);
	closefd(&go[1]); /* without a word: it exits */
}

/* Brings a login nearer to what its sessions want.  hurry: without stop delay */
static void
steer(struct login *l, int hurry)
{
	int w = want(l);

	if (l->state == LoginNone && (w != OrderEnd || l->left)) {
		if (!l->due)
			startsupervisor(l, w);
	} else if (l->state == LoginNone && !l->nsessions) {
		droplogin(l);
		return;
	} else if (l->state != LoginNone && l->state != LoginStopping) {
		if (w > l->order && !hurry && !quitting && stopdelay > 0) {
			l->due = l->due ? l->due : now + stopdelay * 1000;
		} else {
			l->due = 0;
			order(l, w);
		}
	}
	answerall(l, NULL);
}

/* A supervisor has ended.  Its last act is to remove its file: where that is
 * left, it was killed, and the next one first ends what it left running. */
static void
supervisorevent(struct source *src)
{
	struct login *l = (void *)src;

	closesource(src);
	l->due = 0;
	l->left = !faccessat(privlogins, str("%u", l->uid), F_OK, 0) || errno != ENOENT;
	loadlogin(l);
	l->fails = l->left && now - l->since < YOUNG ? l->fails + 1 : 0;
	if (l->left) {
		say(l, LOG_ERR, "its supervisor (pid %d) was killed; what it left is stopped first, "
			"then its services start again", (int)l->proc.pid);
		if (l->fails > 1)
			l->due = now + growing(l->fails - 2);
	} else {
		l->manager.pid = 0;
		l->bus = 0;
		l->managed = l->managed == RundirMade ? RundirWanted : l->managed;
		*l->cgroup = '\0';
	}
	l->state = LoginNone;
	l->dirty = 1;
	steer(l, 0);
}

/* Takes over what a supervisor has written */
static void
reload(struct login *l)
{
	if (l->src.fd < 0 || loadlogin(l) < 0)
		return;
	if (l->state == LoginStopping && !l->due) /* somebody else told it to */
		l->due = now + STOPWAIT;
	steer(l, 0);
}

/* Ends a session, or a connection that has not become one */
static void
endsession(struct session *s, const char *why)
{
	struct login *l = s->login;
	struct leader *d = s->leader;

	linkdel(&s->pending);
	bury(&s->src);
	if (l) {
		say(l, LOG_DEBUG, "session %" PRId64 " ends: %s", s->id, why);
		unlinkat(sessionsdir, str("%" PRId64, s->id), 0);
		linkdel(&s->inlogin);
		linkdel(&s->inleader);
		if (d->sessions.next == &d->sessions)
			bury(&d->src);
		dropid(l, s->id);
		l->nsessions--;
		l->nfull -= !s->light;
		l->nseated -= !!s->rec.val[KeySeat];
		l->nwaiting -= s->state == SessionWaiting;
		l->dirty = 1;
		free(s->buf);
		steer(l, 0);
	}
}

static void
leaderevent(struct source *src)
{
	struct leader *d = (void *)src;

	while (d->src.fd >= 0) /* until it has no session */
		endsession(OF(struct session, inleader, d->sessions.next), "its leader is gone");
}

/* The process that opened a session, watched until its end.  fd: its
 * connection, or -1; start: what it must have begun at, or 0.  NULL: it is
 * gone, or there are no descriptors left. */
static struct leader *
needleader(pid_t pid, int fd, unsigned long long start)
{
	struct leader *d = find(KindLeader, pid);
	struct proc p = { .pid = pid, .start = start };
	socklen_t len = sizeof(int);
	int pidfd = -1;

	if (d && sigfd(d->src.fd, 0) == 0)
		return start && d->proc.start != start ? NULL : d;
	if (start)
		pidfd = openproc(&p);
	else if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) < 0)
		pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 || readproc(pid, &p) < 0 || sigfd(pidfd, 0) < 0 ||
			!(d = calloc(1, sizeof(*d)))) {
		closefd(&pidfd);
		return NULL;
	}
	d->src.event = leaderevent;
	d->src.fd = pidfd;
	d->proc = p;
	d->sessions.prev = d->sessions.next = &d->sessions;
	insert(&d->src, KindLeader, pid);
	watch(&d->src, EPOLL_CTL_ADD, EPOLLIN);
	return d;
}

/* Makes s the session that the len bytes of msg, ended by end each, describe;
 * pid, its leader, is there too when it comes from a file.  Returns NULL, or
 * what is wrong. */
static const char *
addsession(struct session *s, int fd, const char *msg, size_t len, char end, pid_t pid, int64_t id)
{
	int64_t start = 0;
	char *buf = malloc(len);
	struct record r;

	if (!buf)
		return "no memory";
	memcpy(buf, msg, len);
	int bad = recparse(&r, buf, len, end);
	if (bad)
		say(NULL, LOG_WARNING, "a part of session %" PRId64 "'s file is damaged", id);
	int64_t key = number(r.val[KeyOpen], INT64_MAX), uid = number(r.val[KeyUid], UIDMAX);
	if (!pid && r.val[KeyLeader]) { /* which savesession() adds again */
		pid = number(r.val[KeyLeader], INT_MAX);
		start = number(r.val[KeyStart], INT64_MAX);
		pid = start > 0 ? pid : -1; /* not proven */
		len = r.val[KeyLeader] - strlen("LEADER=") - buf;
	}
	struct login *l = key < 0 || uid < 0 || !r.val[KeyUser] || number(r.val[KeyGid], UIDMAX) < 0 ?
		NULL : needlogin(uid, &r);
	struct leader *d = NULL;
	if (l && addid(l, id) == 0 && !(d = needleader(pid, fd, start)))
		dropid(l, id);
	if (!d) {
		free(buf);
		if (l && fd >= 0)
			steer(l, 0); /* perhaps nobody needs it; in recovery others are to come */
		return l ? "its process is gone, or no descriptor is left to watch it" :
			"there is no request id or no user in it";
	}
	s->src.fd = fd;
	s->buf = buf;
	s->len = len;
	s->rec = r;
	s->id = id;
	for (const char *const *c = lightclasses; *c; c++)
		s->light |= r.val[KeyClass] && !strcmp(r.val[KeyClass], *c);
	s->login = l;
	s->leader = d;
	linkadd(&l->sessions, &s->inlogin);
	linkadd(&d->sessions, &s->inleader);
	insert(&s->src, KindSession, key);
	l->nsessions++;
	l->nfull += !s->light;
	l->nseated += !!r.val[KeySeat];
	l->dirty = 1;
	return NULL;
}

static void
refuse(struct session *s, const char *why)
{
	struct text t = { 0 };

	say(s->login, LOG_WARNING, "a request of pid %d is refused: %s", (int)s->peer, why);
	put(&t, "ERROR%c%s%c", 0, why, 0);
	send(s->src.fd, t.buf, t.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	endsession(s, why);
}

/* A request, in msg, to open a session; open is its id */
static void
opensession(struct session *s, const char *open, const char *msg, size_t len)
{
	struct session *old = find(KindSession, number(open, INT64_MAX));
	const char *err = NULL;

	if (old && old->leader->proc.pid != s->peer) {
		err = "another process's request id";
	} else if (old) { /* asked again, after we were away */
		closesource(&old->src);
		old->src.fd = s->src.fd;
		watch(&old->src, EPOLL_CTL_MOD, EPOLLIN);
		s->src.fd = -1;
		endsession(s, "asked again");
		s = old;
	} else if (quitting || pwrite(idfd, str("%020" PRId64, lastid + 1), 20, 0) != 20) {
		err = quitting ? "turnstiled is stopping" : "no space for its ID";
	} else if (!(err = addsession(s, s->src.fd, msg, len, '\0', s->peer, ++lastid))) {
		/* its ID was on disk before it is used: so it is never used again */
		if (savesession(s) < 0)
			save(s->login, 1);
		say(s->login, LOG_DEBUG, "session %" PRId64 ", leader %d", s->id, (int)s->peer);
	}
	if (err) {
		refuse(s, err);
		return;
	}
	s->login->nwaiting += s->state != SessionWaiting;
	s->state = SessionWaiting;
	s->due = now + logintimeout * 1000;
	linkdel(&s->pending);
	linkadd(&pending, &s->pending);
	if (s->login->state == LoginNone)
		s->login->due = 0; /* somebody came: try at once */
	steer(s->login, 0);
	if (s->state == SessionWaiting)
		send(s->src.fd, "WAIT", sizeof("WAIT"), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
sessionevent(struct source *src)
{
	struct session *s = (void *)src;
	static char msg[MAXRECORD];
	struct login *l;
	struct record r;
	int64_t uid;

	ssize_t n = recv(s->src.fd, msg, sizeof(msg), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		endsession(s, "its connection was closed");
		return;
	}
	if (n > (ssize_t)sizeof(msg) || recparse(&r, msg, n, '\0') || !r.val[KeyVersion])
		refuse(s, "a malformed record");
	else if (strcmp(r.val[KeyVersion], PROTOVERSION))
		refuse(s, "the module is of another version: install both of one");
	else if (r.val[KeyClose]) {
		struct session *other = find(KindSession, number(r.val[KeyClose], INT64_MAX));
		if (other == s) /* its file first: who is told so never sees it again */
			unlinkat(sessionsdir, str("%" PRId64, s->id), 0);
		else if (other)
			endsession(other, "it was closed");
		send(s->src.fd, "OK", sizeof("OK"), MSG_DONTWAIT | MSG_NOSIGNAL);
		endsession(s, "it was closed");
	} else if (r.val[KeyLinger] && (uid = number(r.val[KeyUid], UIDMAX)) >= 0) {
		if ((l = needlogin(uid, &r)))
			steer(l, 0);
		endsession(s, "it was said who lingers");
	} else if (s->state == SessionNew)
		opensession(s, r.val[KeyOpen], msg, n);
	else
		refuse(s, "a second request on a connection");
}

static void
acceptevent(struct source *src)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	struct session *s;

	int fd = accept4(src->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int failed = fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
	s = OF(struct session, pending, pending.next);
	if (failed && pending.next != &pending && s->state == SessionNew) {
		endsession(s, "others wait"); /* and are heard at once */
	} else if (failed) {
		if (!shortage++)
			say(NULL, LOG_ERR, "cannot accept: %s; trying again", strerror(errno));
		watch(src, EPOLL_CTL_MOD, 0);
		listendue = now + ACCEPTWAIT;
	}
	if (fd < 0)
		return;
	shortage = 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || cred.uid || cred.pid <= 0 ||
			!(s = calloc(1, sizeof(*s)))) {
		say(NULL, LOG_WARNING, "pid %d, uid %u, is refused", (int)cred.pid, cred.uid);
		close(fd);
		return;
	}
	s->src.event = sessionevent;
	s->src.fd = fd;
	s->peer = cred.pid;
	s->due = now + FIRSTWAIT;
	linkadd(&pending, &s->pending);
	watch(&s->src, EPOLL_CTL_ADD, EPOLLIN);
	sessionevent(&s->src); /* most have spoken already */
}

/* Calls f with each name in a directory of ours, numbers in order */
static void
eachname(const char *dir, void (*f)(const char *))
{
	struct dirent **e;
	int n = scandir(dir, &e, NULL, versionsort);

	for (int i = 0; i < n; free(e[i++]))
		f(e[i]->d_name);
	if (n >= 0)
		free(e);
}

/* Tells the daemon who the user of a marker is, or complains the first time */
static void
scanmarker(const char *name)
{
	const struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = SOCKPATH };
	struct text t = { 0 };
	struct passwd *pw;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return;
	if (!storable(name) || !ismarked(name)) {
		if (!scans)
			say(NULL, LOG_WARNING, LINGERDIR "/%s is ignored: a marker is a plain file "
				"with a user's name", name);
		return;
	}
	if (!(pw = getpwnam(name))) {
		if (!scans)
			say(NULL, LOG_WARNING, LINGERDIR "/%s: there is no user %s (yet), asking "
				"again now and then", name, name);
		missing = 1;
		return;
	}
	put(&t, "VERSION=%s\nLINGER=1\nUID=%u\nGID=%u\n", PROTOVERSION, pw->pw_uid, pw->pw_gid);
	putkey(&t, KeyUser, name);
	putkey(&t, KeyHome, pw->pw_dir);
	putkey(&t, KeyShell, pw->pw_shell);
	for (char *s = t.buf; (s = strchr(s, '\n'));)
		*s++ = '\0';
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0 ||
			send(fd, t.buf, t.len, MSG_NOSIGNAL) < 0)
		missing = 1;
	closefd(&fd);
}

/* The scanner, a child that may hang in the name service: says whose the markers
 * are, and asks again for users who are not there (yet). */
__attribute__((noreturn)) static void
scanmarkers(void)
{
	sigreset(0);
	keepone(2);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;; scans++) {
		missing = 0;
		eachname(LINGERDIR, scanmarker);
		if (!missing)
			_exit(0);
		sleep(growing(scans) / 1000);
	}
}

/* Follows the marker directory, whatever has become of it */
static void
scan(void)
{
	if ((int)backend == None || (int)linger != LingerMarked)
		return;
	inotify_add_watch(watches.fd, STATEDIR, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	inotify_add_watch(watches.fd, LINGERDIR, IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR);
	EACH(p, &logins) {
		struct login *l = LOGIN(p);
		int was = l->marked;
		if (was != (l->marked = ismarked(l->user)))
			steer(l, was);
	}
	if (scanner > 0)
		kill(scanner, SIGKILL); /* ours, and not yet reaped */
	if (!(scanner = fork()))
		scanmarkers();
	if (scanner < 0)
		say(NULL, LOG_ERR, "cannot look who lingers: %s", strerror(errno));
}

/* Executes the installed binary, which then recovers; if that cannot be,
 * nothing has changed. */
static void
reexec(void)
{
	say(NULL, LOG_INFO, "executing " BINARY);
	setenv(LISTENVAR, str("%d", listener.fd), 1);
	fcntl(listener.fd, F_SETFD, 0);
	limits(0);
	if (scanner > 0)
		kill(scanner, SIGKILL);
	execl(BINARY, BINARY, (char *)NULL);
	say(NULL, LOG_ERR, "cannot execute " BINARY ": %s; going on as before", strerror(errno));
	limits(1);
	fcntl(listener.fd, F_SETFD, FD_CLOEXEC);
	scan();
}

static void
watchevent(struct source *src)
{
	char buf[4096] __attribute__((aligned(8)));
	int rescan = 0;
	ssize_t n;

	while ((n = read(src->fd, buf, sizeof(buf))) > 0)
		for (char *s = buf; s < buf + n;) {
			const struct inotify_event *e = (const void *)s;
			s += sizeof(*e) + e->len;
			struct login *l = e->len ? find(KindLogin, number(e->name, UIDMAX)) : NULL;
			if (e->mask & IN_Q_OVERFLOW)
				reexec(); /* recovery is the way to know all again */
			else if (e->wd != loginwatch)
				rescan |= !(e->mask & IN_IGNORED);
			else if (l)
				reload(l);
		}
	if (rescan)
		scan();
}

/* Does what is due and writes what has changed.  Returns the next deadline. */
static int64_t
tend(void)
{
	int retry = retrydue && retrydue <= now;
	int64_t next = 0;

	if (retry)
		retrydue = 0;
	EACH(p, &pending) {
		struct session *s = OF(struct session, pending, p);
		if (s->due > now)
			next = SOONER(next, s->due);
		else if (s->state == SessionNew)
			endsession(s, "it said nothing");
		else
			answer(s, "the login timeout is over, services go on starting");
	}
	EACH(p, &logins) {
		struct login *l = LOGIN(p);
		if (l->due && l->due <= now && l->state == LoginStopping) {
			say(l, LOG_ERR, "its supervisor, pid %d, is late and %s", (int)l->proc.pid,
				l->killed ? "cannot be killed" : "is killed");
			sigfd(l->src.fd, SIGKILL);
			l->due = now + killtimeout * 1000;
			if (l->killed++)
				supervisorevent(&l->src); /* go on without it */
		} else if (l->due && l->due <= now) {
			l->due = 0;
			steer(l, 1);
		}
		if (!p->next)
			continue; /* it is gone */
		if (l->dirty && (!l->unsaved || retry))
			save(l, 0);
		next = SOONER(next, l->due);
	}
	if (listendue && listendue <= now) {
		listendue = 0;
		watch(&listener, EPOLL_CTL_MOD, EPOLLIN);
	}
	next = SOONER(next, listendue);
	next = SOONER(next, retrydue);
	return SOONER(next, quitdue);
}

static void
signalevent(struct source *src)
{
	struct signalfd_siginfo si;
	int stopping = 0;
	pid_t pid;

	while (read(src->fd, &si, sizeof(si)) == sizeof(si)) {
		while (si.ssi_signo == SIGCHLD && (pid = waitpid(-1, NULL, WNOHANG)) > 0)
			scanner = pid == scanner ? 0 : scanner;
		if (si.ssi_signo == SIGHUP && !quitting)
			reexec();
		stopping |= si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT;
	}
	if (!stopping || quitting)
		return;
	say(NULL, LOG_INFO, "stopping");
	quitting = 1;
	quitdue = now + STOPWAIT + 2 * killtimeout * 1000;
	EACH(p, &logins)
		steer(LOGIN(p), 1);
}

static void
run(void)
{
	struct epoll_event ev[BATCH];
	int busy = 1;

	for (;;) {
		int64_t next = tend();
		while (graves) {
			struct source *s = graves;
			graves = s->next;
			free(s); /* first in its object */
		}
		if (quitting) {
			busy = 0;
			EACH(p, &logins)
				busy |= LOGIN(p)->src.fd >= 0 || LOGIN(p)->left;
		}
		if (!busy || (quitdue && quitdue <= now))
			return;
		int n = epoll_wait(epfd, ev, BATCH, !next ? -1 : next > now ? next - now : 0);
		now = monotonic();
		for (int i = 0; i < n; i++) {
			struct source *s = ev[i].data.ptr;
			if (s->fd >= 0) /* not closed in this turn */
				s->event(s);
		}
	}
}

/* A login from its file or, where there is only its own directory, from that
 * directory's name */
static void
recoverlogin(const char *name)
{
	int64_t uid = number(name, UIDMAX);
	char buf[MAXRECORD];
	struct record r;
	struct login *l;

	if (*name == '.') { /* half written; if it is being written, then once more */
		unlinkat(privlogins, name, 0);
		unlinkat(usersdir, name, 0);
	}
	if (uid < 0 || find(KindLogin, uid))
		return;
	ssize_t len = getfile(privlogins, name, buf, sizeof(buf));
	if (len < 0 && faccessat(rundir, name, F_OK, 0) < 0 && !unlinkat(usersdir, name, 0))
		return; /* nothing but the public file */
	recparse(&r, buf, len > 0 ? len : 0, '\n'); /* loadlogin() complains */
	if (!(l = needlogin(uid, &r)))
		return;
	if (!r.val[KeyManaged]) /* unsure whose the runtime directory is: it stays, */
		l->managed = *l->user = '\0'; /* unless a session knows */
	l->proc.pid = number(r.val[KeyPid], INT_MAX);
	l->proc.start = number(r.val[KeyStart], INT64_MAX);
	loadlogin(l);
	l->stayed = l->order == OrderOn;
	if ((l->src.fd = openproc(&l->proc)) >= 0) {
		watch(&l->src, EPOLL_CTL_ADD, EPOLLIN);
		l->due = l->state == LoginStopping ? now + STOPWAIT : 0;
		if (l->state == LoginNone) { /* damaged: let it be written anew */
			l->order = OrderEnd + 1;
			l->state = LoginNew;
		}
	} else {
		say(l, LOG_WARNING, "its supervisor is gone; what it left is stopped first");
		l->left = 1;
		l->state = LoginNone;
	}
}

static void
recoversession(const char *name)
{
	int64_t id = number(name, INT64_MAX);
	struct session *s = calloc(1, sizeof(*s));
	const char *err = NULL;
	char buf[MAXRECORD + 128];

	ssize_t len = id > 0 && s ? getfile(sessionsdir, name, buf, sizeof(buf)) : -1;
	if (len > 0 && !(err = addsession(s, -1, buf, len, '\n', 0, id))) {
		s->state = SessionOpen;
		s->src.event = sessionevent;
		s->unsaved = s->login->unsaved = 1; /* write it anew */
		retrydue = now;
	} else {
		if (err)
			say(NULL, LOG_INFO, "session %s is over: %s", name, err);
		unlinkat(sessionsdir, name, 0); /* or half written */
		free(s);
	}
	lastid = id > lastid ? id : lastid;
}

/* The one way to start: takes back what is there, ends what is not */
static void
recover(void)
{
	char buf[24];

	if (getfile(privdir, "lastid", buf, sizeof(buf)) > 0 && (lastid = number(buf, INT64_MAX)) < 0) {
		say(NULL, LOG_WARNING, RUNDIR "/private/lastid is damaged, an ID may come again");
		lastid = 0;
	}
	eachname(RUNDIR "/private/logins", recoverlogin);
	eachname(RUNDIR "/sessions", recoversession);
	eachname(RUNDIR, recoverlogin);
	eachname(RUNDIR "/users", recoverlogin);
	EACH(p, &logins)
		steer(LOGIN(p), 0);
	scan();
}

/* A directory of ours, made when missing; nobody else may write to it */
static int
needdir(int at, const char *name, mode_t mode)
{
	struct stat st;

	if (mkdirat(at, name, mode) < 0 && errno != EEXIST)
		die(str("cannot make %s", name), errno);
	int fd = openat(at, name, DIRFLAGS);
	if (fd < 0 || fstat(fd, &st) < 0)
		die(str("cannot open %s", name), errno);
	if (st.st_uid || st.st_mode & 022)
		die(str("%s can be written by others than root, remove it", name), 0);
	return fd;
}

static void
add(struct source *s, int fd, void (*event)(struct source *), const char *what)
{
	*s = (struct source){ .event = event, .fd = fd };
	if (fd < 0 || watch(s, EPOLL_CTL_ADD, EPOLLIN) < 0)
		die(str("cannot watch %s", what), errno);
}

/* The listening socket: the one that an exec handed on, or a new one */
static int
needsocket(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = SOCKPATH };
	int fd = number(getenv(LISTENVAR), INT_MAX), on = 0;
	socklen_t len = sizeof(on);

	unsetenv(LISTENVAR);
	if (fd > 2 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		return fd;
	}
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		die("cannot make a socket", errno);
	if (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == 0)
		die("another turnstiled is running", 0);
	strcat(sun.sun_path, ".new"); /* renamed: it is never missing */
	unlink(sun.sun_path);
	umask(0177);
	if (bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0 || listen(fd, SOMAXCONN) < 0 ||
			rename(sun.sun_path, SOCKPATH) < 0)
		die("cannot listen on " SOCKPATH, errno);
	umask(022);
	return fd;
}

static void
setup(void)
{
	sigset_t all;
	int fd;

	if (*rundirpath && (*rundirpath != '/' || rundirpath[sizeof(rundirpath) - 2] == '/'))
		die("rundirpath in config.h is no absolute path, or ends with a slash", 0);
	if (syscall(SYS_close_range, ~0U, ~0U, 0) < 0) /* nothing of ours may leak */
		die("this kernel is too old, Linux 5.10 is needed", errno);
	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd < 3)
		;
	close(fd);
	umask(022);
	sigreset(1);
	sigfillset(&all);
	openlogfd();
	rundir = needdir(AT_FDCWD, RUNDIR, 0755);
	for (int n = 0; flock(rundir, LOCK_EX | LOCK_NB) < 0; poll(NULL, 0, 10))
		if (n++ == 100) /* a child of one that died lets go at once */
			die("another turnstiled is running: " RUNDIR " is locked", 0);
	privdir = needdir(rundir, "private", 0700);
	renameat(privdir, "sessions", rundir, "sessions"); /* see main() */
	sessionsdir = needdir(rundir, "sessions", 0755);
	usersdir = needdir(rundir, "users", 0755);
	privlogins = needdir(privdir, "logins", 0700);
	close(needdir(AT_FDCWD, STATEDIR, 0755));
	close(needdir(AT_FDCWD, LINGERDIR, 0755));
	idfd = openat(privdir, "lastid", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (idfd < 0)
		die("cannot make " RUNDIR "/private/lastid", errno);
	getrlimit(RLIMIT_NOFILE, &nofile);
	getfile(AT_FDCWD, "/proc/self/oom_score_adj", oomadj, sizeof(oomadj));
	limits(1);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	now = monotonic();
	epfd = epoll_create1(EPOLL_CLOEXEC);
	add(&signals, signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC), signalevent, "signals");
	add(&watches, inotify_init1(IN_NONBLOCK | IN_CLOEXEC), watchevent, "files");
	loginwatch = inotify_add_watch(watches.fd, RUNDIR "/private/logins", IN_MOVED_TO);
	if (loginwatch < 0)
		die("cannot watch " RUNDIR "/private", errno);
	add(&listener, needsocket(), acceptevent, SOCKPATH);
}

static int
bypid(const void *a, const void *b)
{
	pid_t x = ((const struct proc *)a)->pid, y = ((const struct proc *)b)->pid;

	return (x > y) - (x < y);
}

/* 1 if a process is what a killed supervisor left: in the login's cgroup, or one
 * of the user's that has fallen to the daemon */
static int
isold(const struct proc *p)
{
	char buf[4096];
	const char *name = strrchr(sv.l->cgroup, '/');

	if (name && getfile(AT_FDCWD, str("/proc/%d/cgroup", (int)p->pid), buf, sizeof(buf)) > 0 &&
			strstr(buf, str("%s\n", name)))
		return 1;
	return p->ppid == sv.daemon && sv.l->uid && getfile(AT_FDCWD, str("/proc/%d/status",
		(int)p->pid), buf, sizeof(buf)) > 0 && strstr(buf, str("\nUid:\t%u\t", sv.l->uid));
}

/* Signals every process of the tree: what descends from us or, for what a
 * killed supervisor left, what is in its cgroup and what of the user's has
 * fallen to the daemon.  SIGKILL goes to process groups too: then a fork that is
 * under way fails.  Returns how many there are, and adds their pids to t. */
static int
sweep(int sig, struct text *t)
{
	static struct proc all[32768]; /* of more than these, the next sweep finds the rest */
	struct proc p, *q;
	size_t n = 0, more;
	DIR *d = opendir("/proc");
	struct dirent *e;
	int found = 0;

	while (d && (e = readdir(d))) {
		if (n == LENGTH(all) || readproc(number(e->d_name, INT_MAX), &p) < 0)
			continue;
		p.ours = sv.old ? isold(&p) : p.ppid == sv.self && p.pid != sv.pam;
		all[n++] = p;
	}
	if (d)
		closedir(d);
	qsort(all, n, sizeof(*all), bypid);
	do {
		more = 0;
		for (size_t i = 0; i < n; i++) {
			p.pid = all[i].ppid;
			if (!all[i].ours && (q = bsearch(&p, all, n, sizeof(p), bypid)) && q->ours)
				more = all[i].ours = 1;
		}
	} while (more);
	for (size_t i = 0; i < n; i++) {
		/* a zombie's pidfd is readable only when its last thread has ended */
		struct pollfd p = { .fd = all[i].ours ? openproc(&all[i]) : -1, .events = POLLIN };
		if (p.fd < 0 || poll(&p, 1, 0) == 1) {
			closefd(&p.fd);
			continue;
		}
		found++;
		if (t)
			put(t, " %d", (int)all[i].pid);
		if (sig == SIGKILL && all[i].pgrp > 1 && all[i].pgrp != getpgrp())
			kill(-all[i].pgrp, sig);
		if (sig)
			sigfd(p.fd, sig);
		if (sig == SIGTERM)
			sigfd(p.fd, SIGCONT);
		close(p.fd);
	}
	return found;
}

/* 1 when no process of the tree is left.  Whatever the service manager ever
 * started is our child in the end; the PAM process, and what has not executed yet,
 * do not count for wait(): see SIGPAM. */
static int
treegone(void)
{
	siginfo_t si;

	if (sv.old)
		return !sweep(0, NULL);
	return !sv.l->manager.pid && !sv.ready &&
		waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT | (sv.pam ? 0 : __WALL)) < 0 &&
		errno == ECHILD;
}

/* 1 if a file system is mounted on name below the directory at */
static int
ismount(int at, const char *name)
{
	uint64_t how[] = { O_PATH | O_CLOEXEC, 0, 1 }; /* RESOLVE_NO_XDEV */
	int fd = syscall(SYS_openat2, at, name, how, sizeof(how));

	int r = fd < 0 && errno == EXDEV;
	closefd(&fd);
	return r;
}

/* Opens the directory that holds path, which must be root's alone; *name is
 * then the last part of path.  The directory is made when missing. */
static int
openparent(const char *path, const char **name)
{
	*name = strrchr(path, '/') + 1;
	const char *dir = str("%.*s", (int)(*name - path), path);
	mkdir(dir, 0755);
	int fd = open(dir, DIRFLAGS & ~O_NOFOLLOW);
	struct stat st;
	if (fd >= 0 && (fstat(fd, &st) < 0 || st.st_uid || st.st_mode & 022)) {
		closefd(&fd);
		errno = EPERM;
	}
	return fd;
}

/* Makes a directory of uid's with a tmpfs on it; where mounting is refused it
 * is a plain one.  What is mounted there already stays: then it returns 1, else
 * 0 or -1. */
static int
makemount(const char *path, uid_t uid, gid_t gid, mode_t mode, const char *size,
	const char *inodes)
{
	const char *name;
	struct stat st;
	int dir = openparent(path, &name), fd = -1, r = -1;

	if (dir >= 0 && (mkdirat(dir, name, mode) == 0 || errno == EEXIST)) {
		r = ismount(dir, name) ? 1 : -1; /* first: it may be a user's, do not open it */
		fd = r < 0 ? openat(dir, name, DIRFLAGS) : -1;
	}
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid && st.st_uid != uid) {
		errno = EPERM;
	} else if (fd >= 0 && fchmod(fd, mode) == 0 && fchown(fd, uid, gid) == 0) {
		r = 0;
		if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, str("mode=0%o,uid=%u,gid=%u,"
				"size=%s,nr_inodes=%s", (unsigned)mode, uid, gid, size, inodes)) < 0)
			say(sv.l, LOG_WARNING, "%s is a plain directory, no tmpfs can be mounted: %s",
				path, strerror(errno));
	}
	closefd(&fd);
	closefd(&dir);
	return r;
}

/* Detaches whatever is mounted on name below dir.  Returns how much it was. */
static int
detach(int dir, const char *name)
{
	const char *path = str("/proc/self/fd/%d/%s", dir, name);
	int n = 0;

	while (n < BUCKETS && umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		n++;
	return n;
}

/* Removes a file or an empty directory.  Returns 1 if it is gone, or errno is
 * ENOTEMPTY for a directory that is no mount point (the kernel looks for that
 * first). */
static int
drop(int dir, const char *name)
{
	do {
		if (!unlinkat(dir, name, 0) ||
				(errno != EBUSY && !unlinkat(dir, name, AT_REMOVEDIR)))
			return 1;
	} while (errno == EBUSY && detach(dir, name));
	return 0;
}

/* Empties a directory, as far as it can, and closes it.  Directories below top
 * (fd itself: -1) are moved up into it, so that no tree is deeper for us than
 * that; other file systems (than dev) are not entered.  Returns 1 if anything
 * has changed. */
static int
clear(int fd, int top, dev_t dev, int64_t until)
{
	static unsigned moved;
	struct dirent *e;
	struct stat st;
	int changed = 0;

	int other = fd < 0 || fstat(fd, &st) < 0 || (top >= 0 && st.st_dev != dev);
	DIR *d = other ? NULL : fdopendir(fd);
	while (d && (e = readdir(d)) && monotonic() < until) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (drop(fd, e->d_name))
			changed = 1;
		else if (errno != ENOTEMPTY)
			continue; /* a mount that stays, an immutable file */
		else if (top >= 0)
			changed |= renameat(fd, e->d_name, top, str(".%u", moved++)) == 0;
		else
			changed |= clear(openat(fd, e->d_name, DIRFLAGS), fd, st.st_dev, until);
	}
	if (d)
		closedir(d);
	else
		closefd(&fd);
	return changed;
}

/* Removes a directory that makemount() made: first the mounts on it, with all
 * below them, then, in bounded time, what is left.  Returns 0 or -1. */
static int
dropmount(const char *path)
{
	int64_t until = monotonic() + WALKWAIT;
	const char *name;
	int dir = openparent(path, &name), r;

	if (dir < 0)
		return -1;
	detach(dir, name);
	while ((r = unlinkat(dir, name, AT_REMOVEDIR)) < 0 && errno == ENOTEMPTY &&
			clear(openat(dir, name, DIRFLAGS), -1, 0, until))
		;
	r = r < 0 && errno == ENOENT ? 0 : r;
	closefd(&dir);
	return r;
}

/* No questions can be asked here; what a module says is not for anybody */
static int
converse(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	(void)data;
	for (int i = 0; i < n; i++)
		if (msg[i]->msg_style != PAM_ERROR_MSG && msg[i]->msg_style != PAM_TEXT_INFO)
			return PAM_CONV_ERR;
	return (*resp = calloc(n, sizeof(**resp))) ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* Names a cgroup below the one we are in; "" where there is no cgroup2 hierarchy */
static void
namecgroup(const struct login *l, char *name)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	char buf[4096], *own;

	*name = '\0';
	getfile(AT_FDCWD, "/proc/self/cgroup", buf, sizeof(buf));
	if (!(own = strstr(buf, "0::/")))
		return;
	own[strcspn(own, "\n")] = '\0';
	own += strcmp(own, "0::/") ? 3 : 4;
	for (size_t i = 0; i < LENGTH(mounts) && !*name; i++)
		if (access(str("%s%s/cgroup.subtree_control", mounts[i], own), F_OK) == 0)
			copy(name, str("%s%s/turnstiled.%u.%d", mounts[i], own, l->uid,
				(int)getpid()), "");
}

/* Makes the environment of what runs for the user.  PAM's variables win, but not
 * over our runtime directory. */
static void
makeenv(const struct login *l, pam_handle_t *pamh)
{
	static const struct { const char *name, *val; } vars[] = {
		{ "HOME", "%h" }, { "USER", "%n" }, { "LOGNAME", "%n" }, { "PATH", path },
		{ "UID", "%u" }, { "GID", "%g" }, { "TURNSTILE_DIR", RUNDIR "/%u" },
		{ "XDG_RUNTIME_DIR", "%r" }, { "DBUS_SESSION_BUS_ADDRESS", "unix:path=%r/bus" } };
	size_t n = LENGTH(vars) - (l->managed != RundirWanted && *l->runtime ? !exportdbus : 2);

	clearenv();
	for (size_t i = 0; i < n; i++) {
		struct text t = { 0 };
		expand(&t, vars[i].val, l);
		setenv(vars[i].name, t.buf, 1);
	}
	setenv("SHELL", l->shell, 1);
	setenv("TURNSTILE_COREWAIT", str("%d", corewait), 1);
	for (char **e = pam_getenvlist(pamh); e && *e; e++)
		putenv(*e);
	if (l->managed == RundirMade)
		setenv("XDG_RUNTIME_DIR", l->runtime, 1);
}

/* Becomes the user and executes a command of the backend: the only way on which
 * anything runs for a user */
__attribute__((noreturn)) static void
runchild(const struct login *l, const struct message *m, pam_handle_t *pamh)
{
	const struct backend *b = &backends[backend];
	const char *const cmd[] = { b->run, b->ready, b->stop };

	setsid();
	if (initgroups(l->user, l->gid) < 0 || setresgid(l->gid, l->gid, l->gid) < 0 ||
			setresuid(l->uid, l->uid, l->uid) < 0) {
		say(l, LOG_ERR, "cannot become the user: %s", strerror(errno));
		_exit(126);
	}
	/* only now: becoming the user clears it */
	if (m->what == RunManager && (prctl(PR_SET_PDEATHSIG, b->stopsig ? b->stopsig : SIGTERM) < 0 ||
			getppid() != sv.self))
		_exit(126);
	makeenv(l, pamh); /* only now: root heeds no variable that a user may have chosen */
	if (chdir(l->home) < 0) {
		say(l, LOG_WARNING, "cannot enter its home %s, services start in /: %s", l->home,
			strerror(errno));
		if (chdir("/") < 0)
			_exit(126);
	}
	int null = open("/dev/null", O_RDWR);
	int fd = open(str("%s/ready", sv.own), O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
	fcntl(fd, F_SETFL, 0);
	for (int i = 0; i < 4; i++)
		if (dup2(i < 3 || fd < 0 ? null : fd, i) < 0)
			_exit(126); /* what is open there is the daemon's */
	syscall(SYS_close_range, 4, ~0U, 0);
	sigreset(0);
	if (profile && m->what == RunManager)
		execl(LIBEXECDIR "/profile", "profile", "/bin/sh", "-c", cmd[m->what], "turnstile",
			m->text, (char *)NULL);
	execl("/bin/sh", "sh", "-c", cmd[m->what], "turnstile", m->text, (char *)NULL);
	_exit(errno == ENOENT ? 127 : 126);
}

/* The PAM process: opens the session, forks for its supervisor what runs in it,
 * and closes it when the supervisor is done or gone.  PAM's modules may hang,
 * crash and limit here what they like.  What it forks is its supervisor's child. */
__attribute__((noreturn)) static void
pamprocess(struct login *l, int fd)
{
	const struct pam_conv conv = { converse, NULL };
	struct message m = { .what = Opened };
	uint64_t how[11] = { CLONE_PARENT | 1ULL << 33 }; /* CLONE_INTO_CGROUP, the last */
	pam_handle_t *pamh = NULL;
	char cgroup[MAXVALUE];

	keepone(fd);
	limits(0);
	sigreset(0);
	signal(SIGPIPE, SIG_IGN);
	clearenv();
	setenv("PATH", path, 1);
	m.err = pam_start("turnstiled", l->user, &conv, &pamh);
	if (m.err == PAM_SUCCESS)
		m.err = pam_open_session(pamh, 0);
	if (m.err != PAM_SUCCESS) {
		copy(m.text, pam_strerror(pamh, m.err), "");
		send(KEPT, &m, sizeof(m), MSG_NOSIGNAL);
		_exit(1);
	}
	namecgroup(l, cgroup);
	copy(m.text, cgroup, "");
	send(KEPT, &m, sizeof(m), MSG_NOSIGNAL);
	while (recv(KEPT, &m, sizeof(m), 0) == sizeof(m)) {
		if (*cgroup && mkdir(cgroup, 0755) < 0 && errno != EEXIST)
			*cgroup = '\0';
		int dir = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
		how[10] = dir;
		m.pid = *cgroup ? syscall(SYS_clone3, how, sizeof(how)) : -1;
		if (m.pid < 0)
			m.pid = syscall(SYS_clone, CLONE_PARENT | SIGPAM, 0, 0, 0, 0);
		if (!m.pid)
			runchild(l, &m, pamh);
		m.err = errno;
		closefd(&dir);
		send(KEPT, &m, sizeof(m), MSG_NOSIGNAL);
	}
	pam_close_session(pamh, 0);
	pam_end(pamh, PAM_SUCCESS);
	_exit(0);
}

/* Writes the login's file: what the daemon knows of us */
static void
report(const char *state)
{
	sv.state = sv.l->order == OrderEnd ? statename[LoginStopping] : state;
	int failed = savelogin(sv.l, sv.state) < 0;
	if (failed && !sv.unsaved)
		say(sv.l, LOG_ERR, "cannot write its file: %s; trying again", strerror(errno));
	if (failed) /* something else may be mounted there now */
		close(privlogins), privlogins = open(RUNDIR "/private/logins", DIRFLAGS);
	sv.unsaved = failed;
}

/* Has the PAM process close its session, in bounded time */
static void
closepam(void)
{
	struct pollfd p = { .events = POLLIN };

	closefd(&sv.pamfd);
	if (!sv.pam)
		return;
	p.fd = syscall(SYS_pidfd_open, sv.pam, 0);
	if (p.fd >= 0 && poll(&p, 1, killtimeout * 1000) != 1) {
		say(sv.l, LOG_ERR, "its PAM session does not close, killing pid %d", (int)sv.pam);
		kill(sv.pam, SIGKILL);
		poll(&p, 1, TICK);
	}
	closefd(&p.fd);
	waitpid(sv.pam, NULL, WNOHANG | __WALL);
	sv.pam = 0;
}

/* PAM's answer */
static void
heard(const struct message *m)
{
	if (m->what != Opened)
		return;
	sv.opened = m->err ? -1 : 1;
	copy(sv.l->cgroup, m->err ? NULL : m->text, "");
	if (m->err)
		say(sv.l, LOG_ERR, "no PAM session for its services: %s; see /etc/pam.d/turnstiled",
			m->text);
}

/* Runs a command of the backend in the PAM session.  Returns its pid or 0. */
static pid_t
spawn(int what, const char *arg)
{
	struct message m = { .what = what };
	struct pollfd p = { .fd = sv.pamfd, .events = POLLIN };

	copy(m.text, arg, "");
	if (sv.pamfd < 0 || send(sv.pamfd, &m, sizeof(m), MSG_NOSIGNAL) < 0)
		return 0;
	while (poll(&p, 1, SPAWNWAIT) == 1 && recv(sv.pamfd, &m, sizeof(m), 0) == sizeof(m)) {
		if (m.what == what && m.pid < 0)
			say(sv.l, LOG_ERR, "cannot fork: %s", strerror(m.err));
		if (m.what == what)
			return m.pid < 0 ? 0 : m.pid;
		heard(&m);
	}
	say(sv.l, LOG_ERR, "its PAM process (pid %d) does not answer, killing it", (int)sv.pam);
	kill(sv.pam, SIGKILL);
	closepam(); /* it may have forked: now treegone() counts that */
	return 0;
}

static void
reap(void)
{
	pid_t pid;
	int st;

	while ((pid = waitpid(-1, &st, WNOHANG | __WALL)) > 0) {
		pid_t *who = pid == sv.pam ? &sv.pam : pid == sv.ready ? &sv.ready :
			pid == sv.l->manager.pid && !sv.old ? &sv.l->manager.pid : NULL;
		if (who == &sv.pam && sv.opened >= 0)
			say(sv.l, LOG_ERR, "its PAM process ended early; see /etc/pam.d/turnstiled");
		if (who == &sv.pam)
			closefd(&sv.pamfd);
		else if (who)
			sv.status = st;
		if (who)
			*who = 0;
	}
}

/* 1 if a FUSE is mounted on path: its server, a user's, may make us wait for ever */
static int
isfuse(const char *path)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char buf[4096];
	int fuse = 0;

	while (f && fgets(buf, sizeof(buf), f))
		if (strstr(buf, str(" %s ", path))) /* the last one is on top */
			fuse = strstr(buf, " - fuse") != NULL;
	if (f)
		fclose(f);
	return fuse;
}

/* Looks, as the user, whether the bus is in the runtime directory: in the one that
 * we made, whatever is mounted over it now.  Until it is there that is watched, by
 * dnotify (SIGIO): that costs none of the user's or root's few inotify instances,
 * and closing it none of the ms that those take.  Returns 1 if it is there. */
static int
lookbus(void)
{
	struct login *l = sv.l;
	struct stat st;

	if (exportdbus && sv.busfd < 0 && (sv.made >= 0 || !isfuse(l->runtime)) &&
			seteuid(l->uid) == 0) {
		sv.busfd = openat(sv.made, sv.made >= 0 ? "." : l->runtime, DIRFLAGS);
		if (seteuid(0) < 0)
			_exit(1);
		fcntl(sv.busfd, F_NOTIFY, DN_CREATE | DN_RENAME | DN_MULTISHOT);
	}
	l->bus = !ismount(sv.busfd, "bus") && !fstatat(sv.busfd, "bus", &st, AT_SYMLINK_NOFOLLOW) &&
		S_ISSOCK(st.st_mode);
	if (l->bus)
		closefd(&sv.busfd);
	return l->bus;
}

static void
openfifo(void)
{
	closefd(&sv.fifo);
	sv.fifo = open(str("%s/ready", sv.own), O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	sv.linelen = 0;
}

/* A record from the FIFO: a complaint for the log or, else, readiness */
static void
readline(void)
{
	sv.line[sv.linelen] = '\0';
	if (*sv.line == '!' && sv.notes++ < MAXNOTES)
		say(sv.l, LOG_WARNING, "%s", sv.line + 1);
	else if (*sv.line != '!' && !sv.isready++)
		memcpy(sv.said, sv.line, sizeof(sv.said));
	sv.linelen = 0;
}

static void
readfifo(void)
{
	char buf[512];
	ssize_t n = read(sv.fifo, buf, sizeof(buf));

	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\n' || buf[i] == '\0')
			readline();
		else if (sv.linelen < sizeof(sv.line) - 1)
			sv.line[sv.linelen++] = buf[i];
	}
	if (n == 0) { /* open it anew, or the end of file is reported for ever */
		if (sv.linelen)
			readline();
		openfifo();
	}
}

/* Makes the runtime directory, where that could not be done yet */
static void
makerundir(void)
{
	struct login *l = sv.l;

	if (l->managed != RundirWanted || l->order == OrderEnd)
		return;
	int r = makemount(l->runtime, l->uid, l->gid, 0700, rundirsize, rundirinodes);
	if (r == 0)
		sv.made = open(l->runtime, O_PATH | DIRFLAGS);
	if (r >= 0) {
		l->managed = RundirMade;
		report(sv.state);
	} else if (!sv.told++) {
		say(l, LOG_ERR, "cannot make %s: %s; trying again", l->runtime, strerror(errno));
	}
}

/* Waits for something to happen, at most until a time (0: for ever) */
static void
await(int64_t until)
{
	int fds[] = { sv.sigfd, sv.pamfd, sv.fifo };
	int o = sv.l->order, orders = sv.l->orders;
	struct signalfd_siginfo si;
	struct pollfd p[LENGTH(fds)];
	struct message m;
	int64_t again = sv.unsaved ? now + RETRYWAIT : 0;

	if (sv.l->managed == RundirWanted && sv.l->order != OrderEnd)
		again = SOONER(again, now + growing(sv.told));
	until = SOONER(until, again);
	for (size_t i = 0; i < LENGTH(fds); i++)
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	poll(p, LENGTH(fds), !until ? -1 : until > now ? until - now : 0);
	now = monotonic();
	if (p[1].revents && recv(sv.pamfd, &m, sizeof(m), MSG_DONTWAIT) == sizeof(m))
		heard(&m);
	else if (p[1].revents)
		closefd(&sv.pamfd);
	if (p[2].revents)
		readfifo();
	while (read(sv.sigfd, &si, sizeof(si)) == sizeof(si)) {
		sv.l->orders += (int)si.ssi_signo == SIGORDER;
		if (si.ssi_signo == SIGIO && sv.busfd >= 0 && lookbus())
			report(sv.state);
		else if (si.ssi_signo == SIGTERM)
			sv.l->order = OrderEnd;
		else if ((int)si.ssi_signo == SIGORDER && sv.l->order != OrderEnd)
			sv.l->order = si.ssi_int;
	}
	reap();
	makerundir();
	if (sv.unsaved || (orders != sv.l->orders && o == sv.l->order))
		report(sv.state);
}

/* Ends the tree, by the ladder: what the backend has for it, SIGTERM, SIGKILL.
 * What survives even that is reported. */
static void
endtree(void)
{
	const struct backend *b = &backends[backend];
	struct login *l = sv.l;
	struct text t = { 0 };
	report(statename[LoginStarting]);
	if (sv.ready && kill(-sv.ready, SIGKILL) < 0)
		kill(sv.ready, SIGKILL); /* it has no group of its own yet */
	closefd(&sv.fifo);
	closefd(&sv.busfd);
	l->bus = 0;
	int64_t end = now + stoptimeout * 1000;
	for (int rung = RungStop; !treegone(); rung++) {
		int64_t until = rung > RungAgain ? now + killtimeout * 1000 :
			rung == RungAgain || end < now + AGAINWAIT ? end : now + AGAINWAIT;
		int fd = openproc(&l->manager);
		if (rung == RungStop && fd < 0) {
			sweep(SIGTERM, NULL); /* nobody else will tell them */
		} else if (rung == RungStop && (!b->stop || sv.old ||
				!spawn(RunStop, str("%d", (int)l->manager.pid)))) {
			sigfd(fd, b->stopsig ? b->stopsig : SIGTERM);
			sigfd(fd, SIGCONT);
		} else if (rung == RungAgain && fd < 0) {
			/* a runsv that is just forking loses its first SIGTERM */
			getfile(AT_FDCWD, str("/proc/self/task/%d/children", (int)sv.self), t.buf,
				sizeof(t.buf));
			char *s = t.buf;
			for (pid_t pid; (pid = strtol(s, &s, 10)) > 0 && *s == ' ';)
				if (pid != sv.pam)
					kill(pid, SIGTERM);
		} else if (rung == RungTerm) {
			say(l, LOG_WARNING, "services still run after %d s, sending SIGTERM", stoptimeout);
			sweep(SIGTERM, NULL);
		} else if (rung == RungKill) {
			say(l, LOG_WARNING, "services still run %d s after SIGTERM, killing them",
				killtimeout);
			if (*l->cgroup) /* at once, fork bombs included */
				tell(str("%s/cgroup.kill", l->cgroup), "1");
			for (int n = 0; n < 20 && sweep(SIGKILL, NULL); n++)
				;
		} else if (rung == RungTop) {
			sweep(0, &t);
			say(l, LOG_ERR, "cannot be killed, so its runtime directory stays:%s", t.buf);
			sv.survivors = 1;
		}
		closefd(&fd);
		if (rung == RungTop)
			break;
		while (now < until && !treegone()) {
			await(rung == RungKill || sv.old ? now + TICK : until);
			if (rung == RungKill)
				sweep(SIGKILL, NULL);
		}
	}
	l->manager.pid = sv.ready = 0;
	/* a kernel may kill what is cloned into a cgroup that was killed: the next is a new one */
	if (*l->cgroup && rmdir(l->cgroup) < 0 && errno == EBUSY)
		closepam();
}

/* The login's own directory: the readiness FIFO, and a directory for the
 * service manager.  The FIFO's time is in the past, a measure for scripts: what
 * is not older has been changed just now.  Returns 0 or -1. */
static int
makeown(void)
{
	const struct timespec past[2] = { { time(NULL) - 2, 0 }, { time(NULL) - 2, 0 } };
	const struct login *l = sv.l;

	if (makemount(sv.own, 0, 0, 0755, "1m", "1k") < 0)
		return -1;
	int dir = open(sv.own, DIRFLAGS);
	int r = dir < 0 || (mkfifoat(dir, "ready", 0600) < 0 && errno != EEXIST) ||
		fchownat(dir, "ready", l->uid, l->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
		utimensat(dir, "ready", past, AT_SYMLINK_NOFOLLOW) < 0 ||
		(mkdirat(dir, "sv", 0700) < 0 && errno != EEXIST) || (!ismount(dir, "sv") &&
		fchownat(dir, "sv", l->uid, l->gid, AT_SYMLINK_NOFOLLOW) < 0) ? -1 : 0;
	closefd(&dir);
	return r;
}

/* Forks the PAM process, as SIGPAM says.  Returns its pid or -1. */
static pid_t
startpam(void)
{
	int pair[2];

	closefd(&sv.pamfd);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid_t pid = syscall(SYS_clone, SIGPAM, 0, 0, 0, 0);
	if (!pid)
		pamprocess(sv.l, pair[1]);
	close(pair[1]);
	sv.pamfd = pair[0]; /* the next start closes it if there is nobody */
	sv.opened = 0;
	sv.pam = pid > 0 ? pid : 0;
	return pid;
}

/* 1 while services are wanted and the service manager lives */
static int
serving(void)
{
	return sv.l->order == OrderOn && sv.l->manager.pid;
}

/* Starts the services and waits until they are up; then until they are not
 * wanted any more or the service manager ends, which counts as a failure when
 * it died young.  Nothing of them runs any more afterwards. */
static void
serve(void)
{
	const struct backend *b = &backends[backend];
	struct login *l = sv.l;

	sv.fails++;
	report(statename[LoginStarting]);
	if (makeown() < 0 || (!sv.pam && startpam() < 0)) {
		say(l, LOG_ERR, "cannot start its services: %s", strerror(errno));
		return;
	}
	while (l->order == OrderOn && sv.pam && !sv.opened)
		await(0);
	if (l->order != OrderOn || !sv.pam || sv.opened < 0) {
		closepam();
		return;
	}
	report(statename[LoginStarting]); /* the cgroup must be known first */
	openfifo();
	sv.isready = sv.notes = 0;
	pid_t pid = spawn(RunManager, sv.started++ ? "again" : "first");
	if (!pid || readproc(pid, &l->manager) < 0) {
		endtree();
		return;
	}
	report(statename[LoginStarting]);
	int64_t begun = now, until = now + corewait * 1000 + COREGRACE;
	while (serving() && !sv.isready && now < until)
		await(until);
	if (serving() && sv.isready && b->ready && (sv.ready = spawn(RunReady, sv.said))) {
		until = now + corewait * 1000 + COREGRACE;
		while (serving() && sv.ready && now < until)
			await(until);
		if (serving() && !sv.ready && sv.status)
			say(l, LOG_WARNING, "the ready command failed, login goes on");
		if (sv.ready && kill(-sv.ready, SIGKILL) < 0)
			kill(sv.ready, SIGKILL);
	}
	if (serving()) {
		if (now >= until)
			say(l, LOG_WARNING, "its services are not ready after %d s, login goes on",
				corewait);
		closefd(&sv.fifo);
		lookbus();
		report(statename[LoginReady]);
		while (serving())
			await(0);
	}
	if (now - begun >= YOUNG)
		sv.fails = 1;
	if (!l->manager.pid)
		say(l, LOG_WARNING, "its service manager (%s) ended, %s %d; starting it again%s",
			b->name, WIFSIGNALED(sv.status) ? "signal" : "status", WIFSIGNALED(sv.status) ?
			WTERMSIG(sv.status) : WEXITSTATUS(sv.status), sv.fails > 1 ? " after a pause" : "");
	else
		sv.fails = 0;
	endtree();
}

/* The end: all away again, the login's file last */
__attribute__((noreturn)) static void
finish(void)
{
	struct login *l = sv.l;

	closepam();
	if (!sv.survivors)
		endtree(); /* what PAM's modules left */
	if (l->managed == RundirMade && !sv.survivors && dropmount(l->runtime) < 0)
		say(l, LOG_ERR, "%s cannot be removed: %s", l->runtime, strerror(errno));
	if (dropmount(sv.own) < 0)
		say(l, LOG_ERR, "%s cannot be removed: %s", sv.own, strerror(errno));
	unlinkat(privlogins, str("%u", l->uid), 0);
	_exit(0);
}

/* The supervisor of a login, from its fork on */
static void
supervise(struct login *l, int go[2])
{
	sigset_t all;
	char c;

	sv = (struct supervisor){ .l = l, .self = getpid(), .daemon = sv.daemon, .old = l->left,
		.pamfd = -1, .fifo = -1, .busfd = -1, .made = AT_FDCWD, .state = statename[LoginStarting] };
	snprintf(sv.own, sizeof(sv.own), RUNDIR "/%u", l->uid);
	keepone(go[0]);
	if (read(KEPT, &c, 1) != 1)
		_exit(1); /* our file could not be written */
	close(KEPT);
	privlogins = open(RUNDIR "/private/logins", DIRFLAGS);
	readproc(sv.self, &l->proc);
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	sigfillset(&all);
	sv.sigfd = signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
	now = monotonic();
	makerundir();
	if (sv.old) {
		endtree();
		*l->cgroup = '\0';
		sv.old = 0;
	}
	for (;;) {
		int64_t until = now + growing(sv.fails - 2);
		if (l->order == OrderEnd)
			finish();
		if (l->order == OrderOff)
			closepam(), sv.started = 0; /* the next start is a first one */
		if (l->order == OrderOff || sv.fails > 1) {
			report(statename[LoginReady]); /* there is nothing to wait for */
			for (int o = l->order; l->order == o && (o == OrderOff || now < until);)
				await(o == OrderOff ? 0 : until);
		}
		if (l->order == OrderOn)
			serve();
	}
}

int
main(int argc, char *argv[])
{
	if (argc > 1) {
		int v = argc == 2 && !strcmp(argv[1], "-v");
		fputs(v ? "turnstiled " VERSION "\n" : "usage: turnstiled [-v]\n",
			v ? stdout : stderr);
		return v ? 0 : 2;
	}
	if (geteuid())
		die("must be started as root", 0);
	setup();
	recover();
	say(NULL, LOG_INFO, "turnstiled " VERSION " is ready");
	run();
	say(NULL, LOG_INFO, "stopped");
	EACH(p, &logins)
		unlinkat(usersdir, str("%u", LOGIN(p)->uid), 0);
	/* nobody tells now how long they are: the next one finds out */
	renameat(rundir, "sessions", privdir, "sessions");
	unlink(SOCKPATH);
	return 0;
}
