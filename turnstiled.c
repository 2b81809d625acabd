/* See LICENSE file for copyright and license details.
 *
 * turnstiled knows who is logged in and runs each user's service manager.
 *
 * pam_turnstile.so, in the process that opens a PAM session (its leader),
 * connects and says who comes (proto.h).  That is a session.  A login is a user
 * with at least one session, or one who lingers; it has a supervisor, a forked
 * process of root's that makes the runtime directory, opens a PAM session for
 * the services, starts the service manager, restarts it, stops everything that
 * it ever started, and cleans up.  The daemon only tells it, by signal, what is
 * wanted: services, none, or the end.
 *
 *   login    LoginNone -> LoginNew -> LoginStarting -> LoginReady
 *            -> LoginStopping -> LoginNone, and again if somebody came meanwhile
 *
 * The daemon never waits for anybody: no name service, no PAM, no path that a
 * user controls, no child, no peer.  What can block is the supervisor's.  One
 * loop waits for the listening socket, the sessions' connections, the leaders'
 * and supervisors' pidfds, signals, and two directories: the supervisors' files
 * (a login's state, as its supervisor sees it) and the linger markers.
 *
 * There is one way to start, and it is recovery: all that must be known is in
 * files below RUNDIR, each with one writer, each renamed into place.  SIGHUP
 * executes the installed binary; only the listening socket goes along.
 *
 * The supervisor starts at supervise(), its loop is the second half of the
 * program.  To understand everything else, start reading main(). */
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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "proto.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define LENGTH(x)       (sizeof(x) / sizeof((x)[0]))
#define OF(type, m, p)  ((type *)(void *)((char *)(p) - offsetof(type, m)))
#define EACH(p, head)   for (p = (head)->next; p != (head); p = p->next)
#define BINARY          SBINDIR "/turnstiled"
#define LINGERDIR       STATEDIR "/linger"
#define LISTENVAR       "TURNSTILED_LISTEN" /* the socket, from exec to exec */
#define SIGORDER        SIGRTMIN /* with the order as its value; queued, in turn */
#define SIGPAM          SIGIO /* not SIGCHLD: wait() shall not count that child */

enum {
	KEPT      = 4,           /* a child's one descriptor of its own; 3 is for readiness */
	BUCKETS   = 1024,
	BATCH     = 64,          /* events a turn */
	MAXVARS   = 256,         /* variables of an environment */
	ACCEPTWAIT = 100,        /* ms until accept is tried again without descriptors */
	FIRSTWAIT = 5000,        /* ms until a connection has said something */
	RETRYWAIT = 1000,        /* ms until what failed for a shortage is tried again */
	PROFWAIT  = 5000,        /* ms for /etc/profile */
	YOUNG     = 10000,       /* ms: a service manager dying earlier died young */
	MAXPAUSE  = 64000,       /* ms between starts of one that dies young */
	MAXNOTES  = 16,          /* complaints logged a start */
	LOOKUPWAIT = 30,         /* seconds for the name service */
	SPAWNWAIT = 5000,        /* ms for the PAM process to fork */
	COREGRACE = 500,         /* ms for a readiness script's own report */
	TICK      = 20,          /* ms between looks at a tree that must end */
	WALKWAIT  = 10000,       /* ms for the removal of a runtime directory */
	STOPSLACK = 20000,       /* ms for PAM's close and the clean-up */
};

enum { LoginNone, LoginNew, LoginStarting, LoginReady, LoginStopping };
enum { OrderOn, OrderOff, OrderEnd };
enum { SessionNew, SessionWaiting, SessionOpen, SessionGone };

/* supervisor: idle, ending what a killed one left, opening PAM, starting,
 * waiting for the core services, up, waiting to start again, stopping */
enum { PhaseIdle, PhaseOld, PhasePam, PhaseStart, PhaseReady, PhaseUp, PhasePause,
       PhaseStop };
enum { RungStop, RungTerm, RungKill, RungTop };
enum { RunManager, RunReady, RunStop, RunProfile, Opened, Note };

struct link {
	struct link *prev, *next;
};

struct source {
	void (*event)(struct source *, unsigned);
	int fd;
};

struct record {
	char *val[KeyLast]; /* into somebody's buffer; NULL if not said */
};

struct text {
	size_t len;         /* >= sizeof(buf): did not fit */
	char buf[MAXRECORD];
};

struct leader {
	struct source src;  /* its pidfd */
	pid_t pid;
	unsigned long long start;
	struct link sessions;
	struct leader *next;
};

struct session {
	struct source src;  /* the connection, or -1 */
	int state;
	int light;
	int unsaved;        /* its files could not be written */
	unsigned long long id;
	int64_t due;        /* SessionNew: first record; SessionWaiting: answer */
	char *buf;          /* the request */
	struct record rec;
	struct login *login;
	struct leader *leader;
	struct link inlogin, inleader, pending;
	struct session *next;
};

struct login {
	struct source src;  /* pidfd of the supervisor */
	int state;
	int order, orders;  /* the last one and how many; all are numbered */
	uid_t uid;
	gid_t gid;
	char *user, *home, *shell;
	char *runtime;      /* XDG_RUNTIME_DIR, "" for none */
	int managed;        /* the runtime directory is ours */
	int bus;
	int marked;         /* lingers by marker */
	int stayed;         /* lingers by LingerAlways */
	int unsaved;        /* its public file could not be written */
	int left;           /* the last supervisor was killed: there is its file */
	int killed;         /* this one did not stop in time */
	int fails;          /* supervisors that died young, in a row */
	pid_t pid;          /* the supervisor */
	unsigned long long start;
	int64_t since;      /* its start on our clock */
	int64_t due;        /* by state: next try, stop delay, kill */
	pid_t manager;
	unsigned long long managerstart;
	char *cgroup;       /* the service manager's, "" for none */
	char *env;          /* for logins: NAME=value strings, ended by an empty one */
	struct link sessions;
	size_t nsessions, nfull, nwaiting, nseated;
	char *ids;          /* the sessions' IDs, each with a blank after it */
	size_t idslen, idscap;
	struct link all, dirty;
	struct login *next;
};

struct marker {
	char *name;
	int seen;           /* in the directory, this time */
	int bad;            /* no marker at all */
	int asked;          /* of the name service, now */
	int known;          /* its user has been found */
	uid_t uid;
	int tries;
	int64_t due;
	struct marker *next;
};

struct proc {
	pid_t pid, ppid, pgrp;
	char state;
	unsigned long long start;
	int ours;
};

/* what a supervisor asks of its PAM process, and hears from it and its children */
struct message {
	int what, err;
	pid_t pid;
	char text[MAXVALUE];
};

struct supervisor {
	struct login *l;
	int phase, rung;
	int64_t due;        /* the end of the phase, or of the rung */
	pid_t self, daemon;
	pid_t pam;          /* opened the PAM session, forks what runs for the user */
	int pamfd;
	pid_t ready;        /* the ready command */
	int started;        /* a service manager has run in this login */
	int64_t begun;      /* the last one's start */
	int fails;          /* that died young, in a row */
	int fifo;
	char line[256];
	size_t linelen;
	int notes;
	int buswatch;
	int survivors;
	int unsaved;
	const char *told;   /* the state last written */
};

#include "config.h"

static void acceptevent(struct source *src, unsigned events);
static const char *addsession(struct session *s, struct record *r, char *buf, pid_t pid, unsigned long long start, unsigned long long id);
static void answer(struct session *s, const char *why);
static int answerable(const struct session *s);
static void arm(int64_t *due, int64_t ms);
static void baseenv(const struct login *l);
static void beginstop(void);
static int busy(void);
static int bypid(const void *a, const void *b);
static int canserve(const struct login *l);
static void cleanhalf(const char *name);
static void cleansession(const char *name);
static void cleanuser(const char *name);
static void climb(void);
static void closeall(int fd);
static void closepam(void);
static void closesource(struct source *s);
static int converse(int n, const struct pam_message **msg, struct pam_response **resp, void *data);
static int detach(int dir, const char *name);
static void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void dirty(struct login *l);
static void disarm(int64_t *due);
static int drop(int dir, const char *name);
static int dropbelow(int top, const char *name, dev_t dev);
static void dropleader(struct leader *d);
static void droplogin(struct login *l);
static int dropmount(const char *path);
static void eachname(int dir, void (*f)(const char *));
static void endsession(struct session *s, const char *why);
static char *expand(const char *s, const struct login *l);
static void expire(void);
static struct login *findlogin(uid_t uid);
static struct marker *findmarker(const char *name);
static struct session *findsession(const char *id);
static void finish(void) __attribute__((noreturn));
static void freelogin(struct login *l);
static ssize_t getfile(int dir, const char *name, char *buf, size_t size);
static int64_t growing(int n, int64_t most);
static void heard(const struct message *m);
static unsigned idhash(const char *id);
static int islight(const struct record *r);
static int ismount(int at, const char *name);
static int isproc(pid_t pid, unsigned long long start);
static void keepone(int fd);
static void killtree(void);
static void leaderevent(struct source *src, unsigned events);
static void limits(int raised);
static int lingers(const struct login *l);
static void linkadd(struct link *head, struct link *l);
static void linkdel(struct link *l);
static void linkinit(struct link *l);
static int listid(struct login *l, unsigned long long id, int add);
static int loadlogin(struct login *l);
static void loginenv(struct login *l);
static void lookbus(void);
static void lookup(void);
static void lookupevent(struct source *src, unsigned events);
static void lookupnames(int fd) __attribute__((noreturn));
static void makecgroup(const struct login *l, char *name, size_t size);
static int makemount(const char *path, uid_t uid, gid_t gid, mode_t mode, const char *size, const char *inodes);
static int makeown(void);
static void managergone(int st);
static void markcgroup(struct proc *all, size_t n);
static void matchmarker(struct marker *m, struct login *l);
static int64_t monotonic(void);
static void nearest(int64_t due);
static int needdir(int at, const char *name, mode_t mode);
static struct leader *needleader(pid_t pid, int fd, unsigned long long start);
static struct login *needlogin(uid_t uid, const struct record *r);
static void needsocket(void);
static struct session *newsession(int fd);
static unsigned long long nextid(void);
static void note(const char *what, int err);
static int64_t number(const char *s, int64_t max);
static void obey(void);
static void openfifo(void);
static int openparent(const char *path, const char **name);
static void opensession(struct session *s, struct record *r, char *msg, size_t len, pid_t pid);
static void order(struct login *l, int o);
static void overdue(struct login *l);
static void pamenv(const struct login *l, pam_handle_t *pamh);
static void pamgone(void);
static void pamprocess(struct login *l, int fd) __attribute__((noreturn));
static void profileenv(const struct login *l, const char *cgroup);
static void put(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int putfile(int dir, const char *name, mode_t mode, const char *buf, size_t len);
static void putkey(struct text *t, int key, const char *val);
static void readfifo(void);
static int readproc(pid_t pid, struct proc *p);
static void readsignals(int fd);
static void readygone(int st);
static void readyline(void);
static int64_t realuid(pid_t pid);
static void reap(void);
static void recover(void);
static void recoverlogin(const char *name);
static void recoversession(const char *name);
static int recparse(struct record *r, char *buf, size_t len, char end);
static void reexec(void);
static void refuse(struct session *s, pid_t pid, const char *why);
static void release(struct login *l, const char *why);
static void report(void);
static void reread(struct login *l);
static void run(void);
static void runchild(const struct login *l, const struct message *m, const char *cgroup, int out) __attribute__((noreturn));
static void savefailed(void);
static int savelogin(const struct login *l, const char *state);
static void savesession(struct session *s);
static int saveuser(const struct login *l);
static void say(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void scanmarkers(void);
static void sessionevent(struct source *src, unsigned events);
static void setphase(int phase, int64_t ms);
static void setstatus(struct login *l, int state);
static void setstring(char **s, const char *val);
static void settle(void);
static void setup(void);
static void signalevent(struct source *src, unsigned events);
static void sigproc(const struct proc *p, int sig, int group);
static pid_t spawn(int what, const char *arg);
static void startfailed(void);
static void startmanager(void);
static int startpam(void);
static void startservices(void);
static void startsupervisor(struct login *l, int o);
static void steer(struct login *l, int hurry);
static void stop(void);
static void supervise(struct login *l, int go) __attribute__((noreturn));
static void supervisorevent(struct source *src, unsigned events);
static void supervisorgone(struct login *l);
static int sweep(int sig, struct text *t);
static void timeup(void);
static void treeended(void);
static int treegone(void);
static void turnend(void);
static void unblock(void);
static void up(void);
static int waits(const struct session *s);
static int want(const struct login *l);
static void warn(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int watch(struct source *s, int op, unsigned events);
static void watchevent(struct source *src, unsigned events);


static int epfd = -1, rundir = -1, privdir = -1, privsessions = -1, privlogins = -1, sessionsdir = -1,
	usersdir = -1, idfd = -1, logfd = -1;
static struct source listener = { acceptevent, -1 }, signals = { signalevent, -1 },
	watches = { watchevent, -1 }, lookups = { lookupevent, -1 };
static int loginwatch;
static struct supervisor sv;
static struct link logins, dirtylogins, pending;
static struct leader *leaderby[BUCKETS];
static struct session *sessionby[BUCKETS];
static struct login *loginby[BUCKETS];
static struct link gonesessions, gonelogins; /* freed at the end of the turn */
static struct leader *goneleaders;
static struct marker *markers;
static unsigned long long lastid;
/* ms that a supervisor may take to stop */
#define STOPWAIT ((stoptimeout + 3 * killtimeout) * 1000 + STOPSLACK)
static int64_t now, nextdue, retrydue, listendue, quitdue;
static int stale, quitting, shortage;
static size_t unsavedsessions;
static struct rlimit nofile;
static char oomadj[16];
static char **args;
static const char *const statename[] = { "none", "new", "starting", "ready", "stopping" };

/* ---- small things ---- */

static void
acceptevent(struct source *src, unsigned events)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	struct session *s;
	int fd, n;

	(void)events;
	for (n = 0; n < BATCH; n++) {
		if ((fd = accept4(src->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0) {
			if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
				return;
			if (!shortage)
				warn(LOG_ERR, "cannot accept a login: %s; trying again", strerror(errno));
			shortage = 1;
			watch(src, EPOLL_CTL_MOD, 0);
			arm(&listendue, ACCEPTWAIT);
			return;
		}
		shortage = 0;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || cred.uid ||
				cred.pid <= 0 || !(s = newsession(fd))) {
			warn(LOG_WARNING, "pid %d of uid %u: connection refused", (int)cred.pid,
				cred.uid);
			close(fd);
			continue;
		}
		linkadd(&pending, &s->pending);
		arm(&s->due, FIRSTWAIT);
		if (watch(&s->src, EPOLL_CTL_ADD, EPOLLIN) < 0)
			endsession(s, "it cannot be watched");
		else
			sessionevent(&s->src, EPOLLIN); /* most have spoken already */
	}
}

/* Makes s the session that r, in buf (which it takes), describes.  Returns
 * NULL, or what is wrong; then s is as it was and buf the caller's. */
static const char *
addsession(struct session *s, struct record *r, char *buf, pid_t pid,
	unsigned long long start, unsigned long long id)
{
	int64_t uid = number(r->val[KeyUid], UINT32_MAX - 1);
	struct leader *d;
	struct login *l;
	const char *open = r->val[KeyOpen];

	if (!open || strlen(open) != IDLEN || strspn(open, "0123456789abcdef") != IDLEN)
		return "no request id";
	if (uid < 0 || !r->val[KeyUser] || number(r->val[KeyGid], UINT32_MAX - 1) < 0)
		return "no user";
	if (!(d = needleader(pid, s->src.fd, start)))
		return "the process that asks is gone, or no descriptor is left to watch it";
	if (!(l = needlogin(uid, r)) || listid(l, id, 1) < 0) {
		dropleader(d);
		return "no memory";
	}
	s->buf = buf;
	s->rec = *r;
	s->id = id;
	s->light = islight(r);
	s->login = l;
	s->leader = d;
	linkadd(&l->sessions, &s->inlogin);
	linkadd(&d->sessions, &s->inleader);
	s->next = sessionby[idhash(open)];
	sessionby[idhash(open)] = s;
	l->nsessions++;
	l->nfull += !s->light;
	l->nseated += !!r->val[KeySeat];
	dirty(l);
	return NULL;
}

/* Answers a session's request: with the environment as far as it is known, the
 * login goes on whatever became of the services.  why: what is missing, or NULL */
static void
answer(struct session *s, const char *why)
{
	static const int vars[][2] = { /* key, and its variable below */
		{ KeyType, 0 }, { KeyClass, 1 }, { KeyDesktop, 2 }, { KeySeat, 3 },
		{ KeyVtnr, 4 },
	};
	static const char *const names[] = { "XDG_SESSION_TYPE", "XDG_SESSION_CLASS",
		"XDG_SESSION_DESKTOP", "XDG_SEAT", "XDG_VTNR" };
	const struct login *l = s->login;
	struct text t = { 0 };
	const char *e;
	size_t i;

	if (why)
		warn(LOG_WARNING, "uid %u (%s): session %llu goes on without its services: %s",
			l->uid, l->user, s->id, why);
	put(&t, "OK%c", 0);
	if (*l->runtime)
		put(&t, "XDG_RUNTIME_DIR=%s%c", l->runtime, 0);
	if (exportdbus && l->bus)
		put(&t, "DBUS_SESSION_BUS_ADDRESS=unix:path=%s/bus%c", l->runtime, 0);
	for (e = l->env; *e; e += strlen(e) + 1)
		put(&t, "%s%c", e, 0);
	if (exportsession) {
		put(&t, "XDG_SESSION_ID=%llu%c", s->id, 0);
		for (i = 0; i < LENGTH(vars); i++)
			if (s->rec.val[vars[i][0]])
				put(&t, "%s=%s%c", names[vars[i][1]], s->rec.val[vars[i][0]], 0);
	}
	if (s->state == SessionWaiting)
		s->login->nwaiting--;
	s->state = SessionOpen;
	disarm(&s->due);
	linkdel(&s->pending);
	if (s->src.fd >= 0 && t.len < sizeof(t.buf) &&
			send(s->src.fd, t.buf, t.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		warn(LOG_DEBUG, "uid %u (%s): session %llu: no answer sent: %s", l->uid,
			l->user, s->id, strerror(errno));
}

static int
answerable(const struct session *s)
{
	const struct login *l = s->login;

	if (l->state == LoginReady)
		return !waits(s) || l->order == OrderOn;
	return l->state == LoginStarting && !waits(s);
}

static void
arm(int64_t *due, int64_t ms)
{
	disarm(due);
	*due = now + ms;
	if (!nextdue || *due < nextdue)
		nextdue = *due;
}

/* The environment of what runs for the user, but for PAM's part */
static void
baseenv(const struct login *l)
{
	char buf[MAXVALUE];

	clearenv();
	setenv("HOME", l->home, 1);
	setenv("USER", l->user, 1);
	setenv("LOGNAME", l->user, 1);
	setenv("SHELL", l->shell, 1);
	setenv("PATH", path, 1);
	snprintf(buf, sizeof(buf), "%u", l->uid);
	setenv("UID", buf, 1);
	snprintf(buf, sizeof(buf), "%u", l->gid);
	setenv("GID", buf, 1);
	snprintf(buf, sizeof(buf), "%d", corewait);
	setenv("TURNSTILE_COREWAIT", buf, 1);
	snprintf(buf, sizeof(buf), "%s/%u", RUNDIR, l->uid);
	setenv("TURNSTILE_DIR", buf, 1);
	if (*l->runtime)
		setenv("XDG_RUNTIME_DIR", l->runtime, 1);
	snprintf(buf, sizeof(buf), "unix:path=%s/bus", l->runtime);
	if (*l->runtime && exportdbus)
		setenv("DBUS_SESSION_BUS_ADDRESS", buf, 1);
}

/* Begins to end the tree, by the ladder */
static void
beginstop(void)
{
	if (sv.ready > 0)
		kill(-sv.ready, SIGKILL);
	if (sv.fifo >= 0)
		close(sv.fifo);
	if (sv.buswatch >= 0)
		close(sv.buswatch);
	sv.fifo = sv.buswatch = -1;
	sv.ready = 0;
	sv.l->bus = 0;
	if (sv.phase != PhaseOld)
		setphase(PhaseStop, 0);
	sv.rung = RungStop;
	climb();
}

static int
busy(void)
{
	struct link *p;
	struct login *l;

	EACH(p, &logins) {
		l = OF(struct login, all, p);
		if (l->src.fd >= 0 || l->left)
			return 1;
	}
	return 0;
}

static int
bypid(const void *a, const void *b)
{
	pid_t x = ((const struct proc *)a)->pid, y = ((const struct proc *)b)->pid;

	return (x > y) - (x < y);
}

static int
canserve(const struct login *l)
{
	return (int)backend != None && (l->uid ? l->uid >= firstuid : rootservices);
}

static void
cleanhalf(const char *name)
{
	if (*name == '.')
		unlinkat(privsessions, name, 0);
}

static void
cleansession(const char *name)
{
	if (quitting || number(name, INT64_MAX) < 0 ||
			faccessat(privsessions, name, F_OK, 0) < 0)
		unlinkat(sessionsdir, name, 0);
}

static void
cleanuser(const char *name)
{
	int64_t uid = number(name, UINT32_MAX - 1);

	if (quitting || uid < 0 || !findlogin(uid))
		unlinkat(usersdir, name, 0);
}

/* Does what this rung of the stop ladder is */
static void
climb(void)
{
	const struct backend *b = &backends[backend];
	struct login *l = sv.l;
	struct text t = { 0 };
	char arg[16];

	sv.due = now + (sv.rung == RungStop ? stoptimeout : killtimeout) * 1000;
	switch (sv.rung) {
	case RungStop:
		snprintf(arg, sizeof(arg), "%d", (int)l->manager);
		if (!isproc(l->manager, l->managerstart))
			sweep(SIGTERM, NULL); /* nobody else will tell them */
		else if (!b->stop || sv.phase == PhaseOld || spawn(RunStop, arg) < 0) {
			kill(l->manager, b->stopsig ? b->stopsig : SIGTERM);
			kill(l->manager, SIGCONT);
		}
		break;
	case RungTerm:
		say(LOG_WARNING, "services still run %d s after they were stopped, sending SIGTERM",
			stoptimeout);
		sweep(SIGTERM, NULL);
		break;
	case RungKill:
		say(LOG_WARNING, "services still run %d s after SIGTERM, killing them", killtimeout);
		killtree();
		break;
	case RungTop:
		sweep(0, &t);
		say(LOG_ERR, "processes cannot be killed, its runtime directory stays:%s", t.buf);
		sv.survivors = 1;
		break;
	}
}

/* Closes all descriptors from the given one on */
static void
closeall(int fd)
{
	struct rlimit lim;
	unsigned max = 1024;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, fd, ~0U, 0) == 0)
		return;
#endif
	if (getrlimit(RLIMIT_NOFILE, &lim) == 0)
		max = lim.rlim_cur;
	for (; (unsigned)fd < max; fd++)
		close(fd);
}

/* Has the PAM process close its session, in bounded time */
static void
closepam(void)
{
	struct pollfd p = { .events = POLLIN };

	if (sv.pam <= 0)
		return;
	close(sv.pamfd);
	p.fd = syscall(SYS_pidfd_open, sv.pam, 0);
	if (poll(&p, 1, killtimeout * 1000) != 1) {
		say(LOG_ERR, "closing its PAM session does not end, killing pid %d", (int)sv.pam);
		kill(sv.pam, SIGKILL);
		poll(&p, 1, TICK);
	}
	close(p.fd);
	waitpid(sv.pam, NULL, WNOHANG | __WALL);
	sv.pam = sv.pamfd = -1;
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

/* No questions can be asked here; what a module says is not for anybody */
static int
converse(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	int i;

	(void)data;
	for (i = 0; i < n; i++)
		if (msg[i]->msg_style != PAM_ERROR_MSG && msg[i]->msg_style != PAM_TEXT_INFO)
			return PAM_CONV_ERR;
	return (*resp = calloc(n, sizeof(**resp))) ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* Detaches whatever is mounted on name below dir.  Returns 1 if something was. */
static int
detach(int dir, const char *name)
{
	char path[64 + NAME_MAX];
	int n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, name);
	for (n = 0; n < BUCKETS && umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0; n++)
		;
	return n;
}

static void
die(const char *fmt, ...)
{
	char buf[1024];
	va_list ap;
	int saved = errno;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (*buf && buf[strlen(buf) - 1] == ':')
		fprintf(stderr, "turnstiled: %s %s\n", buf, strerror(saved));
	else
		fprintf(stderr, "turnstiled: %s\n", buf);
	exit(1);
}

static void
dirty(struct login *l)
{
	linkdel(&l->dirty);
	linkadd(&dirtylogins, &l->dirty);
}

static void
disarm(int64_t *due)
{
	if (*due && *due == nextdue)
		stale = 1;
	*due = 0;
}

/* Removes a file or an empty directory.  Returns 1 if it is gone. */
static int
drop(int dir, const char *name)
{
	do {
		if (unlinkat(dir, name, 0) == 0 ||
				(errno != EBUSY && unlinkat(dir, name, AT_REMOVEDIR) == 0))
			return 1;
	} while (errno == EBUSY && detach(dir, name));
	return 0;
}

/* Removes what is below the directory name in top; directories in it are moved
 * up into top, so that no tree is deeper for us than that.  Returns 1 if
 * anything has changed. */
static int
dropbelow(int top, const char *name, dev_t dev)
{
	static unsigned moved;
	char to[16];
	struct dirent *e;
	struct stat st;
	int fd, changed = 0;
	DIR *d;

	fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) < 0 || st.st_dev != dev || !(d = fdopendir(fd))) {
		close(fd);
		return 0;
	}
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(to, sizeof(to), ".%u", moved++);
		changed |= drop(fd, e->d_name) || renameat(fd, e->d_name, top, to) == 0;
	}
	closedir(d);
	return changed;
}

static void
dropleader(struct leader *d)
{
	struct leader **p;

	if (d->sessions.next != &d->sessions)
		return;
	for (p = &leaderby[d->pid % BUCKETS]; *p != d; p = &(*p)->next)
		;
	*p = d->next;
	closesource(&d->src);
	d->next = goneleaders;
	goneleaders = d;
}

static void
droplogin(struct login *l)
{
	struct login **p;
	char name[16];

	snprintf(name, sizeof(name), "%u", l->uid);
	unlinkat(usersdir, name, 0);
	for (p = &loginby[l->uid % BUCKETS]; *p != l; p = &(*p)->next)
		;
	*p = l->next;
	closesource(&l->src);
	disarm(&l->due);
	linkdel(&l->dirty);
	linkdel(&l->all);
	linkadd(&gonelogins, &l->all);
}

/* Removes a directory that makemount() made: first the mounts on it, with all
 * below them, then, in bounded time, what is left.  Returns 0 or -1. */
static int
dropmount(const char *path)
{
	int64_t until = monotonic() + WALKWAIT;
	int dir, top = -1, changed, r = -1;
	struct dirent *e;
	struct stat st;
	const char *name;
	DIR *d;

	if ((dir = openparent(path, &name)) < 0)
		return -1;
	detach(dir, name);
	if ((r = unlinkat(dir, name, AT_REMOVEDIR)) == 0 || errno == ENOENT) {
		r = 0;
		goto out;
	}
	top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top < 0 || fstat(top, &st) < 0 || !(d = fdopendir(dup(top))))
		goto out;
	do {
		changed = 0;
		rewinddir(d);
		while ((e = readdir(d)) && monotonic() < until)
			if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
				changed |= drop(top, e->d_name) || dropbelow(top, e->d_name, st.st_dev);
	} while (changed && monotonic() < until);
	closedir(d);
	r = unlinkat(dir, name, AT_REMOVEDIR);
out:
	if (top >= 0)
		close(top);
	close(dir);
	return r;
}

/* Calls f with each name in a directory of ours */
static void
eachname(int dir, void (*f)(const char *))
{
	struct dirent *e;
	DIR *d = NULL;
	int fd;

	if ((fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
			!(d = fdopendir(fd)))
		die("cannot read a directory below " RUNDIR ":");
	while ((e = readdir(d)))
		f(e->d_name);
	closedir(d);
}

/* Ends a session, or a connection that has not become one */
static void
endsession(struct session *s, const char *why)
{
	struct login *l = s->login;
	struct session **p;
	char name[24];

	if (s->state == SessionGone)
		return;
	closesource(&s->src);
	disarm(&s->due);
	linkdel(&s->pending);
	linkadd(&gonesessions, &s->pending);
	if (s->state == SessionWaiting)
		l->nwaiting--;
	s->state = SessionGone;
	if (s->unsaved)
		unsavedsessions--;
	if (!l)
		return;
	warn(LOG_DEBUG, "uid %u (%s): session %llu ends: %s", l->uid, l->user, s->id, why);
	snprintf(name, sizeof(name), "%llu", s->id);
	unlinkat(sessionsdir, name, 0);
	unlinkat(privsessions, name, 0);
	for (p = &sessionby[idhash(s->rec.val[KeyOpen])]; *p != s; p = &(*p)->next)
		;
	*p = s->next;
	linkdel(&s->inlogin);
	linkdel(&s->inleader);
	dropleader(s->leader);
	listid(l, s->id, 0);
	l->nsessions--;
	l->nfull -= !s->light;
	l->nseated -= !!s->rec.val[KeySeat];
	dirty(l);
	steer(l, 0);
}

/* Copies s with %-expansion for a login: %u uid, %g gid, %n name, %h home,
 * %r runtime directory, %d the service manager's own directory.  The caller
 * frees it; NULL when there is no memory. */
static char *
expand(const char *s, const struct login *l)
{
	struct text t = { 0 };

	for (; *s; s++) {
		if (*s != '%') {
			put(&t, "%c", *s);
			continue;
		}
		switch (*++s) {
		case 'u': put(&t, "%u", l->uid); break;
		case 'g': put(&t, "%u", l->gid); break;
		case 'n': put(&t, "%s", l->user); break;
		case 'h': put(&t, "%s", l->home); break;
		case 'r': put(&t, "%s", l->runtime); break;
		case 'd': put(&t, "%s/%u/sv", RUNDIR, l->uid); break;
		case '\0': s--; break;
		default: put(&t, "%c", *s);
		}
	}
	return t.len < MAXVALUE ? strndup(t.buf, t.len) : NULL;
}

/* Does what a deadline that has passed is for */
static void
expire(void)
{
	struct link *p, *next;
	struct session *s;
	struct login *l;
	struct marker *m;
	int names = 0;

	stale = 1;
	for (p = pending.next; p != &pending; p = next) {
		s = OF(struct session, pending, p);
		next = p->next;
		if (s->due > now)
			continue;
		if (s->state == SessionNew)
			endsession(s, "it said nothing");
		else
			answer(s, "they are not up after the login timeout");
	}
	for (p = logins.next; p != &logins; p = next) {
		l = OF(struct login, all, p);
		next = p->next;
		if (!l->due || l->due > now)
			continue;
		if (l->state == LoginStopping) {
			overdue(l);
		} else {
			disarm(&l->due);
			steer(l, 1);
		}
	}
	for (m = markers; m; m = m->next)
		names |= m->due && m->due <= now;
	if (names)
		lookup();
	if (listendue && listendue <= now) {
		listendue = 0;
		watch(&listener, EPOLL_CTL_MOD, EPOLLIN);
	}
	if (retrydue && retrydue <= now) {
		retrydue = 0;
		savefailed();
	}
}

static struct login *
findlogin(uid_t uid)
{
	struct login *l;

	for (l = loginby[uid % BUCKETS]; l && l->uid != uid; l = l->next)
		;
	return l;
}

static struct marker *
findmarker(const char *name)
{
	struct marker *m;

	for (m = markers; m && strcmp(m->name, name); m = m->next)
		;
	return m;
}

static struct session *
findsession(const char *id)
{
	struct session *s;

	for (s = sessionby[idhash(id)]; s; s = s->next)
		if (!strcmp(s->rec.val[KeyOpen], id))
			return s;
	return NULL;
}

/* The end: all away again, the login's file last */
static void
finish(void)
{
	struct login *l = sv.l;
	char name[64];

	closepam();
	if (l->managed && !sv.survivors && dropmount(l->runtime) < 0)
		say(LOG_ERR, "%s cannot be removed: %s", l->runtime, strerror(errno));
	snprintf(name, sizeof(name), "%s/%u", RUNDIR, l->uid);
	if (dropmount(name) < 0)
		say(LOG_ERR, "%s cannot be removed: %s", name, strerror(errno));
	if (*l->cgroup)
		rmdir(l->cgroup);
	snprintf(name, sizeof(name), "%u", l->uid);
	unlinkat(privlogins, name, 0);
	_exit(0);
}

static void
freelogin(struct login *l)
{
	free(l->user);
	free(l->home);
	free(l->shell);
	free(l->runtime);
	free(l->cgroup);
	free(l->env);
	free(l->ids);
	free(l);
}

/* Reads a file of at most size - 1 bytes and ends it with a NUL.  Returns its
 * length or -1. */
static ssize_t
getfile(int dir, const char *name, char *buf, size_t size)
{
	ssize_t n, len = 0;
	int fd;

	if ((fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return -1;
	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	close(fd);
	if (n < 0)
		return -1;
	buf[len] = '\0';
	return len;
}

/* ms to wait before the next try, after n pauses: doubled each time */
static int64_t
growing(int n, int64_t most)
{
	return n > 20 || ((int64_t)1000 << n) > most ? most : (int64_t)1000 << n;
}

static void
heard(const struct message *m)
{
	if (m->what != Opened || sv.phase != PhasePam) {
		say(LOG_ERR, "%s%s%s", m->text, m->err ? ": " : "", m->err ? strerror(m->err) : "");
	} else if (m->err) {
		say(LOG_ERR, "its services get no PAM session: %s", m->text);
	} else {
		setstring(&sv.l->cgroup, m->text);
		startmanager();
	}
}

static unsigned
idhash(const char *id)
{
	unsigned h = 5381;

	while (*id)
		h = h * 33 + (unsigned char)*id++;
	return h % BUCKETS;
}

static int
islight(const struct record *r)
{
	const char *const *c;

	for (c = lightclasses; *c; c++)
		if (r->val[KeyClass] && !strcmp(r->val[KeyClass], *c))
			return 1;
	return 0;
}

/* 1 if a file system is mounted on name below the directory at */
static int
ismount(int at, const char *name)
{
	uint64_t how[] = { O_PATH | O_CLOEXEC, 0, 1 }; /* RESOLVE_NO_XDEV */
	struct stat a, b;
	int fd = syscall(SYS_openat2, at, name, how, sizeof(how));

	if (fd >= 0)
		close(fd);
	if (fd >= 0 || errno == EXDEV)
		return fd < 0;
	return fstat(at, &a) == 0 && fstatat(at, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
		a.st_dev != b.st_dev; /* Linux before 5.6 */
}

/* 1 if pid is still the process that began at start (clock ticks since boot) */
static int
isproc(pid_t pid, unsigned long long start)
{
	struct proc p;

	return pid > 0 && readproc(pid, &p) == 0 && p.start == start;
}

/* A child's descriptors: standard ones and fd, as number KEPT */
static void
keepone(int fd)
{
	if (fd != KEPT)
		dup2(fd, KEPT);
	close(3);
	closeall(KEPT + 1);
	logfd = -1;
}

/* Kills the tree; a cgroup at once, fork bombs included */
static void
killtree(void)
{
	char name[MAXVALUE + 16];
	int fd, n;

	snprintf(name, sizeof(name), "%s/cgroup.kill", sv.l->cgroup);
	if (*sv.l->cgroup && (fd = open(name, O_WRONLY | O_CLOEXEC)) >= 0) {
		if (write(fd, "1", 1) < 0)
			warn(LOG_DEBUG, "%s: %s", name, strerror(errno));
		close(fd);
	}
	for (n = 0; n < 20 && sweep(SIGKILL, NULL); n++)
		reap();
}

static void
leaderevent(struct source *src, unsigned events)
{
	struct leader *d = OF(struct leader, src, src);

	(void)events;
	while (d->src.fd >= 0)
		endsession(OF(struct session, inleader, d->sessions.next), "its leader is gone");
}

/* Descriptors without limit, and not the out-of-memory killer's choice; 0: as
 * they were when the program began */
static void
limits(int raised)
{
	struct rlimit lim = nofile;
	int fd;

	if (raised)
		lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
	if ((fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)) < 0)
		return;
	if (raised ? write(fd, "-1000", 5) < 0 : write(fd, oomadj, strlen(oomadj)) < 0)
		warn(LOG_DEBUG, "oom_score_adj: %s", strerror(errno)); /* a container */
	close(fd);
}

static int
lingers(const struct login *l)
{
	return (l->managed || lingerunmanaged) && canserve(l) &&
		((int)linger == LingerAlways ? l->stayed : (int)linger == LingerMarked && l->marked);
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
	l->prev->next = l->next;
	l->next->prev = l->prev;
	linkinit(l);
}

static void
linkinit(struct link *l)
{
	l->prev = l->next = l;
}

/* Adds a session's ID to the login's list or takes it out.  Returns -1 when
 * there is no memory. */
static int
listid(struct login *l, unsigned long long id, int add)
{
	char s[32], *p;
	size_t n = snprintf(s, sizeof(s), "%llu ", id);

	if (add) {
		if (l->idslen + n > l->idscap) {
			if (!(p = realloc(l->ids, l->idscap * 2 + 64)))
				return -1;
			l->ids = p;
			l->idscap = l->idscap * 2 + 64;
		}
		memcpy(l->ids + l->idslen, s, n);
		l->idslen += n;
		return 0;
	}
	for (p = l->ids; (p = memmem(p, l->ids + l->idslen - p, s, n)); p++)
		if (p == l->ids || p[-1] == ' ')
			break;
	if (p) {
		memmove(p, p + n, l->ids + l->idslen - p - n);
		l->idslen -= n;
	}
	return 0;
}

/* Reads what a login's supervisor says of it.  Returns 0, or -1 if there is no
 * file, or one of another supervisor. */
static int
loadlogin(struct login *l)
{
	char name[16], buf[MAXRECORD];
	struct record r;
	ssize_t len;
	size_t i, n = 0;
	char *e, *env;

	snprintf(name, sizeof(name), "%u", l->uid);
	if ((len = getfile(privlogins, name, buf, sizeof(buf))) < 0)
		return -1;
	if (recparse(&r, buf, len, '\n'))
		warn(LOG_WARNING, "uid %u (%s): a part of %s/private/logins/%u is damaged",
			l->uid, l->user, RUNDIR, l->uid);
	if (number(r.val[KeyPid], INT_MAX) != l->pid)
		return -1;
	l->bus = number(r.val[KeyBus], 1) == 1;
	l->managed = number(r.val[KeyManaged], 1) == 1;
	l->manager = number(r.val[KeyManager], INT_MAX);
	l->managerstart = number(r.val[KeyManagerStart], INT64_MAX);
	setstring(&l->runtime, r.val[KeyRuntime]);
	setstring(&l->cgroup, r.val[KeyCgroup]);
	if (r.val[KeyEnv] && (env = malloc(len + 1))) {
		for (e = r.val[KeyEnv] - strlen("ENV="); e < buf + len; e += i + 1) {
			i = strlen(e);
			if (!strncmp(e, "ENV=", 4) && storable(e) && strchr(e + 4, '=')) {
				memcpy(env + n, e + 4, i - 3);
				n += i - 3;
			}
		}
		env[n] = '\0';
		free(l->env);
		l->env = env;
	}
	if (number(r.val[KeyOrders], INT_MAX) < l->orders)
		return 0; /* written before it heard of the last order */
	l->order = number(r.val[KeyOrder], OrderEnd);
	l->orders = number(r.val[KeyOrders], INT_MAX);
	for (i = LoginNew; i < LENGTH(statename); i++)
		if (r.val[KeyState] && !strcmp(r.val[KeyState], statename[i]))
			setstatus(l, i);
	return 0;
}

/* The backend's variables for logins */
static void
loginenv(struct login *l)
{
	const char *const *e;
	struct text t = { 0 };
	char *s;

	for (e = backends[backend].env; *e; e++)
		if ((s = expand(*e, l)) && storable(s))
			put(&t, "%s%c", s, 0);
	t.buf[t.len < sizeof(t.buf) ? t.len : 0] = '\0';
	if ((s = malloc(t.len + 1))) {
		memcpy(s, t.buf, t.len + 1);
		l->env = s;
	}
}

/* What the runtime directory says of the bus, asked as the user; it is watched
 * until the bus is there.  The user's own limit on watches is what this costs. */
static void
lookbus(void)
{
	char name[MAXVALUE + 8];
	struct stat st;

	if (!exportdbus || !*sv.l->runtime || seteuid(sv.l->uid) < 0)
		return;
	if (sv.buswatch < 0) {
		sv.buswatch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		inotify_add_watch(sv.buswatch, sv.l->runtime, IN_CREATE | IN_MOVED_TO);
	} else {
		while (read(sv.buswatch, name, sizeof(name)) > 0)
			;
	}
	snprintf(name, sizeof(name), "%s/bus", sv.l->runtime);
	sv.l->bus = fstatat(AT_FDCWD, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISSOCK(st.st_mode);
	if (seteuid(0) < 0)
		_exit(1);
	if (sv.l->bus && sv.buswatch >= 0) {
		close(sv.buswatch);
		sv.buswatch = -1;
	}
}

static void
lookup(void)
{
	struct marker *m;
	int pair[2] = { -1, -1 }, any = 0;
	pid_t pid = -1;

	if (lookups.fd >= 0)
		return; /* comes back here at its end */
	for (m = markers; m; m = m->next) {
		m->asked = !m->bad && !m->known && m->due <= now;
		any |= m->asked;
	}
	if (!any)
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 &&
			(pid = fork()) == 0) {
		unblock();
		keepone(pair[1]);
		lookupnames(KEPT);
	}
	close(pair[1]);
	lookups.fd = pair[0];
	if (pid < 0 || watch(&lookups, EPOLL_CTL_ADD, EPOLLIN) < 0) {
		warn(LOG_ERR, "cannot look up who lingers: %s; trying again", strerror(errno));
		lookupevent(&lookups, 0);
	}
}

static void
lookupevent(struct source *src, unsigned events)
{
	char buf[MAXRECORD];
	struct record r;
	struct marker *m;
	struct login *l;
	int64_t uid;
	ssize_t n = -1;

	if (events)
		n = recv(src->fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n > 0) {
		recparse(&r, buf, n, '\0');
		uid = number(r.val[KeyUid], UINT32_MAX - 1);
		if (!r.val[KeyUser] || uid < 0 || !(m = findmarker(r.val[KeyUser])))
			return;
		m->known = 1;
		m->uid = uid;
		disarm(&m->due);
		if ((l = needlogin(uid, &r))) {
			l->marked = 1;
			steer(l, 0);
		}
		return;
	}
	closesource(src);
	for (m = markers; m; m = m->next) {
		if (!m->asked || m->known)
			continue;
		if (events && !m->tries)
			warn(LOG_WARNING, "%s/%s: there is no such user (yet); asking again now "
				"and then", LINGERDIR, m->name);
		arm(&m->due, growing(m->tries++, INT_MAX));
	}
	lookup(); /* for those that came meanwhile */
}

/* The child that asks the name service for the users of all new markers, and
 * may hang in it */
static void
lookupnames(int fd)
{
	struct marker *m;
	struct passwd *pw;
	struct text t;

	alarm(LOOKUPWAIT);
	for (m = markers; m; m = m->next) {
		if (!m->asked || !(pw = getpwnam(m->name)))
			continue;
		t.len = 0;
		put(&t, "USER=%s%cUID=%u%cGID=%u%cHOME=%s%cSHELL=%s%c", m->name, 0, pw->pw_uid,
			0, pw->pw_gid, 0, pw->pw_dir, 0, pw->pw_shell, 0);
		if (t.len < sizeof(t.buf))
			send(fd, t.buf, t.len, MSG_NOSIGNAL);
	}
	_exit(0);
}

/* Makes a cgroup below the one we are in, the user's or a session's; name is
 * "" where there is no cgroup2 hierarchy or it is not writable. */
static void
makecgroup(const struct login *l, char *name, size_t size)
{
	char line[4096], dir[512], own[512] = "", *s;
	FILE *f;

	*name = '\0';
	if (!(f = fopen("/proc/self/cgroup", "re")))
		return;
	while (fgets(line, sizeof(line), f))
		sscanf(line, "0::%511[^\n]", own);
	fclose(f);
	if (!*own || !(f = fopen("/proc/self/mountinfo", "re")))
		return;
	while (!*name && fgets(line, sizeof(line), f))
		if ((s = strstr(line, " - cgroup2 ")) &&
				sscanf(line, "%*d %*d %*s / %511s", dir) == 1)
			snprintf(name, size, "%s%s/turnstiled.%u.%d", dir, strcmp(own, "/") ?
				own : "", l->uid, (int)getppid());
	fclose(f);
	if (*name && (!storable(name) || (mkdir(name, 0755) < 0 && errno != EEXIST)))
		*name = '\0';
}

/* Makes a directory of uid's with a tmpfs on it; where mounting is refused it
 * is a plain one.  What is mounted there already stays.  Returns 0 or -1. */
static int
makemount(const char *path, uid_t uid, gid_t gid, mode_t mode, const char *size,
	const char *inodes)
{
	struct text opts = { 0 };
	const char *name;
	struct stat st;
	int dir, fd = -1, r = -1;

	if ((dir = openparent(path, &name)) < 0)
		return -1;
	if ((mkdirat(dir, name, mode) < 0 && errno != EEXIST) ||
			(fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0 ||
			fstat(fd, &st) < 0)
		goto out;
	errno = EPERM;
	if (st.st_uid && st.st_uid != uid)
		goto out;
	if (ismount(dir, name)) {
		r = 0;
		goto out;
	}
	if (fchmod(fd, mode) < 0 || fchown(fd, uid, gid) < 0)
		goto out;
	put(&opts, "mode=0%o,uid=%u,gid=%u,size=%s,nr_inodes=%s", (unsigned)mode, uid, gid,
		size, inodes);
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, opts.buf) < 0)
		warn(LOG_WARNING, "uid %u (%s): %s is a plain directory, no tmpfs can be mounted: "
			"%s", sv.l->uid, sv.l->user, path, strerror(errno));
	r = 0;
out:
	if (fd >= 0)
		close(fd);
	close(dir);
	return r;
}

/* The login's own directory: the readiness FIFO, and a directory for the
 * service manager.  The FIFO's time is in the past, a measure for scripts: what
 * is not older has been changed just now. */
static int
makeown(void)
{
	const struct timespec past[2] = { { time(NULL) - 2, 0 }, { time(NULL) - 2, 0 } };
	char name[64];
	int dir, r = -1;

	snprintf(name, sizeof(name), "%s/%u", RUNDIR, sv.l->uid);
	if (makemount(name, 0, 0, 0755, "1m", "1k") < 0 ||
			(dir = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return -1;
	if ((mkfifoat(dir, "ready", 0600) == 0 || errno == EEXIST) &&
			fchownat(dir, "ready", sv.l->uid, sv.l->gid, AT_SYMLINK_NOFOLLOW) == 0 &&
			utimensat(dir, "ready", past, AT_SYMLINK_NOFOLLOW) == 0 &&
			(mkdirat(dir, "sv", 0700) == 0 || errno == EEXIST) &&
			fchownat(dir, "sv", sv.l->uid, sv.l->gid, AT_SYMLINK_NOFOLLOW) == 0)
		r = 0;
	close(dir);
	return r;
}

static void
managergone(int st)
{
	sv.l->manager = 0;
	if (sv.phase == PhaseStop)
		return;
	sv.fails = now - sv.begun < YOUNG ? sv.fails + 1 : 1;
	say(LOG_WARNING, "its service manager (%s) ended, %s %d; starting it again%s",
		backends[backend].name, WIFSIGNALED(st) ? "signal" : "status",
		WIFSIGNALED(st) ? WTERMSIG(st) : WEXITSTATUS(st),
		sv.fails > 1 ? " after a pause" : "");
	beginstop();
}

/* Marks those of the n processes that are in the login's cgroup */
static void
markcgroup(struct proc *all, size_t n)
{
	char name[MAXVALUE + 32];
	struct proc p, *q;
	FILE *f;

	snprintf(name, sizeof(name), "%s/cgroup.procs", sv.l->cgroup);
	if (!*sv.l->cgroup || !(f = fopen(name, "re")))
		return;
	while (fscanf(f, "%d", &p.pid) == 1)
		if ((q = bsearch(&p, all, n, sizeof(p), bypid)))
			q->ours = 1;
	fclose(f);
}

/* Marks a login whose marker m is.  A name is as good as a uid here, and needs
 * no look-up. */
static void
matchmarker(struct marker *m, struct login *l)
{
	if (m->bad || (m->known ? m->uid != l->uid : strcmp(m->name, l->user)))
		return;
	m->known = 1;
	m->uid = l->uid;
	l->marked = 1;
	disarm(&m->due);
}

static int64_t
monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
nearest(int64_t due)
{
	if (due && (!nextdue || due < nextdue))
		nextdue = due;
}

/* A directory of ours, made when missing; nobody else may write to it */
static int
needdir(int at, const char *name, mode_t mode)
{
	struct stat st;
	int fd;

	if (mkdirat(at, name, mode) < 0 && errno != EEXIST)
		die("cannot make %s:", name);
	if ((fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0 ||
			fstat(fd, &st) < 0)
		die("cannot open %s:", name);
	if (st.st_uid || st.st_mode & 022)
		die("%s is not root's alone: somebody else made it, remove it", name);
	return fd;
}

/* The process that opened a session, watched until its end.  fd: its
 * connection, or -1; start: what it must have begun at, or 0.  NULL: it is
 * gone, or there are no descriptors left. */
static struct leader *
needleader(pid_t pid, int fd, unsigned long long start)
{
	struct leader *d;
	struct proc p;
	socklen_t len = sizeof(int);
	int pidfd = -1;

	for (d = leaderby[pid % BUCKETS]; d; d = d->next)
		if (d->pid == pid && !syscall(SYS_pidfd_send_signal, d->src.fd, 0, NULL, 0))
			return start && d->start != start ? NULL : d;
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) < 0)
		pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return NULL;
	if (readproc(pid, &p) < 0 || (start && p.start != start) ||
			!(d = calloc(1, sizeof(*d)))) {
		close(pidfd);
		return NULL;
	}
	d->src.event = leaderevent;
	d->src.fd = pidfd;
	d->pid = pid;
	d->start = p.start;
	linkinit(&d->sessions);
	if (watch(&d->src, EPOLL_CTL_ADD, EPOLLIN) < 0) {
		close(pidfd);
		free(d);
		return NULL;
	}
	d->next = leaderby[pid % BUCKETS];
	leaderby[pid % BUCKETS] = d;
	return d;
}

/* The login of a user, made when there is none; r says who it is and, where a
 * session brings it, what it says of the runtime directory.  NULL: no memory. */
static struct login *
needlogin(uid_t uid, const struct record *r)
{
	const char *const *v = (const char *const *)r->val;
	struct login *l;
	struct marker *m;

	if ((l = findlogin(uid)))
		return l;
	if (!(l = calloc(1, sizeof(*l))))
		return NULL;
	l->src.event = supervisorevent;
	l->src.fd = -1;
	l->uid = uid;
	l->gid = v[KeyGid] ? (gid_t)number(v[KeyGid], UINT32_MAX - 1) : uid;
	l->user = strdup(v[KeyUser] ? v[KeyUser] : "?");
	l->home = strdup(v[KeyHome] ? v[KeyHome] : "/");
	l->shell = strdup(v[KeyShell] ? v[KeyShell] : "/bin/sh");
	l->managed = managerundir && *rundirpath && !v[KeyRuntime] && !v[KeyNorundir];
	if (v[KeyRuntime])
		l->runtime = strdup(v[KeyRuntime]);
	else
		l->runtime = expand(rundirpath, l);
	l->cgroup = strdup("");
	l->env = calloc(1, 1);
	if (!l->user || !l->home || !l->shell || !l->runtime || !l->cgroup || !l->env) {
		freelogin(l);
		return NULL;
	}
	linkinit(&l->sessions);
	linkinit(&l->dirty);
	linkadd(&logins, &l->all);
	l->next = loginby[uid % BUCKETS];
	loginby[uid % BUCKETS] = l;
	for (m = markers; m; m = m->next)
		matchmarker(m, l);
	return l;
}

/* The listening socket: the one that an exec handed on, or a new one */
static void
needsocket(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = SOCKPATH };
	const char *env = getenv(LISTENVAR);
	int fd = number(env, INT_MAX), on;
	socklen_t len = sizeof(on);

	unsetenv(LISTENVAR);
	if (fd > 2 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	} else {
		fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			die("cannot make a socket:");
		if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
			die("another turnstiled is running");
		unlink(SOCKPATH);
		umask(0177);
		if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 || listen(fd, SOMAXCONN) < 0)
			die("cannot listen on " SOCKPATH ":");
		umask(022);
	}
	listener.fd = fd;
	if (watch(&listener, EPOLL_CTL_ADD, EPOLLIN) < 0)
		die("epoll:");
}

static struct session *
newsession(int fd)
{
	struct session *s;

	if (!(s = calloc(1, sizeof(*s))))
		return NULL;
	s->src.event = sessionevent;
	s->src.fd = fd;
	linkinit(&s->inlogin);
	linkinit(&s->inleader);
	linkinit(&s->pending);
	return s;
}

/* The next session ID; on disk before it is used, so that it is never used
 * again.  0 if that cannot be. */
static unsigned long long
nextid(void)
{
	char buf[24];
	int n = snprintf(buf, sizeof(buf), "%020llu\n", lastid + 1);

	return pwrite(idfd, buf, n, 0) == n ? ++lastid : 0;
}

/* A word for the log from a process of the PAM session */
static void
note(const char *what, int err)
{
	struct message m = { .what = Note, .err = err };

	snprintf(m.text, sizeof(m.text), "%s", what);
	send(KEPT, &m, sizeof(m), MSG_NOSIGNAL);
}

/* A decimal number of at most max, or -1 */
static int64_t
number(const char *s, int64_t max)
{
	int64_t n = 0;

	if (!s || !*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || n > (max - (*s - '0')) / 10)
			return -1;
		n = n * 10 + (*s - '0');
	}
	return n;
}

/* An order has come */
static void
obey(void)
{
	switch (sv.phase) {
	case PhaseIdle:
		settle();
		break;
	case PhasePam:
	case PhasePause:
		if (sv.l->order != OrderOn)
			settle();
		break;
	case PhaseStart:
	case PhaseReady:
	case PhaseUp:
		if (sv.l->order != OrderOn)
			beginstop();
		break;
	}
	report();
}

static void
openfifo(void)
{
	char name[64];

	if (sv.fifo >= 0)
		close(sv.fifo);
	snprintf(name, sizeof(name), "%s/%u/ready", RUNDIR, sv.l->uid);
	sv.fifo = open(name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	sv.linelen = 0;
}

/* Opens the directory that holds path, which must be root's alone; *name is
 * then the last part of path.  The directory is made when missing. */
static int
openparent(const char *path, const char **name)
{
	char dir[PATH_MAX];
	struct stat st;
	int fd;

	*name = strrchr(path, '/') + 1;
	snprintf(dir, sizeof(dir), "%.*s", (int)(*name - path), path);
	mkdir(dir, 0755);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	if (fstat(fd, &st) == 0 && !st.st_uid && !(st.st_mode & 022))
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

/* A request to open a session: r, parsed from the len bytes of msg */
static void
opensession(struct session *s, struct record *r, char *msg, size_t len, pid_t pid)
{
	struct session *old;
	const char *err;
	char *buf;
	unsigned long long id;
	size_t k;

	if (r->val[KeyOpen] && (old = findsession(r->val[KeyOpen]))) {
		if (old->leader->pid != pid) {
			refuse(s, pid, "another process's request id");
			return;
		}
		closesource(&old->src); /* asked again, after we were away */
		old->src.fd = s->src.fd;
		watch(&old->src, EPOLL_CTL_MOD, EPOLLIN);
		s->src.fd = -1;
		endsession(s, "repeated");
		s = old;
	} else {
		if (quitting || !(id = nextid()) || !(buf = malloc(len))) {
			refuse(s, pid, quitting ? "the daemon is stopping" : "no space or memory");
			return;
		}
		memcpy(buf, msg, len);
		for (k = 0; k < KeyLast; k++)
			if (r->val[k])
				r->val[k] = buf + (r->val[k] - msg);
		if ((err = addsession(s, r, buf, pid, 0, id))) {
			free(buf);
			refuse(s, pid, err);
			return;
		}
		savesession(s);
		warn(LOG_DEBUG, "uid %u (%s): session %llu, leader %d", s->login->uid,
			s->login->user, id, (int)pid);
	}
	if (s->state != SessionWaiting)
		s->login->nwaiting++;
	s->state = SessionWaiting;
	linkdel(&s->pending);
	linkadd(&pending, &s->pending);
	arm(&s->due, logintimeout * 1000);
	if (s->login->state == LoginNone)
		disarm(&s->login->due); /* somebody came: try now */
	steer(s->login, 0);
	if (s->state == SessionWaiting && s->src.fd >= 0)
		send(s->src.fd, "WAIT", sizeof("WAIT"), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Tells a login's supervisor what is wanted.  Until its file says that it has
 * heard, what it says of its state is old. */
static void
order(struct login *l, int o)
{
	siginfo_t si = { .si_signo = SIGORDER, .si_code = SI_QUEUE };

	if (o == l->order)
		return;
	disarm(&l->due);
	l->order = o;
	l->orders++;
	si.si_value.sival_int = o;
	if (syscall(SYS_pidfd_send_signal, l->src.fd, SIGORDER, &si, 0) < 0)
		warn(LOG_ERR, "uid %u (%s): cannot signal its supervisor: %s", l->uid, l->user,
			strerror(errno));
	setstatus(l, o == OrderEnd ? LoginStopping : LoginStarting);
	l->stayed |= o == OrderOn;
	l->killed = 0;
	if (o == OrderEnd)
		arm(&l->due, STOPWAIT);
}

/* A supervisor did not stop in time */
static void
overdue(struct login *l)
{
	if (!l->killed) {
		warn(LOG_ERR, "uid %u (%s): its supervisor (pid %d) does not stop, killing it",
			l->uid, l->user, (int)l->pid);
		syscall(SYS_pidfd_send_signal, l->src.fd, SIGKILL, NULL, 0);
		l->killed = 1;
		arm(&l->due, killtimeout * 1000);
	} else {
		warn(LOG_ERR, "uid %u (%s): its supervisor (pid %d) cannot be killed, going on "
			"without it", l->uid, l->user, (int)l->pid);
		supervisorgone(l);
	}
}

/* PAM's variables win, but not over our runtime directory */
static void
pamenv(const struct login *l, pam_handle_t *pamh)
{
	char **e = pam_getenvlist(pamh);

	for (; e && *e; e++)
		putenv(*e);
	if (l->managed)
		setenv("XDG_RUNTIME_DIR", l->runtime, 1);
}

/* The PAM process is gone, and with it a part of our means */
static void
pamgone(void)
{
	close(sv.pamfd);
	sv.pam = sv.pamfd = -1;
	if (sv.phase == PhasePam) {
		say(LOG_ERR, "no PAM session for its services; see the lines of PAM above, and "
			"/etc/pam.d/turnstiled");
		sv.fails++;
		settle();
	}
}

/* The PAM process: opens the session, forks for its supervisor what runs in
 * it, closes it when the supervisor is gone.  PAM's modules may hang, crash and
 * limit here what they like.  What is forked is the supervisor's own child. */
static void
pamprocess(struct login *l, int fd)
{
	const struct pam_conv conv = { converse, NULL };
	struct message m = { .what = Opened };
	pam_handle_t *pamh = NULL;
	char cgroup[MAXVALUE];

	keepone(fd);
	limits(0);
	unblock();
	signal(SIGPIPE, SIG_IGN);
	baseenv(l);
	m.err = pam_start("turnstiled", l->user, &conv, &pamh);
	if (m.err == PAM_SUCCESS)
		m.err = pam_open_session(pamh, 0);
	if (m.err != PAM_SUCCESS) {
		snprintf(m.text, sizeof(m.text), "%s", pam_strerror(pamh, m.err));
		send(KEPT, &m, sizeof(m), MSG_NOSIGNAL);
		_exit(1);
	}
	pamenv(l, pamh);
	makecgroup(l, cgroup, sizeof(cgroup));
	if (profile) {
		profileenv(l, cgroup);
		pamenv(l, pamh);
	}
	snprintf(m.text, sizeof(m.text), "%s", cgroup);
	send(KEPT, &m, sizeof(m), MSG_NOSIGNAL);
	while (recv(KEPT, &m, sizeof(m), 0) == sizeof(m)) {
		if (!(m.pid = syscall(SYS_clone, CLONE_PARENT | SIGPAM, 0, 0, 0, 0)))
			runchild(l, &m, cgroup, -1);
		m.err = errno;
		send(KEPT, &m, sizeof(m), MSG_NOSIGNAL);
	}
	pam_close_session(pamh, 0);
	pam_end(pamh, PAM_SUCCESS);
	_exit(0);
}

/* Takes over what /etc/profile exports, as the user, in a shell of its own; if
 * that fails or does not end, nothing. */
static void
profileenv(const struct login *l, const char *cgroup)
{
	static const char *const ours[] = { "HOME", "USER", "LOGNAME", "SHELL", "UID", "GID",
		"PWD", "OLDPWD", "SHLVL", "_", "XDG_RUNTIME_DIR", "TURNSTILE_DIR",
		"TURNSTILE_COREWAIT", NULL };
	static char buf[65536];
	struct message m = { .what = RunProfile };
	int64_t until = monotonic() + PROFWAIT;
	struct pollfd in = { .events = POLLIN };
	const char *const *o;
	size_t len = 0;
	ssize_t n = 1;
	char *s, *e;
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return;
	if (!(pid = fork()))
		runchild(l, &m, cgroup, out[1]);
	close(out[1]);
	in.fd = out[0];
	while (n > 0 && len < sizeof(buf) && monotonic() < until &&
			poll(&in, 1, until - monotonic()) > 0)
		if ((n = read(out[0], buf + len, sizeof(buf) - len)) > 0)
			len += n;
	close(out[0]);
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (n != 0 || !len)
		note("/etc/profile failed or did not end, services do without it", 0);
	else for (s = buf; (e = memchr(s, '\0', buf + len - s)); s = e + 1) {
		for (o = ours; *o; o++)
			if (!strncmp(s, *o, strlen(*o)) && s[strlen(*o)] == '=')
				break;
		if (!*o && strchr(s, '=') > s)
			putenv(s);
	}
}

static void
put(struct text *t, const char *fmt, ...)
{
	size_t room = t->len < sizeof(t->buf) ? sizeof(t->buf) - t->len : 0;
	va_list ap;

	va_start(ap, fmt);
	t->len += vsnprintf(room ? t->buf + t->len : NULL, room, fmt, ap);
	va_end(ap);
}

/* Writes a file whole: under a temporary name, then renamed.  Returns 0, or -1
 * and errno; then the old file, if any, is as it was. */
static int
putfile(int dir, const char *name, mode_t mode, const char *buf, size_t len)
{
	char tmp[64];
	ssize_t n;
	int fd, saved;

	snprintf(tmp, sizeof(tmp), ".%s", name);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	if ((n = write(fd, buf, len)) >= 0 && (size_t)n < len)
		errno = ENOSPC;
	saved = errno;
	if (close(fd) == 0 && n == (ssize_t)len && renameat(dir, tmp, dir, name) == 0)
		return 0;
	if (n == (ssize_t)len)
		saved = errno;
	unlinkat(dir, tmp, 0);
	errno = saved;
	return -1;
}

static void
putkey(struct text *t, int key, const char *val)
{
	if (val && *val)
		put(t, "%s=%s\n", keyname[key], val);
}

static void
readfifo(void)
{
	char buf[512];
	ssize_t n, i;

	n = read(sv.fifo, buf, sizeof(buf));
	for (i = 0; i < n && sv.fifo >= 0; i++) {
		if (buf[i] == '\n' || buf[i] == '\0')
			readyline();
		else if (sv.linelen < sizeof(sv.line) - 1)
			sv.line[sv.linelen++] = buf[i];
	}
	if (n != 0 || sv.fifo < 0)
		return;
	if (sv.linelen)
		readyline();
	if (sv.fifo >= 0)
		openfifo(); /* or the end of file would be reported for ever */
}

/* Fills p for a process.  Returns -1 when it is not there. */
static int
readproc(pid_t pid, struct proc *p)
{
	char name[64], buf[1024], *s;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	if (getfile(AT_FDCWD, name, buf, sizeof(buf)) < 0 || !(s = strrchr(buf, ')')))
		return -1; /* the name before it may hold anything */
	p->pid = pid;
	p->ours = 0;
	return sscanf(s + 1, " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d "
		"%*d %*d %*d %*d %*d %llu", &p->state, &p->ppid, &p->pgrp, &p->start) == 4 ? 0 : -1;
}

static void
readsignals(int fd)
{
	struct signalfd_siginfo si;

	while (read(fd, &si, sizeof(si)) == sizeof(si)) {
		if ((int)si.ssi_signo == SIGORDER) {
			sv.l->order = si.ssi_int;
			sv.l->orders++;
			obey();
		} else if (si.ssi_signo == SIGTERM && sv.l->order != OrderEnd) {
			sv.l->order = OrderEnd;
			obey();
		}
	}
	reap();
}

static void
readygone(int st)
{
	sv.ready = 0;
	if (sv.phase != PhaseReady)
		return;
	if (st)
		say(LOG_WARNING, "waiting for the core services failed, login goes on");
	up();
}

/* A record from the readiness FIFO: a complaint, or that all is ready */
static void
readyline(void)
{
	sv.line[sv.linelen] = '\0';
	if (*sv.line == '!') {
		if (sv.notes++ < MAXNOTES)
			say(LOG_WARNING, "%s", sv.line + 1);
	} else if (sv.linelen && sv.phase == PhaseStart) {
		if (!backends[backend].ready) {
			up();
		} else {
			sv.ready = spawn(RunReady, sv.line);
			setphase(PhaseReady, corewait * 1000 + COREGRACE);
			if (sv.ready < 0)
				up();
		}
	}
	sv.linelen = 0;
}

static int64_t
realuid(pid_t pid)
{
	char name[64], buf[2048], *s;
	unsigned uid;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)pid);
	if (getfile(AT_FDCWD, name, buf, sizeof(buf)) < 0 || !(s = strstr(buf, "\nUid:")) ||
			sscanf(s, "\nUid: %u", &uid) != 1)
		return -1;
	return uid;
}

static void
reap(void)
{
	int st;
	pid_t pid;

	while ((pid = waitpid(-1, &st, WNOHANG | __WALL)) > 0) {
		if (pid == sv.pam)
			pamgone();
		else if (pid == sv.l->manager && sv.phase != PhaseOld)
			managergone(st);
		else if (pid == sv.ready)
			readygone(st);
	}
}

/* The one way to start: takes back what is there, ends what is not */
static void
recover(void)
{
	char buf[32];
	struct link *p, *next;
	ssize_t n;

	if ((n = getfile(privdir, "lastid", buf, sizeof(buf))) > 0) {
		buf[n - 1] = '\0';
		lastid = number(buf, INT64_MAX) > 0 ? number(buf, INT64_MAX) : 0;
	}
	eachname(privlogins, recoverlogin);
	eachname(privsessions, recoversession);
	eachname(rundir, recoverlogin);
	eachname(privsessions, cleanhalf);
	eachname(sessionsdir, cleansession);
	eachname(usersdir, cleanuser);
	for (p = logins.next; p != &logins; p = next) {
		next = p->next;
		steer(OF(struct login, all, p), 0);
	}
}

/* A login from its file or, where there is only its own directory, from that
 * directory's name */
static void
recoverlogin(const char *name)
{
	int64_t uid = number(name, UINT32_MAX - 1);
	char buf[MAXRECORD];
	struct record r = { 0 };
	struct login *l;
	ssize_t len;

	if (uid < 0 || findlogin(uid))
		return;
	if ((len = getfile(privlogins, name, buf, sizeof(buf))) >= 0)
		recparse(&r, buf, len, '\n'); /* loadlogin() complains */
	if (!(l = needlogin(uid, &r)))
		return;
	if (len < 0)
		l->managed = 0; /* unsure whose the runtime directory is: it stays */
	l->pid = number(r.val[KeyPid], INT_MAX);
	l->start = number(r.val[KeyStart], INT64_MAX);
	loadlogin(l);
	if (isproc(l->pid, l->start)) {
		l->src.fd = syscall(SYS_pidfd_open, l->pid, 0);
		if (l->src.fd < 0 || watch(&l->src, EPOLL_CTL_ADD, EPOLLIN) < 0)
			die("cannot watch the supervisor of uid %u:", l->uid);
		l->stayed = l->order == OrderOn;
		if (l->state == LoginStopping)
			arm(&l->due, STOPWAIT);
	} else {
		warn(LOG_WARNING, "uid %u (%s): its supervisor is gone; what it left is stopped "
			"first", l->uid, l->user);
		l->left = 1;
		setstatus(l, LoginNone);
	}
}

static void
recoversession(const char *name)
{
	int64_t id = number(name, INT64_MAX);
	char file[MAXRECORD], *buf = NULL;
	const char *err = "its file is damaged";
	struct session *s;
	struct record r;
	ssize_t len;

	if (*name == '.' || !(s = newsession(-1)))
		return;
	len = id > 0 ? getfile(privsessions, name, file, sizeof(file)) : -1;
	if (len > 0 && (buf = malloc(len))) {
		memcpy(buf, file, len);
		if (recparse(&r, buf, len, '\n'))
			warn(LOG_WARNING, "a part of %s/private/sessions/%s is damaged", RUNDIR, name);
		if (r.val[KeyStart])
			err = addsession(s, &r, buf, number(r.val[KeyLeader], INT_MAX),
				number(r.val[KeyStart], INT64_MAX), id);
	}
	if (!err) {
		s->state = SessionOpen;
		savesession(s);
	} else {
		warn(LOG_INFO, "session %s is over: %s", name, err);
		unlinkat(privsessions, name, 0);
		free(buf);
		free(s);
	}
	if (id > 0 && (unsigned long long)id > lastid)
		lastid = id;
}

/* Splits KEY=value strings, each ended by end, in place; r points into buf.
 * Returns how many of them are no good: those are left out, as are keys that
 * this version does not know.  Of a repeated key the first is taken; only ENV
 * may be repeated. */
static int
recparse(struct record *r, char *buf, size_t len, char end)
{
	char *s, *e, *eq;
	int bad = 0, k;

	memset(r, 0, sizeof(*r));
	for (s = buf; s < buf + len; s = e + 1) {
		if (!(e = memchr(s, end, buf + len - s))) {
			bad++;
			break;
		}
		*e = '\0';
		eq = strchr(s, '=');
		if (strlen(s) != (size_t)(e - s) || !eq || !storable(s)) {
			bad++;
			continue;
		}
		for (k = 0; k < KeyLast; k++)
			if (!strncmp(s, keyname[k], eq - s) && !keyname[k][eq - s])
				break;
		if (k < KeyLast && !r->val[k])
			r->val[k] = eq + 1;
		else if (k < KeyLast && k != KeyEnv)
			bad++;
	}
	return bad;
}

/* Executes the installed binary, which then recovers; if that cannot be,
 * nothing has changed. */
static void
reexec(void)
{
	char fd[16];

	warn(LOG_INFO, "executing " BINARY);
	snprintf(fd, sizeof(fd), "%d", listener.fd);
	setenv(LISTENVAR, fd, 1);
	fcntl(listener.fd, F_SETFD, 0);
	limits(0);
	execv(BINARY, args);
	warn(LOG_ERR, "cannot execute " BINARY ": %s; going on as before", strerror(errno));
	limits(1);
	fcntl(listener.fd, F_SETFD, FD_CLOEXEC);
}

static void
refuse(struct session *s, pid_t pid, const char *why)
{
	struct text t = { 0 };

	warn(LOG_WARNING, "pid %d: request refused: %s", (int)pid, why);
	put(&t, "ERROR%c%s%c", 0, why, 0);
	send(s->src.fd, t.buf, t.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	endsession(s, why);
}

/* Answers all who wait: the services cannot be had now */
static void
release(struct login *l, const char *why)
{
	struct link *p, *next;
	struct session *s;

	for (p = l->sessions.prev; l->nwaiting && p != &l->sessions; p = next) {
		next = p->prev;
		s = OF(struct session, inlogin, p);
		if (s->state == SessionWaiting)
			answer(s, why);
	}
}

/* Writes the login's file: what the daemon knows of us */
static void
report(void)
{
	int s = sv.l->order == OrderEnd ? LoginStopping : sv.phase == PhaseIdle ||
		sv.phase == PhaseUp || sv.phase == PhasePause ? LoginReady : LoginStarting;

	if (savelogin(sv.l, statename[s]) < 0) {
		if (!sv.unsaved)
			say(LOG_ERR, "cannot write its file: %s; trying again", strerror(errno));
		sv.unsaved = 1;
	} else {
		sv.unsaved = 0;
	}
}

/* Takes over what a supervisor has written */
static void
reread(struct login *l)
{
	if (l->src.fd < 0 || loadlogin(l) < 0)
		return;
	if (l->state == LoginStopping && !l->due) /* somebody else signalled it */
		arm(&l->due, STOPWAIT);
	dirty(l);
	steer(l, 0);
}

static void
run(void)
{
	struct epoll_event ev[BATCH];
	struct source *src;
	int i, n;

	while (!quitting || (busy() && now < quitdue)) {
		n = epoll_wait(epfd, ev, BATCH, !nextdue ? -1 : nextdue > now ?
			(int)(nextdue - now) : 0);
		now = monotonic();
		for (i = 0; i < n; i++) {
			src = ev[i].data.ptr;
			if (src->fd >= 0) /* not closed in this turn */
				src->event(src, ev[i].events);
		}
		if (nextdue && nextdue <= now)
			expire();
		turnend();
	}
}

/* Becomes the user and executes a command of the backend.  The only way on
 * which anything runs for a user.  out: standard output, or -1 for none */
static void
runchild(const struct login *l, const struct message *m, const char *cgroup, int out)
{
	const struct backend *b = &backends[backend];
	const char *const cmd[] = { b->run, b->ready, b->stop,
		". /etc/profile >/dev/null 2>&1; exec cat /proc/self/environ" };
	char name[MAXVALUE + 16];
	int null, fd;

	setsid();
	snprintf(name, sizeof(name), "%s/cgroup.procs", cgroup);
	if (*cgroup && (fd = open(name, O_WRONLY | O_CLOEXEC)) >= 0) {
		if (write(fd, "0", 1) < 0)
			note("cannot enter its cgroup", errno);
		close(fd);
	}
	null = open("/dev/null", O_RDWR);
	snprintf(name, sizeof(name), "%s/%u/ready", RUNDIR, l->uid);
	if ((fd = open(name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW)) >= 0)
		fcntl(fd, F_SETFL, 0);
	dup2(null, 0);
	dup2(out >= 0 ? out : null, 1);
	dup2(null, 2);
	dup2(fd >= 0 ? fd : null, 3);
	fcntl(KEPT, F_SETFD, FD_CLOEXEC);
	closeall(KEPT + 1);
	unblock();
	if (initgroups(l->user, l->gid) < 0 || setresgid(l->gid, l->gid, l->gid) < 0 ||
			setresuid(l->uid, l->uid, l->uid) < 0) {
		note("cannot become the user", errno);
		_exit(126);
	}
	if (m->what == RunManager) { /* only now: becoming the user clears it */
		prctl(PR_SET_PDEATHSIG, b->stopsig ? b->stopsig : SIGTERM);
		if (getppid() != sv.self)
			_exit(126);
	}
	if (chdir(l->home) < 0) {
		snprintf(name, sizeof(name), "cannot enter its home %s, services start in /", l->home);
		note(name, errno);
		if (chdir("/") < 0)
			_exit(126);
	}
	execl("/bin/sh", "sh", "-c", cmd[m->what], "turnstile", m->text, (char *)NULL);
	note("cannot execute /bin/sh", errno);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Writes again what could not be written */
static void
savefailed(void)
{
	struct link *p, *q;
	struct session *s;

	EACH(p, &logins)
		EACH(q, &OF(struct login, all, p)->sessions) {
			if (!unsavedsessions)
				return;
			s = OF(struct session, inlogin, q);
			if (s->unsaved)
				savesession(s);
		}
}

/* Writes a login's private file: the daemon before the supervisor may go on,
 * then only the supervisor. */
static int
savelogin(const struct login *l, const char *state)
{
	struct text t = { 0 };
	char name[16];
	const char *e;

	snprintf(name, sizeof(name), "%u", l->uid);
	put(&t, "VERSION=%s\nPID=%d\nSTART=%llu\nSTATE=%s\nUID=%u\nGID=%u\n", PROTOVERSION,
		(int)l->pid, l->start, state, l->uid, l->gid);
	putkey(&t, KeyUser, l->user);
	putkey(&t, KeyHome, l->home);
	putkey(&t, KeyShell, l->shell);
	putkey(&t, KeyRuntime, l->runtime);
	put(&t, "MANAGED=%d\nBUS=%d\nORDER=%d\nORDERS=%d\n", l->managed, l->bus, l->order,
		l->orders);
	if (l->manager > 0)
		put(&t, "MANAGER=%d\nMANAGER_START=%llu\n", (int)l->manager, l->managerstart);
	putkey(&t, KeyCgroup, l->cgroup);
	for (e = l->env; *e; e += strlen(e) + 1)
		putkey(&t, KeyEnv, e);
	if (t.len >= sizeof(t.buf)) {
		errno = EMSGSIZE;
		return -1;
	}
	return putfile(privlogins, name, 0600, t.buf, t.len);
}

/* Both files of a session; what could not be written is tried again later */
static void
savesession(struct session *s)
{
	static const int public[] = { KeyService, KeyType, KeyClass, KeyDesktop, KeySeat,
		KeyVtnr, KeyTty, KeyDisplay, KeyRemoteUser, KeyRemoteHost };
	struct text t = { 0 };
	char name[24];
	size_t i;
	int r;

	snprintf(name, sizeof(name), "%llu", s->id);
	for (i = 0; i < KeyLeader; i++)
		putkey(&t, i, s->rec.val[i]);
	put(&t, "LEADER=%d\nSTART=%llu\n", (int)s->leader->pid, s->leader->start);
	r = t.len < sizeof(t.buf) ? putfile(privsessions, name, 0600, t.buf, t.len) : 0;
	t.len = 0;
	put(&t, "VERSION=%s\nUID=%u\nUSER=%s\nLEADER=%d\nREMOTE=%d\nIS_DISPLAY=%d\n",
		PROTOVERSION, s->login->uid, s->rec.val[KeyUser], (int)s->leader->pid,
		!!s->rec.val[KeyRemote], !!s->rec.val[KeyVtnr]);
	if (s->rec.val[KeyType])
		put(&t, "ORIGINAL_TYPE=%s\n", s->rec.val[KeyType]);
	for (i = 0; i < LENGTH(public); i++)
		putkey(&t, public[i], s->rec.val[public[i]]);
	if (t.len < sizeof(t.buf) && putfile(sessionsdir, name, 0644, t.buf, t.len) < 0)
		r = -1;
	if (r < 0 && !s->unsaved)
		warn(LOG_ERR, "uid %u (%s): cannot write the files of session %llu: %s; "
			"trying again", s->login->uid, s->login->user, s->id, strerror(errno));
	unsavedsessions += (r < 0) - s->unsaved;
	s->unsaved = r < 0;
	if (r < 0 && !retrydue)
		arm(&retrydue, RETRYWAIT);
}

/* The public file of a login.  Returns -1 if it could not be written. */
static int
saveuser(const struct login *l)
{
	struct text t = { 0 };
	struct link *p;
	const char *seat;
	char name[16], *buf;
	int r;

	snprintf(name, sizeof(name), "%u", l->uid);
	put(&t, "VERSION=%s\nNAME=%s\nRUNTIME=%s\nSTATE=%s\nSEATS=", PROTOVERSION, l->user,
		l->runtime, statename[l->state < LoginStarting ? LoginStarting : l->state]);
	EACH(p, &l->sessions) {
		if (!l->nseated)
			break;
		seat = OF(struct session, inlogin, p)->rec.val[KeySeat];
		if (seat && t.len < MAXRECORD / 2)
			put(&t, "%s%s", t.buf[t.len - 1] == '=' ? "" : " ", seat);
	}
	put(&t, "\nSESSIONS=");
	if (!(buf = malloc(t.len + l->idslen + 1)))
		return -1;
	memcpy(buf, t.buf, t.len);
	if (l->idslen)
		memcpy(buf + t.len, l->ids, l->idslen);
	else
		t.len++; /* for the newline */
	buf[t.len + l->idslen - 1] = '\n'; /* in place of the last blank */
	r = putfile(usersdir, name, 0644, buf, t.len + l->idslen);
	free(buf);
	return r;
}

static void
say(int level, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	warn(level, "uid %u (%s): %s", sv.l->uid, sv.l->user, buf);
}

/* Reads the marker directory and follows what has changed in it */
static void
scanmarkers(void)
{
	struct marker **p, *m;
	struct dirent *e;
	struct stat st;
	struct login *l;
	struct link *k;
	DIR *d;
	int bad;

	if ((int)backend == None || (int)linger != LingerMarked)
		return;
	inotify_add_watch(watches.fd, STATEDIR, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	inotify_add_watch(watches.fd, LINGERDIR, IN_CREATE | IN_DELETE | IN_MOVED_TO |
		IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
	for (m = markers; m; m = m->next)
		m->seen = 0;
	for (d = opendir(LINGERDIR); d && (e = readdir(d)); m->seen = 1) {
		if (!(m = findmarker(e->d_name))) {
			if (!(m = calloc(1, sizeof(*m))) || !(m->name = strdup(e->d_name))) {
				free(m);
				break;
			}
			m->next = markers;
			markers = m;
		}
		bad = !storable(m->name) || fstatat(dirfd(d), m->name, &st,
			AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode);
		if (bad && !m->bad && strcmp(m->name, ".") && strcmp(m->name, ".."))
			warn(LOG_WARNING, "%s/%s is ignored: a linger marker is a plain file "
				"named like the user", LINGERDIR, m->name);
		m->bad = bad;
		EACH(k, &logins)
			matchmarker(m, OF(struct login, all, k));
	}
	if (d)
		closedir(d);
	for (p = &markers; (m = *p);) {
		if (m->seen) {
			p = &m->next;
			continue;
		}
		*p = m->next;
		disarm(&m->due);
		if (m->known && (l = findlogin(m->uid)) && l->marked) {
			l->marked = 0;
			steer(l, 1);
		}
		free(m->name);
		free(m);
	}
	lookup();
}

static void
sessionevent(struct source *src, unsigned events)
{
	struct session *s = OF(struct session, src, src), *other;
	static char msg[MAXRECORD];
	struct ucred cred = { 0 };
	socklen_t credlen = sizeof(cred);
	struct record r;
	ssize_t n;

	(void)events;
	n = recv(s->src.fd, msg, sizeof(msg), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		endsession(s, "its connection was closed");
		return;
	}
	getsockopt(s->src.fd, SOL_SOCKET, SO_PEERCRED, &cred, &credlen);
	if (n > (ssize_t)sizeof(msg) || recparse(&r, msg, n, '\0') || !r.val[KeyVersion])
		refuse(s, cred.pid, "a malformed record");
	else if (strcmp(r.val[KeyVersion], PROTOVERSION))
		refuse(s, cred.pid, "another version's record: install module and daemon "
			"of one version");
	else if (r.val[KeyClose]) {
		if ((other = findsession(r.val[KeyClose])) && other != s)
			endsession(other, "it was closed");
		send(s->src.fd, "OK", sizeof("OK"), MSG_DONTWAIT | MSG_NOSIGNAL);
		endsession(s, "it was closed");
	} else if (s->state == SessionNew)
		opensession(s, &r, msg, n, cred.pid);
	else
		refuse(s, cred.pid, "a second request on a connection");
}

static void
setphase(int phase, int64_t ms)
{
	sv.phase = phase;
	sv.due = ms ? now + ms : 0;
	report();
}

static void
setstatus(struct login *l, int state)
{
	if (l->state != state)
		dirty(l);
	l->state = state;
}

static void
setstring(char **s, const char *val)
{
	char *new;

	if (strcmp(*s, val ? val : "") && (new = strdup(val ? val : ""))) {
		free(*s);
		*s = new;
	}
}

/* Does what was ordered, when nothing runs */
static void
settle(void)
{
	switch (sv.l->order) {
	case OrderOn:
		if (sv.fails > 1)
			setphase(PhasePause, growing(sv.fails - 2, MAXPAUSE));
		else
			startservices();
		break;
	case OrderOff:
		closepam();
		setphase(PhaseIdle, 0);
		break;
	case OrderEnd:
		finish();
	}
}

static void
setup(void)
{
	sigset_t set;
	int fd, n;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd < 3)
		;
	close(fd);
	umask(022);
	for (n = 1; n < NSIG; n++)
		signal(n, SIG_DFL);
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	if (logsyslog)
		logfd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	rundir = needdir(AT_FDCWD, RUNDIR, 0755);
	for (n = 0; flock(rundir, LOCK_EX | LOCK_NB) < 0; n++) {
		if (n == 100) /* a child of one that died lets go at once */
			die("another turnstiled is running: " RUNDIR " is locked");
		poll(NULL, 0, 10);
	}
	sessionsdir = needdir(rundir, "sessions", 0755);
	usersdir = needdir(rundir, "users", 0755);
	privdir = needdir(rundir, "private", 0700);
	privsessions = needdir(privdir, "sessions", 0700);
	privlogins = needdir(privdir, "logins", 0700);
	close(needdir(AT_FDCWD, STATEDIR, 0755));
	close(needdir(AT_FDCWD, LINGERDIR, 0755));
	idfd = openat(privdir, "lastid", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (idfd < 0)
		die("cannot make " RUNDIR "/private/lastid:");
	getrlimit(RLIMIT_NOFILE, &nofile);
	if (getfile(AT_FDCWD, "/proc/self/oom_score_adj", oomadj, sizeof(oomadj)) < 0)
		strcpy(oomadj, "0");
	limits(1);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	linkinit(&logins);
	linkinit(&dirtylogins);
	linkinit(&pending);
	linkinit(&gonesessions);
	linkinit(&gonelogins);
	now = monotonic();
	signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	watches.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	epfd = epoll_create1(EPOLL_CLOEXEC);
	loginwatch = inotify_add_watch(watches.fd, RUNDIR "/private/logins", IN_MOVED_TO);
	if (loginwatch < 0 || watch(&signals, EPOLL_CTL_ADD, EPOLLIN) < 0 ||
			watch(&watches, EPOLL_CTL_ADD, EPOLLIN) < 0)
		die("cannot watch signals and files:");
}

static void
signalevent(struct source *src, unsigned events)
{
	struct signalfd_siginfo si;

	(void)events;
	while (read(src->fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
		else if (quitting)
			;
		else if (si.ssi_signo == SIGHUP)
			reexec();
		else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT)
			stop();
	}
}

/* Signals a process only if it is the one meant: a number may have been given
 * to another one meanwhile.  group: its process group too */
static void
sigproc(const struct proc *p, int sig, int group)
{
	int fd = syscall(SYS_pidfd_open, p->pid, 0);

	if (fd < 0)
		return;
	if (isproc(p->pid, p->start)) {
		if (group && p->pgrp > 1 && p->pgrp != getpgrp())
			kill(-p->pgrp, sig);
		syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
	}
	close(fd);
}

/* Runs a command of the backend in the PAM session.  Returns its pid or -1. */
static pid_t
spawn(int what, const char *arg)
{
	struct message m = { .what = what };
	struct pollfd p = { .fd = sv.pamfd, .events = POLLIN };

	snprintf(m.text, sizeof(m.text), "%s", arg);
	if (sv.pam <= 0 || send(sv.pamfd, &m, sizeof(m), MSG_NOSIGNAL) < 0)
		return -1;
	while (poll(&p, 1, SPAWNWAIT) == 1 && recv(sv.pamfd, &m, sizeof(m), 0) == sizeof(m)) {
		if (m.what == what) {
			if (m.pid < 0)
				say(LOG_ERR, "cannot fork: %s", strerror(m.err));
			return m.pid;
		}
		heard(&m);
	}
	say(LOG_ERR, "its PAM process (pid %d) does not answer, killing it", (int)sv.pam);
	kill(sv.pam, SIGKILL);
	return -1;
}

static void
startfailed(void)
{
	sv.fails++;
	sv.phase = PhasePam;
	beginstop();
}

static void
startmanager(void)
{
	struct login *l = sv.l;
	struct proc p;

	openfifo();
	sv.notes = 0;
	sv.begun = now;
	l->bus = 0;
	if ((l->manager = spawn(RunManager, sv.started ? "again" : "first")) < 0) {
		startfailed();
		return;
	}
	sv.started = 1;
	l->managerstart = readproc(l->manager, &p) == 0 ? p.start : 0;
	setphase(PhaseStart, corewait * 1000 + COREGRACE);
}

/* Forks the PAM process.  Returns 0 or -1. */
static int
startpam(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	if (!(sv.pam = syscall(SYS_clone, SIGPAM, 0, 0, 0, 0)))
		pamprocess(sv.l, pair[1]);
	close(pair[1]);
	sv.pamfd = pair[0];
	if (sv.pam > 0)
		return 0;
	close(sv.pamfd);
	sv.pamfd = -1;
	return -1;
}

/* Starts the services; first the PAM session, where there is none */
static void
startservices(void)
{
	int open = sv.pam > 0;

	setphase(PhasePam, 0);
	if (makeown() < 0 || (!open && startpam() < 0)) {
		say(LOG_ERR, "cannot start its services: %s", strerror(errno));
		startfailed();
	} else if (open) {
		startmanager();
	}
}

/* Forks the supervisor of a login.  It runs only when its file is written, so
 * that none is ever unknown. */
static void
startsupervisor(struct login *l, int o)
{
	const char *what = "make a pipe";
	struct proc p;
	int go[2] = { -1, -1 };

	l->order = o;
	l->orders = 0;
	l->killed = 0;
	l->since = now;
	l->stayed |= o == OrderOn;
	if (pipe2(go, O_CLOEXEC) < 0)
		goto failed;
	what = "fork";
	if ((l->pid = fork()) < 0)
		goto failed;
	if (!l->pid) {
		close(go[1]);
		supervise(l, go[0]);
	}
	what = "watch it";
	if (readproc(l->pid, &p) < 0 || (l->src.fd = syscall(SYS_pidfd_open, l->pid, 0)) < 0 ||
			watch(&l->src, EPOLL_CTL_ADD, EPOLLIN) < 0)
		goto failed;
	l->start = p.start;
	what = "write its file";
	if (savelogin(l, statename[LoginNew]) < 0 || write(go[1], "", 1) < 0)
		goto failed;
	close(go[0]);
	close(go[1]);
	l->left = 0;
	setstatus(l, o == OrderEnd ? LoginStopping : LoginNew);
	if (o == OrderEnd)
		arm(&l->due, STOPWAIT);
	return;
failed:
	warn(LOG_ERR, "uid %u (%s): cannot start the supervisor (%s): %s; trying again",
		l->uid, l->user, what, strerror(errno));
	if (go[0] >= 0) {
		close(go[0]);
		close(go[1]); /* without a word: it exits */
	}
	closesource(&l->src);
	arm(&l->due, RETRYWAIT);
	release(l, "no supervisor could be started");
}

/* Brings a login nearer to what its sessions want.  hurry: without stop delay */
static void
steer(struct login *l, int hurry)
{
	struct link *p, *next;
	struct session *s;
	int w = want(l);

	switch (l->state) {
	case LoginNone:
		if (w != OrderEnd || l->left) {
			if (!l->due)
				startsupervisor(l, w);
		} else if (!l->nsessions) {
			droplogin(l);
			return;
		}
		break;
	case LoginNew:
	case LoginStarting:
	case LoginReady:
		if (w <= l->order || hurry || quitting || !stopdelay) {
			disarm(&l->due);
			order(l, w);
		} else if (!l->due) {
			arm(&l->due, stopdelay * 1000);
		}
		break;
	}
	for (p = l->sessions.prev; l->nwaiting && p != &l->sessions; p = next) {
		next = p->prev;
		s = OF(struct session, inlogin, p);
		if (s->state == SessionWaiting && answerable(s))
			answer(s, NULL);
	}
}

static void
stop(void)
{
	struct link *p, *next;

	warn(LOG_INFO, "stopping");
	quitting = 1;
	arm(&quitdue, STOPWAIT + 2 * killtimeout * 1000);
	for (p = logins.next; p != &logins; p = next) {
		next = p->next;
		steer(OF(struct login, all, p), 1);
	}
}

/* The supervisor of a login, from its fork on */
static void
supervise(struct login *l, int go)
{
	struct pollfd p[4];
	struct message m;
	struct proc self;
	sigset_t all;
	char c;
	int64_t wait;
	int i;

	sv.l = l;
	sv.daemon = getppid();
	sv.pam = sv.pamfd = sv.fifo = sv.buswatch = -1;
	sv.self = l->pid = getpid();
	l->start = readproc(l->pid, &self) == 0 ? self.start : 0;
	/* keep two of the daemon's descriptors, as numbers KEPT and KEPT + 1 */
	privlogins = fcntl(privlogins, F_DUPFD, KEPT + 2);
	go = fcntl(go, F_DUPFD, KEPT + 2);
	privlogins = dup2(privlogins, KEPT);
	go = dup2(go, KEPT + 1);
	close(3);
	closeall(KEPT + 2);
	fcntl(privlogins, F_SETFD, FD_CLOEXEC);
	if (read(go, &c, 1) != 1)
		_exit(1); /* the daemon could not write our file */
	close(go);
	logfd = logsyslog ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	sigfillset(&all);
	p[0].fd = signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
	now = monotonic();
	if (l->managed && l->order != OrderEnd && makemount(l->runtime, l->uid, l->gid, 0700,
			rundirsize, rundirinodes) < 0) {
		say(LOG_ERR, "cannot make %s, it has no runtime directory: %s", l->runtime,
			strerror(errno));
		l->managed = 0;
		*l->runtime = '\0';
	}
	loginenv(l);
	if (!l->left) {
		settle();
	} else {
		setphase(PhaseOld, 0);
		beginstop();
	}
	for (;;) {
		timeup();
		wait = sv.unsaved ? RETRYWAIT : -1;
		if (sv.due)
			wait = sv.due > now ? sv.due - now : 0;
		if ((sv.phase == PhaseStop && sv.rung == RungKill) || sv.phase == PhaseOld)
			wait = TICK;
		p[1].fd = sv.pamfd;
		p[2].fd = sv.fifo;
		p[3].fd = sv.buswatch;
		for (i = 0; i < 4; i++) {
			p[i].events = POLLIN;
			p[i].revents = 0;
		}
		poll(p, 4, wait);
		now = monotonic();
		if (p[1].revents && recv(sv.pamfd, &m, sizeof(m), MSG_DONTWAIT) == sizeof(m))
			heard(&m);
		if (p[2].revents && sv.fifo == p[2].fd)
			readfifo();
		if (p[3].revents && sv.buswatch == p[3].fd) {
			lookbus();
			report();
		}
		if (p[0].revents)
			readsignals(p[0].fd);
		if (sv.unsaved)
			report();
	}
}

static void
supervisorevent(struct source *src, unsigned events)
{
	(void)events;
	supervisorgone(OF(struct login, src, src));
}

/* A supervisor has ended.  Its last act is to remove its file: where that is
 * left, it was killed, and the next one first ends what it left running. */
static void
supervisorgone(struct login *l)
{
	closesource(&l->src);
	disarm(&l->due);
	l->left = loadlogin(l) == 0;
	l->fails = l->left && now - l->since < YOUNG ? l->fails + 1 : 0;
	if (l->left) {
		warn(LOG_ERR, "uid %u (%s): its supervisor (pid %d) was killed; what it left is "
			"stopped first, then its services start again", l->uid, l->user, (int)l->pid);
		if (l->fails > 1)
			arm(&l->due, growing(l->fails - 2, MAXPAUSE));
	} else {
		l->manager = 0;
		l->bus = 0;
		*l->cgroup = *l->env = '\0';
	}
	setstatus(l, LoginNone);
	steer(l, 0);
}

/* Signals every process of the tree: what descends from us or, for what a
 * killed supervisor left, what is in its cgroup and what of the user's has
 * fallen to the daemon.  SIGKILL goes to process groups too: then a fork that is
 * under way fails.  Returns how many there are, and adds their pids to t. */
static int
sweep(int sig, struct text *t)
{
	struct proc *all = NULL, *new, p, *q;
	size_t n = 0, cap = 0, i, more;
	pid_t self = getpid();
	struct dirent *e;
	int found = 0;
	DIR *d;

	if (!(d = opendir("/proc")))
		return 0;
	while ((e = readdir(d))) {
		if (number(e->d_name, INT_MAX) < 1 || readproc(atoi(e->d_name), &p) < 0)
			continue;
		if (n == cap) {
			if (!(new = realloc(all, (cap * 2 + 256) * sizeof(*all))))
				break;
			all = new;
			cap = cap * 2 + 256;
		}
		p.ours = sv.phase == PhaseOld ? p.ppid == sv.daemon && p.pid != self &&
			sv.l->uid && realuid(p.pid) == sv.l->uid : p.ppid == self && p.pid != sv.pam;
		all[n++] = p;
	}
	closedir(d);
	qsort(all, n, sizeof(*all), bypid);
	if (sv.phase == PhaseOld)
		markcgroup(all, n);
	do {
		for (more = i = 0; i < n; i++) {
			p.pid = all[i].ppid;
			if (!all[i].ours && (q = bsearch(&p, all, n, sizeof(p), bypid)) && q->ours)
				more = all[i].ours = 1;
		}
	} while (more);
	for (i = 0; i < n; i++) {
		if (!all[i].ours || all[i].state == 'Z')
			continue;
		found++;
		if (t)
			put(t, " %d", (int)all[i].pid);
		if (sig)
			sigproc(&all[i], sig, sig == SIGKILL);
		if (sig == SIGTERM)
			sigproc(&all[i], SIGCONT, 0);
	}
	free(all);
	return found;
}

/* A deadline has passed, or a tree that must end is to be looked at again */
static void
timeup(void)
{
	if (sv.phase == PhaseOld || sv.phase == PhaseStop) {
		if (treegone() || sv.rung == RungTop) {
			treeended();
		} else if (sv.due <= now) {
			sv.rung++;
			climb();
		} else if (sv.rung == RungKill) {
			sweep(SIGKILL, NULL);
		}
		return;
	}
	if (!sv.due || sv.due > now)
		return;
	sv.due = 0;
	switch (sv.phase) {
	case PhaseReady:
		kill(-sv.ready, SIGKILL);
		/* FALLTHROUGH */
	case PhaseStart:
		say(LOG_WARNING, "its services are not ready after %d s, login goes on", corewait);
		up();
		break;
	case PhasePause:
		startservices();
		break;
	}
}

/* Nothing runs for the user any more, or it cannot be helped */
static void
treeended(void)
{
	if (sv.phase == PhaseOld)
		rmdir(sv.l->cgroup);
	if (sv.phase == PhaseOld)
		*sv.l->cgroup = '\0';
	sv.l->manager = 0;
	settle();
}

/* 1 when no process of the tree is left.  Whatever the service manager ever
 * started is our child in the end, and the PAM process does not count for
 * wait(): see SIGPAM. */
static int
treegone(void)
{
	siginfo_t si;

	if (sv.phase == PhaseOld)
		return !sweep(0, NULL);
	return waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

/* The end of a turn: writes what has changed, frees what is gone, finds the
 * next deadline. */
static void
turnend(void)
{
	struct link *p, *next;
	struct leader *d;
	struct session *s;
	struct login *l;
	struct marker *m;

	for (p = dirtylogins.next; p != &dirtylogins; p = next) {
		l = OF(struct login, dirty, p);
		next = p->next;
		if (saveuser(l) == 0) {
			l->unsaved = 0;
			linkdel(p);
			continue;
		}
		if (!l->unsaved)
			warn(LOG_ERR, "uid %u (%s): cannot write %s/users/%u: %s; trying again",
				l->uid, l->user, RUNDIR, l->uid, strerror(errno));
		l->unsaved = 1;
		if (!retrydue)
			arm(&retrydue, RETRYWAIT);
	}
	while ((p = gonesessions.next) != &gonesessions) {
		s = OF(struct session, pending, p);
		linkdel(p);
		free(s->buf);
		free(s);
	}
	while ((p = gonelogins.next) != &gonelogins) {
		linkdel(p);
		freelogin(OF(struct login, all, p));
	}
	while ((d = goneleaders)) {
		goneleaders = d->next;
		free(d);
	}
	if (!stale)
		return;
	stale = 0;
	nextdue = 0;
	EACH(p, &pending)
		nearest(OF(struct session, pending, p)->due);
	EACH(p, &logins)
		nearest(OF(struct login, all, p)->due);
	for (m = markers; m; m = m->next)
		nearest(m->due);
	nearest(listendue);
	nearest(retrydue);
	nearest(quitdue);
}

static void
unblock(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The services are up, or the login is not to wait for them any longer */
static void
up(void)
{
	if (sv.fifo >= 0)
		close(sv.fifo);
	sv.fifo = -1;
	lookbus();
	setphase(PhaseUp, 0);
}

static int
waits(const struct session *s)
{
	return !s->light && s->login->uid && canserve(s->login);
}

/* What the login's supervisor should do */
static int
want(const struct login *l)
{
	if (quitting)
		return OrderEnd;
	if ((canserve(l) && l->nfull) || lingers(l))
		return OrderOn;
	return l->nsessions ? OrderOff : OrderEnd;
}

/* One line to standard error and syslog, neither of which may make us wait: a
 * reader that does not read loses it.  Keeps errno. */
static void
warn(int level, const char *fmt, ...)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	struct pollfd out = { .fd = 2, .events = POLLOUT };
	char buf[1024], *p;
	va_list ap;
	int saved = errno, n, at;
	size_t len;

	if (level == LOG_DEBUG && !debug)
		return;
	at = snprintf(buf, sizeof(buf), "<%d>turnstiled[%d]: ", LOG_DAEMON | level,
		(int)getpid());
	va_start(ap, fmt);
	n = vsnprintf(buf + at, sizeof(buf) - at - 1, fmt, ap);
	va_end(ap);
	for (p = buf + at; n > 0 && *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	len = n < 0 ? at : at + n < (int)sizeof(buf) - 2 ? at + n : (int)sizeof(buf) - 2;
	if (logsyslog && logfd >= 0)
		sendto(logfd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL,
			(struct sockaddr *)&to, sizeof(to));
	if (logstderr && poll(&out, 1, 0) == 1 && out.revents & POLLOUT) {
		buf[len++] = '\n';
		at = strchr(buf, '>') - buf + 1;
		if (write(2, buf + at, len - at) < 0)
			errno = saved; /* nobody to tell */
	}
	errno = saved;
}

static int
watch(struct source *s, int op, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	return epoll_ctl(epfd, op, s->fd, &ev);
}

static void
watchevent(struct source *src, unsigned events)
{
	char buf[4096] __attribute__((aligned(8)));
	const struct inotify_event *e;
	struct link *p, *next;
	struct login *l;
	int64_t uid;
	ssize_t n;
	char *s;
	int rescan = 0, all = 0;

	(void)events;
	while ((n = read(src->fd, buf, sizeof(buf))) > 0)
		for (s = buf; s < buf + n; s += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)(void *)s;
			all |= e->mask & IN_Q_OVERFLOW;
			if (e->wd != loginwatch)
				rescan = 1;
			else if (e->len && (uid = number(e->name, UINT32_MAX - 1)) >= 0 &&
					(l = findlogin(uid)))
				reread(l);
		}
	for (p = logins.next; all && p != &logins; p = next) {
		next = p->next;
		reread(OF(struct login, all, p));
	}
	if (rescan)
		scanmarkers();
}

int
main(int argc, char *argv[])
{
	args = argv;
	if (argc == 2 && !strcmp(argv[1], "-v")) {
		puts("turnstiled " VERSION);
		return 0;
	}
	if (argc > 1) {
		fputs("usage: turnstiled [-v]\n", stderr);
		return 2;
	}
	if (geteuid())
		die("must be started as root");
	setup();
	needsocket();
	recover();
	scanmarkers();
	turnend();
	warn(LOG_INFO, "turnstiled " VERSION " is ready");
	run();
	warn(LOG_INFO, "stopped");
	eachname(sessionsdir, cleansession);
	eachname(usersdir, cleanuser);
	unlink(SOCKPATH);
	return 0;
}
