/* See LICENSE file for copyright and license details.
 *
 * turnstiled knows who is logged in and runs each user's service manager.
 *
 * pam_turnstile.so, in the process that opens a PAM session (its leader),
 * connects and says who comes (proto.h): that is a session.  It lasts until the
 * module closes it or the leader ends.  A user with a session, or one who
 * lingers, is a login.  A login has a supervisor, a forked process of root's that
 * makes the runtime directory, opens a PAM session for the services, runs the
 * service manager, stops all that it ever started, and cleans up.  The daemon
 * orders what is wanted: services, none, or the end.
 *
 *   LoginNone -> LoginNew -> LoginStarting <-> LoginReady -> LoginStopping
 *   -> LoginNone, and again if somebody came meanwhile
 *
 * The daemon never waits for anybody: no name service, no PAM, no path that a
 * user controls, no child, no peer.  One loop waits for the listening socket,
 * connections, pidfds of leaders and supervisors, signals, and for changes of
 * files: what the supervisors say, the linger markers, whose they are.
 *
 * There is one way to start, and it is recovery: what must be known is in files
 * below RUNDIR, each with one writer, each renamed into place.  SIGHUP has a
 * helper try the installed binary, then executes it (reexec); only the listening
 * socket goes along.
 *
 *   both processes      TOOLS, REPORTS (a login's private file)
 *   the supervisor      THE TREE (who belongs to it), THE RUNTIME DIRECTORY, PAM,
 *                       READINESS, STOPPING (services and their orphans),
 *                       THE SUPERVISOR (its orders)
 *   the daemon          OBJECTS, STATE FILES (the public ones), LOGINS, SESSIONS,
 *                       HELPERS (who lingers, SIGHUP), THE LOOP, RECOVERY
 *
 * Functions stand below those they call.  To understand everything, start
 * reading main(). */
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
#include <search.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "proto.h"
#include "config.h"

#ifndef SYS_clone3
#error "this system's headers know no clone3(): Linux 5.10's are needed"
#endif

#define DIRFLAGS     (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define BINARY       SBINDIR "/turnstiled"
#define LINGERDIR    STATEDIR "/linger"
#define LISTENVAR    "TURNSTILED_LISTEN" /* the socket, from exec to exec */
#define FILEVERSION  "2" /* of the private files */
#define SIGORDER     40 /* queued; its value is the order, its errno the number.  SIGRTMIN is
			    * another one in each libc, and over a SIGHUP the two may differ */
#define SIGPAM       SIGIO /* a PAM process ended; it is not SIGCHLD: see treegone() */
#define UIDMAX       (UINT32_MAX - 1)
#define HANDLESIZE   (sizeof(struct file_handle) + MAX_HANDLE_SZ)
#define SECONDS(name) RULE(name ## _is_1_to_99999_seconds, name > 0 && name < 100000)

enum {
	PEERPIDFD  = 77,     /* SO_PEERPIDFD, which older headers do not have */
	KEPT       = 4,      /* a child's one descriptor of its own; 3 is for readiness */
	MAXFILES   = 1 << 19, /* descriptors, where root may have as many */
	SHARE      = 8,      /* a user may have a session for every so many of them */
	BATCH      = 64,     /* children a turn */
	MAXNOTES   = 16,     /* complaints logged a start */
	MAXPROCS   = 1 << 19, /* processes looked at */
	MAXMOUNTS  = 1024,   /* on one directory */
	MAXDEATHS  = 8,      /* of young managers that count: the pause is 64 s then */
	/* milliseconds */
	ACCEPTWAIT = 100,    /* until accept is tried again without descriptors */
	FIRSTWAIT  = 5000,   /* until a connection has said something */
	RETRYWAIT  = 1000,   /* until what failed for a shortage is tried again */
	SPAWNWAIT  = 5000,   /* for the PAM process to fork */
	YOUNG      = 10000,  /* what ends earlier died young */
	COREGRACE  = 1500,   /* for a readiness script's own report */
	AGAINWAIT  = stoptimeout * 1000 / 8, /* for services to take the first order to stop */
	TICK       = 20,     /* between looks at a tree that must end */
	WALKWAIT   = 10000,  /* for the removal of a plain runtime directory */
	STOPWAIT   = 2 * (stoptimeout + 2 * killtimeout) * 1000 + SPAWNWAIT + 2 * WALKWAIT,
};

enum { LoginNone, LoginNew, LoginStarting, LoginReady, LoginStopping };
enum { OrderServices, OrderNone, OrderEnd };
enum { RundirNone, RundirTheirs, RundirWanted, RundirMade };

/* what they are called in files; NULL is the end of a list */
static const char *const stateword[] = { [LoginNone] = "gone", [LoginNew] = "new",
	[LoginStarting] = "starting", [LoginReady] = "ready", [LoginStopping] = "stopping", NULL };
static const char *const orderword[] = { [OrderServices] = "services", [OrderNone] = "none",
	[OrderEnd] = "end", NULL };
static const char *const rundirword[] = { [RundirNone] = "none", [RundirTheirs] = "theirs",
	[RundirWanted] = "wanted", [RundirMade] = "made", NULL };

/* a config.h that breaks one of these does not compile, and the error names it */
SECONDS(logintimeout); SECONDS(corewait); SECONDS(stoptimeout); SECONDS(killtimeout);
RULE(stopdelay_is_0_to_99999_seconds, stopdelay >= 0 && stopdelay < 100000);
RULE(backend_is_one_of_backends, (size_t)backend < LENGTH(backends));
RULE(linger_is_LingerNever_Marked_or_Always, (int)linger <= LingerAlways);
RULE(RUNDIR_is_too_long_for_a_socket, sizeof(SOCKPATH) <= 108);

struct record { char *val[KeyLast]; }; /* into somebody's buffer; NULL if not said */

struct text {
	size_t len; /* sizeof(buf): it did not fit */
	char buf[MAXRECORD + 128];
};

enum { Unknown, Passed, Ours, Theirs }; /* Passed: while the others are looked for */

struct proc {
	pid_t pid, ppid;
	unsigned long long start; /* clock ticks since boot */
	int whose; /* Ours: it belongs to the tree */
};

/* who a login is for; a supervisor's is fixed at its birth */
struct user {
	uid_t uid;
	gid_t gid;
	int rundir; /* whose the runtime directory shall be */
	char name[MAXVALUE], home[MAXVALUE], shell[MAXVALUE];
	char runtime[MAXVALUE]; /* XDG_RUNTIME_DIR, "" for none */
	char place[MAXVALUE]; /* which directory that is, "" if that cannot be said */
};

/* what a supervisor says of its login, and all that crosses: the private file,
 * word for word */
struct report {
	struct user user;
	struct proc self, manager; /* manager: pid 0 for none */
	int state, rundir, bus;
	int order, serial; /* the last one that was heard, and its number */
	char cgroup[MAXVALUE]; /* where the service manager runs, "" for none */
};

/* clone3()'s and openat2()'s, which not every libc's headers know */
struct cloneargs {
	uint64_t flags, pidfd, childtid, parenttid, exitsignal, stack, stacksize, tls;
	uint64_t settid, settidsize, cgroup;
};
struct openhow { uint64_t flags, mode, resolve; };

enum { ResolveNoXdev = 1 };
#define CLONECLEARSIG   (1ULL << 32)
#define CLONEINTOCGROUP (1ULL << 33)
#define CLONEPIDFD      0x1000ULL

static int64_t now; /* monotonic ms, of this turn of the loop */
static int loginsdir, logfd = -1, starting = 1; /* starting: until all is recovered */
static struct rlimit nofile; /* as the program was started */
static char oomadj[16], *title; /* title: argv's memory, what ps shows */
static const char *cgroups; /* where the cgroup2 hierarchy is mounted */
static size_t titlesize;

/* ---- TOOLS: of both processes; none keeps state of its own ---- */

/* The sooner of two deadlines; 0 is never */
static int64_t
sooner(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

/* 1 if a time has come; then there is no such deadline any more */
static int
due(int64_t *at)
{
	int come = *at && *at <= now;

	if (come)
		*at = 0;
	return come;
}

/* What poll() and epoll_wait() take for a deadline */
static int
timeleft(int64_t until)
{
	if (!until)
		return -1;
	return until > now ? until - now : 0;
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
closefd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* One line about a login (or, NULL, none) to standard error and syslog, neither
 * of which may make us wait: a reader that does not read loses it.  What is not
 * printable ASCII is a question mark.  Keeps errno. */
__attribute__((format(printf, 3, 4))) static void
say(const struct user *u, int level, const char *fmt, ...)
{
	const struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	char buf[1024], *end = buf + sizeof(buf) - 2, *s = buf, *text;
	int saved = errno;
	va_list ap;

	if (level == LOG_DEBUG && !debug)
		return;
	s += sprintf(s, "<%d>", LOG_DAEMON | level);
	text = s;
	s += sprintf(s, "turnstiled[%d]: ", getpid());
	if (u)
		s += sprintf(s, "uid %u (%.64s): ", u->uid, u->name);
	va_start(ap, fmt);
	vsnprintf(s, end - s, fmt, ap);
	va_end(ap);
	for (s = text; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
	if (logfd < 0)
		logfd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (logsyslog)
		sendto(logfd, buf, s - buf, MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)&to, sizeof(to));
	*s++ = '\n';
	if (logstderr && send(2, text, s - text, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
			errno == ENOTSOCK)
		dprintf(2, "%.*s", (int)(s - text), text);
	errno = saved;
}

/* Ends the program at its start; err is an errno or 0 */
__attribute__((noreturn)) static void
die(const char *what, int err)
{
	if (err)
		what = str("%s: %s", what, strerror(err));
	fprintf(stderr, "turnstiled: %s\n", what);
	exit(1);
}

/* While the daemon starts, what cannot be read for a shortage (r is -1 and errno) ends it:
 * it is started again, and nothing is lost */
static void
needed(int64_t r, const char *what)
{
	static const char shortages[] = { EACCES, EINTR, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC };

	if (r < 0 && starting && memchr(shortages, errno, sizeof(shortages)))
		die(str("cannot read %s", what), errno);
}

/* What top (15 characters) and ps show for this process */
static void
settitle(const char *comm, const char *text)
{
	program_invocation_short_name = (char *)"turnstiled"; /* what libpam's messages say */
	prctl(PR_SET_NAME, comm);
	strncpy(title, text, titlesize - 1); /* with zeros to its end */
}

/* A decimal number of at most max, or -1 */
static int64_t
number(const char *s, int64_t max)
{
	if (!s || !*s || s[strspn(s, "0123456789")])
		return -1;
	int64_t n = strtoll(s, NULL, 10);
	if (n > max || n == INT64_MAX) /* where strtoll() stops */
		return -1;
	return n;
}

/* The place of s in a list of words that NULL ends, or -1 */
static int
wordnumber(const char *const *words, const char *s)
{
	for (int i = 0; s && words[i]; i++)
		if (!strcmp(words[i], s))
			return i;
	return -1;
}

static void
copy(char *dst, const char *val)
{
	snprintf(dst, MAXVALUE, "%.*s", MAXVALUE - 1, val);
}

__attribute__((format(printf, 2, 3))) static void
put(struct text *t, const char *fmt, ...)
{
	size_t room = sizeof(t->buf) - t->len;
	va_list ap;

	va_start(ap, fmt);
	t->len += vsnprintf(t->buf + t->len, room, fmt, ap);
	va_end(ap);
	if (t->len > sizeof(t->buf))
		t->len = sizeof(t->buf);
}

/* Writes a file whole: under a temporary name, then renamed.  Returns 0, or -1 and
 * errno; then the old file, if any, is as it was. */
static int
putfile(int dir, const char *name, mode_t mode, const struct text *t)
{
	const char *tmp = str(".%s", name);
	int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		return -1;
	errno = ENOSPC; /* unless write() knows better */
	int whole = write(fd, t->buf, t->len) == (ssize_t)t->len;
	close(fd);
	if (whole && renameat(dir, tmp, dir, name) == 0)
		return 0;
	unlinkat(dir, tmp, 0);
	return -1;
}

/* Reads a file of at most size - 1 bytes and ends it with a NUL.  Returns its
 * length, or 0 if it cannot be read. */
static size_t
getfile(int dir, const char *name, char *buf, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	needed(n, name);
	closefd(&fd);
	if (n < 0)
		n = 0;
	buf[n] = '\0';
	return n;
}

/* Writes to a file of the kernel's, if it is there and takes it */
static void
tellkernel(const char *name, const char *s)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	dprintf(fd, "%s", s);
	closefd(&fd);
}

/* Splits KEY=value strings, each ended by end, in place; r points into buf.
 * Returns how many of them are no good (damaged, said twice, a key from limit on,
 * which is not theirs to say): those are left out, as are keys that this version
 * does not know. */
static int
recparse(struct record *r, char *buf, size_t len, char end, int limit)
{
	int bad = 0;

	memset(r, 0, sizeof(*r));
	for (char *s = buf, *e; s < buf + len; s = e + 1) {
		if (!(e = memchr(s, end, buf + len - s)))
			return bad + 1;
		*e = '\0';
		char *eq = s + strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		if (*eq != '=' || strlen(s) != (size_t)(e - s) || !storable(eq + 1)) {
			bad++;
			continue;
		}
		*eq = '\0';
		int k = wordnumber(keyname, s);
		if (k >= limit || (k >= 0 && r->val[k]))
			bad++;
		else if (k >= 0)
			r->val[k] = eq + 1;
	}
	return bad;
}

/* Fills p for a process.  Returns -1 when it is not there; then p has the pid alone. */
static int
readproc(pid_t pid, struct proc *p)
{
	char buf[1024], *s = NULL;

	if (getfile(AT_FDCWD, str("/proc/%d/stat", pid), buf, sizeof(buf)) > 0)
		s = strrchr(buf, ')'); /* the name before it may hold anything */
	*p = (struct proc){ .pid = pid };
	if (!s)
		return -1;
	return sscanf(s + 1, " %*c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
		" %*s %*s %llu", &p->ppid, &p->start) == 2 ? 0 : -1;
}

/* Opens a process's pidfd if it is the one meant, proven by its start (a number may
 * have been given to another one), and lives: a zombie's pidfd is readable when its
 * last thread has ended.  Returns it or -1. */
static int
openproc(const struct proc *p)
{
	struct pollfd pfd = { syscall(SYS_pidfd_open, p->pid, 0), POLLIN, 0 };
	struct proc q;

	needed(pfd.fd, "a process");
	int found = readproc(p->pid, &q) == 0 && q.start == p->start;
	if (!found || poll(&pfd, 1, 0) == 1)
		closefd(&pfd.fd);
	return pfd.fd;
}

static int
sendsig(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

/* Forks; the child has none of our signal handlers, in which an order could be lost before
 * it executes anything.  cgroup: a descriptor of the one that the child is to begin in, or -1;
 * pidfd: where the child's goes, or NULL.  Returns as fork() does. */
static pid_t
forkwith(uint64_t flags, int exitsignal, int cgroup, int *pidfd)
{
	struct cloneargs args = { .flags = flags | CLONECLEARSIG, .exitsignal = exitsignal,
		.cgroup = cgroup, .pidfd = (uintptr_t)pidfd };

	if (cgroup >= 0)
		args.flags |= CLONEINTOCGROUP;
	if (pidfd)
		args.flags |= CLONEPIDFD;
	return syscall(SYS_clone3, &args, sizeof(args));
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
	logfd = -1;
}

/* So many descriptors, or as many as may be, which it returns, and the out-of-memory killer's
 * score: more for the daemon and its supervisors; nofile and oomadj, as it was, for others */
static size_t
limits(struct rlimit files, const char *oom)
{
	tellkernel("/proc/self/oom_score_adj", oom); /* if we may */
	if (setrlimit(RLIMIT_NOFILE, &files) == 0)
		return files.rlim_cur;
	files.rlim_cur = files.rlim_max = nofile.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	return files.rlim_cur;
}

/* Executes a helper with the standard descriptors and nothing else of ours, as a user or
 * (NULL) as root.  Returns its pidfd or -1. */
static int
runhelper(const char *const argv[], const struct user *u)
{
	int pidfd = -1;
	pid_t pid = forkwith(0, SIGCHLD, -1, &pidfd);

	if (pid < 0)
		say(u, LOG_ERR, "cannot run %s: %s", argv[0], strerror(errno));
	if (!pid) {
		limits(nofile, oomadj);
		clearenv();
		setenv("PATH", path, 1);
		for (int i = 0; u && i < 3; i++)
			dup2(open("/dev/null", O_RDWR), i);
		syscall(SYS_close_range, 3, ~0U, 0);
		sigreset(0);
		if (u && (setgroups(0, NULL) | setresgid(u->gid, u->gid, u->gid) |
				setresuid(u->uid, u->uid, u->uid)) < 0)
			die("cannot become the user", errno);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(argv[0], (char *const *)argv);
		die(str("cannot execute %s", argv[0]), errno);
	}
	return pidfd;
}

/* Adds s to t with %-expansion for a user: %u uid, %g gid, %n name, %h home, %r
 * runtime directory, %d the service manager's own directory, %s shell */
static void
expand(struct text *t, const char *s, const struct user *u)
{
	static const char letters[] = "ugnhrds%";
	const char *const val[] = { str("%u", u->uid), str("%u", u->gid), u->name, u->home,
		u->runtime, str(RUNDIR "/%u/sv", u->uid), u->shell, "%" };

	for (; *s; s++) {
		const char *p = strchr(letters, s[1]);
		if (*s == '%' && s[1] && p) {
			put(t, "%s", val[p - letters]);
			s++;
		} else {
			put(t, "%c", *s);
		}
	}
}

/* Which directory a runtime directory is now: its handle, which is never used again, and for
 * which no file system's server is asked; or why there is none.  "" where a path may be a
 * user's word. */
static const char *
placeof(const char *dir)
{
	union { struct file_handle handle; unsigned char byte[HANDLESIZE]; } u;
	static char hex[2 * sizeof(u) + 1];
	int mount, len = 0;

	sscanf(dir, "/run/user/%*u%n", &len);
	if (!len || dir[len])
		return "";
	u.handle.handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, dir, &u.handle, &mount, 0) < 0)
		return strerror(errno);
	for (size_t i = 0; i < sizeof(u.handle) + u.handle.handle_bytes; i++)
		sprintf(hex + 2 * i, "%02x", u.byte[i]);
	return hex;
}

/* ---- REPORTS: a login's private file.  The daemon writes it before the
 * supervisor may go on, from then on only the supervisor. ---- */

/* Returns 0, or -1 and errno */
static int
savereport(const struct report *rep)
{
	const struct user *u = &rep->user;
	struct text t = { 0 };

	put(&t, "VERSION=" FILEVERSION "\nPID=%d\nSTART=%llu\n", rep->self.pid, rep->self.start);
	put(&t, "UID=%u\nGID=%u\nUSER=%s\nHOME=%s\nSHELL=%s\nRUNTIME=%s\nPLACE=%s\n", u->uid,
		u->gid, u->name, u->home, u->shell, u->runtime, u->place);
	put(&t, "RUNDIR=%s\nBUS=%d\nSTATE=%s\nORDER=%s\nSERIAL=%d\n", rundirword[rep->rundir],
		rep->bus, stateword[rep->state], orderword[rep->order], rep->serial);
	put(&t, "MANAGER=%d\nMANAGER_START=%llu\nCGROUP=%s\n", rep->manager.pid,
		rep->manager.start, rep->cgroup);
	return putfile(loginsdir, str("%u", u->uid), 0600, &t);
}

/* Fills who a record is about, but for the runtime directory.  Returns 0, or -1:
 * it does not say so. */
static int
readuser(struct user *u, const struct record *r)
{
	int64_t uid = number(r->val[KeyUid], UIDMAX), gid = number(r->val[KeyGid], UIDMAX);
	const char *name = r->val[KeyUser], *home = r->val[KeyHome], *shell = r->val[KeyShell];

	if ((uid | gid) < 0 || !name || !*name)
		return -1;
	if (!home)
		home = "/";
	if (!shell)
		shell = "/bin/sh";
	u->uid = uid;
	u->gid = gid;
	copy(u->name, name);
	copy(u->home, home);
	copy(u->shell, shell);
	return 0;
}

/* Reads the file of that name.  Returns 0, or -1 if there is none, or one that is
 * damaged or of another version; then self is filled as far as it can be read. */
static int
loadreport(const char *name, struct report *rep)
{
	char buf[MAXRECORD];
	struct record r;
	char *const *v = r.val;

	*rep = (struct report){ .order = OrderEnd };
	size_t len = getfile(loginsdir, name, buf, sizeof(buf));
	int bad = recparse(&r, buf, len, '\n', KeyLast);
	rep->self.pid = number(v[KeyPid], INT_MAX);
	rep->self.start = number(v[KeyStart], INT64_MAX);
	if (v[KeyCgroup]) /* without that nobody would know what it has left */
		copy(rep->cgroup, v[KeyCgroup]);
	if (bad || !v[KeyVersion] || !v[KeyRuntime] || !v[KeyCgroup])
		return -1;
	if (strcmp(v[KeyVersion], FILEVERSION) || readuser(&rep->user, &r) < 0)
		return -1;
	copy(rep->user.runtime, v[KeyRuntime]);
	if (v[KeyPlace]) /* which older supervisors do not know */
		copy(rep->user.place, v[KeyPlace]);
	rep->state = wordnumber(stateword, v[KeyState]);
	rep->order = wordnumber(orderword, v[KeyOrder]);
	rep->serial = number(v[KeySerial], INT_MAX);
	rep->rundir = wordnumber(rundirword, v[KeyRundir]);
	rep->bus = number(v[KeyBus], 1) == 1;
	rep->manager.pid = number(v[KeyManager], INT_MAX);
	rep->manager.start = number(v[KeyManagerStart], INT64_MAX);
	rep->user.rundir = rep->rundir;
	if (rep->rundir == RundirMade)
		rep->user.rundir = RundirWanted;
	return -((rep->state | rep->order | rep->rundir | rep->serial) < 0);
}

/* ---- THE TREE: from here to THE SUPERVISOR, the process of one login, root's.
 * It has its own copy of all that it knows, and none of the daemon's objects.
 * The tree is all that the service manager ever started: what descends from us,
 * and what is in the login's cgroup, which is all that a killed supervisor leaves
 * (leftover).  Signals go through pidfds alone. ---- */

enum { RunManager, RunReady, PamAnswer };

/* what a supervisor asks of its PAM process, and hears from it */
struct message {
	int what, err;
	pid_t pid;
	char text[MAXVALUE];
};

static struct {
	struct report rep;
	int leftover;          /* the tree is a killed supervisor's */
	char own[sizeof(RUNDIR) + 11]; /* the login's own directory */
	int orderfd, eventfd;  /* signals: orders are not behind what a user can send */
	pid_t pampid;          /* holds the PAM session, forks what runs in it; or 0 */
	int opening, pamfd;    /* it has not said how that went; to it, or -1 */
	int pampidfd, fifo;    /* or -1 */
	struct proc ready;     /* the ready command; or pid 0 */
	int status, more;      /* of manager or ready command; there may be children to reap */
	int again, deaths;     /* it is not the login's first start; managers that died young */
	int64_t begun;         /* the last start */
	int isready, notes;    /* what came from the FIFO since then */
	char line[256], said[256]; /* what comes, what came with readiness */
	size_t linelen;
	int rundirfd;          /* the runtime directory, if it is ours; or -1 */
	int norundir, unsaved; /* could not be made, written */
	int64_t retryat;       /* that */
	int survivors, strays; /* could not be killed; and are no children of ours */
} sv;

#define OURUSER (&sv.rep.user)

static struct proc *procs; /* by pid; what scan() found */
static size_t nprocs;
static struct proc told[4096]; /* whom the order to stop has reached; more are not waited for */
static size_t ntold;

static void turn(int64_t until);

static int
bypid(const void *a, const void *b)
{
	pid_t x = ((const struct proc *)a)->pid, y = ((const struct proc *)b)->pid;

	return (x > y) - (x < y);
}

/* The process of that pid, or nobody */
static struct proc *
findproc(pid_t pid)
{
	static struct proc nobody = { .whose = Theirs };
	struct proc key = { .pid = pid }, *p;

	p = bsearch(&key, procs, nprocs, sizeof(*procs), bypid);
	return p ? p : &nobody;
}

/* Fills procs with all processes there are, or as many as it holds; what is not used of
 * that is no memory */
static void
scan(void)
{
	struct dirent *e;

	nprocs = 0;
	if (!procs && !(procs = calloc(MAXPROCS, sizeof(*procs))))
		return;
	DIR *d = opendir("/proc");
	while (d && nprocs < MAXPROCS && (e = readdir(d))) {
		int64_t pid = number(e->d_name, INT_MAX);
		nprocs += pid > 0 && readproc(pid, &procs[nprocs]) == 0;
	}
	if (d)
		closedir(d);
	qsort(procs, nprocs, sizeof(*procs), bypid);
}

/* 1 if a process belongs to the tree whatever its parent is: it is our child, or in the
 * login's cgroup or one that was made below that */
static int
istop(const struct proc *p)
{
	size_t skip = strlen(cgroups), len = strlen(sv.rep.cgroup);
	char buf[4096];

	if (p->ppid == sv.rep.self.pid)
		return p->pid != sv.pampid;
	getfile(AT_FDCWD, str("/proc/%d/cgroup", p->pid), buf, sizeof(buf));
	const char *own = strstr(buf, "0::/");
	if (!own || len <= skip || strncmp(own + 3, sv.rep.cgroup + skip, len - skip))
		return 0;
	return strchr("/\n", own[3 + len - skip]) != NULL;
}

/* Fills procs and marks the tree in it: the tops, and whoever descends from one of those.
 * Each process is passed once, or a long line of somebody's would keep everybody. */
static void
scantree(void)
{
	struct proc *p, *top;

	scan();
	for (size_t i = 0; i < nprocs; i++)
		procs[i].whose = istop(&procs[i]) ? Ours : Unknown;
	for (size_t i = 0; i < nprocs; i++) {
		for (top = &procs[i]; top->whose == Unknown; top = findproc(top->ppid))
			top->whose = Passed;
		int whose = top->whose;
		if (whose == Passed) /* a number given anew meanwhile has made a circle */
			whose = Theirs;
		for (p = &procs[i]; p->whose == Passed; p = findproc(p->ppid))
			p->whose = whose;
	}
}

/* Signals a process, if it still lives; SIGCONT goes along.  Returns 1 if it does. */
static int
signalproc(const struct proc *p, int sig)
{
	int fd = openproc(p);

	if (fd < 0)
		return 0;
	sendsig(fd, sig);
	if (sig)
		sendsig(fd, SIGCONT);
	close(fd);
	return 1;
}

/* Signals every process of the tree (sig 0: none).  Returns how many those are, and adds
 * their pids to t. */
static int
sweep(int sig, struct text *t)
{
	int found = 0;

	scantree();
	for (size_t i = 0; i < nprocs; i++) {
		const struct proc *p = &procs[i];
		if (p->whose != Ours || !signalproc(p, sig))
			continue;
		found++;
		if (t)
			put(t, " %d", p->pid);
	}
	return found;
}

/* 1 when no process of the tree is left.  Whatever the service manager ever
 * started is our child in the end; the PAM process, and what has not executed yet,
 * do not count for waitid(): their end is not told by SIGCHLD. */
static int
treegone(void)
{
	int flags = WEXITED | WNOHANG | WNOWAIT;

	if (sv.leftover)
		return !sweep(0, NULL);
	if (!sv.pampid)
		flags |= __WALL;
	if (sv.rep.manager.pid || sv.ready.pid)
		return 0;
	return waitid(P_ALL, 0, NULL, flags) < 0 && errno == ECHILD;
}

/* ---- THE RUNTIME DIRECTORY, and the login's own: mounts that are root's until
 * something is mounted on them.  No path below what a user can write is
 * resolved. ---- */

/* 1 if a file system is mounted on name below the directory at (errno is EXDEV), or if that
 * cannot be known */
static int
ismount(int at, const char *name)
{
	const struct openhow how = { .flags = O_PATH | O_CLOEXEC, .resolve = ResolveNoXdev };
	int fd = syscall(SYS_openat2, at, name, &how, sizeof(how));

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno != ENOENT;
}

/* Opens the directory that holds file, which must be root's alone; *name is
 * then the last part of file.  The directory is made when missing. */
static int
openparent(const char *file, const char **name)
{
	struct stat st;

	*name = strrchr(file, '/') + 1;
	const char *dir = str("%.*s", (int)(*name - file), file);
	mkdir(dir, 0755);
	int fd = open(dir, DIRFLAGS & ~O_NOFOLLOW);
	if (fd >= 0 && (fstat(fd, &st) < 0 || st.st_uid || st.st_mode & 022)) {
		closefd(&fd);
		errno = EPERM;
	}
	return fd;
}

/* Makes a directory of uid's with a tmpfs on it (limits: its size and inodes); where
 * mounting is refused it is a plain one.  A process that is left in an older mount
 * namespace still sees what is below the tmpfs: that is root's alone, or it could fill
 * /run.  What is mounted there already stays: then it returns 1, else 0 or -1. */
static int
makemount(const char *file, uid_t uid, gid_t gid, mode_t mode, const char *limits)
{
	const char *name, *options = str("mode=0%o,uid=%u,gid=%u,%s", mode, uid, gid, limits);
	struct stat st;
	int dir = openparent(file, &name), r = -1;

	if (dir < 0)
		return -1;
	int mounted = ismount(dir, name), fd = -1; /* it may be a user's, do not open it */
	if (!mounted && (mkdirat(dir, name, 0700) == 0 || errno == EEXIST))
		fd = openat(dir, name, DIRFLAGS);
	close(dir);
	if (mounted)
		return errno == EXDEV ? 1 : -1;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (st.st_uid && st.st_uid != uid) {
		errno = EPERM;
	} else if (fchown(fd, 0, 0) < 0 || fchmod(fd, 0700) < 0 ||
			mount("tmpfs", file, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0) {
		say(OURUSER, LOG_WARNING, "%s is a plain directory: %s", file, strerror(errno));
		r = fchmod(fd, mode) | fchown(fd, uid, gid);
	} else {
		r = 0;
	}
	closefd(&fd);
	return r;
}

/* Has a helper remove what is below a directory, as a user or (NULL) as root, in bounded time */
static void
emptydir(const char *dir, const struct user *u)
{
	const char *const argv[] = { LIBEXECDIR "/turnstile-empty.sh", dir, NULL };
	struct pollfd p = { runhelper(argv, u), POLLIN, 0 };

	if (poll(&p, 1, WALKWAIT) != 1)
		sendsig(p.fd, SIGKILL);
	closefd(&p.fd);
}

/* Removes a directory that makemount() made: first the mounts on it, with all below them,
 * then, of a plain one, what its user can remove.  If it stays the log says so. */
static void
dropmount(const char *file)
{
	const char *name;
	int dir = openparent(file, &name), r = 0;

	for (int n = 0; n < MAXMOUNTS && r == 0; n++)
		r = umount2(str("/proc/self/fd/%d/%s", dir, name), MNT_DETACH | UMOUNT_NOFOLLOW);
	r = unlinkat(dir, name, AT_REMOVEDIR);
	if (r < 0 && errno == ENOTEMPTY) {
		emptydir(file, OURUSER);
		unlink(str("%s/ready", sv.own)); /* these two lie in what is root's */
		rmdir(str("%s/sv", sv.own));
		r = unlinkat(dir, name, AT_REMOVEDIR);
	}
	if (r < 0 && errno != ENOENT)
		say(OURUSER, LOG_ERR, "%s cannot be removed: %s", file, strerror(errno));
	closefd(&dir);
}

/* Writes the login's file: what the daemon knows of us.  Once the end is ordered
 * the state is LoginStopping whatever is said. */
static void
report(int state)
{
	sv.rep.state = state;
	if (sv.rep.order == OrderEnd)
		sv.rep.state = LoginStopping;
	int failed = savereport(&sv.rep) < 0;
	if (failed && !sv.unsaved)
		say(OURUSER, LOG_ERR, "cannot write its file: %s; trying again", strerror(errno));
	sv.unsaved = failed;
	if (!failed)
		return;
	closefd(&loginsdir); /* something else may be mounted there now */
	loginsdir = open(RUNDIR "/private/logins", DIRFLAGS);
}

/* Makes the runtime directory, where that could not be done yet.  What is mounted there
 * already may be a user's FUSE, whose server could make us wait for ever: only one that is
 * new is opened. */
static void
makerundir(void)
{
	const struct user *u = OURUSER;

	if (sv.rep.rundir != RundirWanted || sv.rep.order == OrderEnd)
		return;
	int r = makemount(u->runtime, u->uid, u->gid, 0700,
		str("size=%s,nr_inodes=%s", rundirsize, rundirinodes));
	if (r < 0 && !sv.norundir)
		say(u, LOG_ERR, "cannot make %s: %s; trying again", u->runtime, strerror(errno));
	sv.norundir = r < 0;
	if (r >= 0)
		sv.rep.rundir = RundirMade;
	const char *place = r < 0 ? "" : placeof(u->runtime);
	int same = *place == '0' && !strcmp(place, u->place); /* a handle, as ever */
	if ((r == 0) | same)
		sv.rundirfd = open(u->runtime, DIRFLAGS);
	copy(sv.rep.user.place, place); /* "": another's, perhaps */
}

/* Looks whether the bus is in our runtime directory, which dnotify watches until then: that
 * costs none of anybody's few inotify instances, and ending it none of the ms that those
 * take.  Returns 1 if that is news. */
static int
lookbus(void)
{
	struct stat st = { .st_mode = 0 };

	if (!sv.rep.bus && !ismount(sv.rundirfd, "bus"))
		fstatat(sv.rundirfd, "bus", &st, AT_SYMLINK_NOFOLLOW);
	if (!S_ISSOCK(st.st_mode))
		return 0;
	fcntl(sv.rundirfd, F_NOTIFY, 0);
	sv.rep.bus = 1;
	return 1;
}

/* The login's own directory: the readiness FIFO, and a directory for the
 * service manager.  The FIFO's time is in the past, a measure for scripts: what
 * is not older has been changed just now.  Returns 0 or -1. */
static int
makeown(void)
{
	const struct timespec past[2] = { { time(NULL) - 2, 0 }, { time(NULL) - 2, 0 } };

	if (makemount(sv.own, 0, 0, 0755, "size=1m,nr_inodes=1k") < 0)
		return -1;
	int dir = open(sv.own, DIRFLAGS);
	mkfifoat(dir, "ready", 0600);
	mkdirat(dir, "sv", 0700);
	int bad = fchownat(dir, "ready", sv.rep.user.uid, sv.rep.user.gid, AT_SYMLINK_NOFOLLOW) < 0;
	bad |= utimensat(dir, "ready", past, AT_SYMLINK_NOFOLLOW) < 0;
	if (!ismount(dir, "sv"))
		bad |= fchownat(dir, "sv", OURUSER->uid, OURUSER->gid, AT_SYMLINK_NOFOLLOW) < 0;
	close(dir);
	return -bad;
}

/* ---- PAM: the PAM process, root's, holds the PAM session of the services and
 * forks what runs in it.  Modules may hang, crash and limit there what they
 * like.  What it forks is its supervisor's child. ---- */

/* No questions can be asked here; what a module says is not for anybody */
static int
converse(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	(void)data;
	for (int i = 0; i < n; i++)
		if (msg[i]->msg_style != PAM_ERROR_MSG && msg[i]->msg_style != PAM_TEXT_INFO)
			return PAM_CONV_ERR;
	*resp = calloc(n, sizeof(**resp));
	return *resp ? PAM_SUCCESS : PAM_BUF_ERR;
}

static void
nothing(int sig)
{
	(void)sig;
}

/* Names a cgroup beside the one we are in, which has processes: no limits can be given to
 * what is below such a one.  "" where there is no cgroup2 hierarchy */
static void
namecgroup(char *name)
{
	char buf[4096];

	*name = '\0';
	getfile(AT_FDCWD, "/proc/self/cgroup", buf, sizeof(buf));
	char *own = strstr(buf, "0::/");
	if (!own || access(str("%s/cgroup.procs", cgroups), F_OK) < 0)
		return;
	own[strcspn(own, "\n")] = '\0';
	*strrchr(own, '/') = '\0';
	copy(name, str("%s%s/turnstiled.%u.%d", cgroups, own + 3, OURUSER->uid, getpid()));
}

/* Makes that cgroup and delegates it: the user may make others in it, with what limits
 * there are, and move his processes between them.  Returns a descriptor of the one in
 * which they begin, or -1. */
static int
makecgroup(const char *cgroup)
{
	static const char *const given[] = { "", "/cgroup.procs", "/cgroup.threads",
		"/cgroup.subtree_control", "/services", "/services/cgroup.procs" };
	char names[1024];

	if (!*cgroup)
		return -1;
	if (mkdir(cgroup, 0755) < 0)
		goto open; /* it is the user's already: root writes nothing there */
	tellkernel(str("%s/cgroup.max.depth", cgroup), "8"); /* so that paths can be resolved */
	tellkernel(str("%s/cgroup.max.descendants", cgroup), "4096");
	getfile(AT_FDCWD, str("%s/../cgroup.controllers", cgroup), names, sizeof(names));
	for (const char *s = strtok(names, " \n"); s; s = strtok(NULL, " \n")) {
		tellkernel(str("%s/../cgroup.subtree_control", cgroup), str("+%s", s));
		tellkernel(str("%s/cgroup.subtree_control", cgroup), str("+%s", s));
	}
	mkdir(str("%s/services", cgroup), 0755);
	for (size_t i = 0; i < LENGTH(given); i++)
		if (chown(str("%s%s", cgroup, given[i]), OURUSER->uid, OURUSER->gid) < 0)
			say(OURUSER, LOG_WARNING, "cannot give it %s%s", cgroup, given[i]);
open:
	return open(str("%s/services", cgroup), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Makes the environment of what runs for the user.  PAM's variables win, but not
 * over our runtime directory. */
static void
makeenv(pam_handle_t *pamh)
{
	static const struct { const char *name, *val; } vars[] = {
		{ "HOME", "%h" }, { "USER", "%n" }, { "LOGNAME", "%n" }, { "PATH", path },
		{ "UID", "%u" }, { "GID", "%g" }, { "SHELL", "%s" },
		{ "TURNSTILE_DIR", RUNDIR "/%u" }, { "XDG_RUNTIME_DIR", "%r" },
		{ "DBUS_SESSION_BUS_ADDRESS", "unix:path=%r/bus" } };
	size_t n = LENGTH(vars) - !exportdbus;

	if (sv.rep.rundir == RundirWanted || !*sv.rep.user.runtime)
		n = LENGTH(vars) - 2; /* there is no runtime directory */
	clearenv();
	for (size_t i = 0; i < n; i++) {
		struct text t = { 0 };
		expand(&t, vars[i].val, OURUSER);
		setenv(vars[i].name, t.buf, 1);
	}
	setenv("TURNSTILE_COREWAIT", str("%d", corewait), 1);
	for (char **e = pam_getenvlist(pamh); e && *e; e++)
		putenv(*e);
	if (sv.rep.rundir == RundirMade)
		setenv("XDG_RUNTIME_DIR", sv.rep.user.runtime, 1);
}

/* Becomes the user and executes a command of the backend: the only way on which
 * anything runs for a user */
__attribute__((noreturn)) static void
runchild(const struct message *m, pam_handle_t *pamh)
{
	const struct backend *b = &backends[backend];
	const struct user *u = OURUSER;
	int first = m->what == RunManager;
	const char *cmd = first ? b->run : b->ready;
	const struct passwd *pw = getpwnam(u->name);
	int taken = pw && pw->pw_uid != u->uid; /* groups are found by the name */

	setsid();
	if (taken)
		say(u, LOG_WARNING, "this name has uid %u now: its services get group %u alone",
			pw->pw_uid, u->gid);
	int bad = taken ? setgroups(1, &u->gid) : initgroups(u->name, u->gid);
	bad |= setresgid(u->gid, u->gid, u->gid);
	bad |= setresuid(u->uid, u->uid, u->uid);
	if (bad) {
		say(u, LOG_ERR, "cannot become the user: %s", strerror(errno));
		_exit(126);
	}
	/* only now: becoming the user clears it */
	if (prctl(PR_SET_PDEATHSIG, b->stopsig) < 0 || getppid() != sv.rep.self.pid)
		_exit(126);
	makeenv(pamh); /* only now: root heeds no variable that a user may have chosen */
	if (chdir(u->home) < 0 && chdir("/") == 0)
		say(u, LOG_WARNING, "cannot enter its home %s, services start in /: %s", u->home,
			strerror(errno));
	int null = open("/dev/null", O_RDWR);
	int fd = open(str("%s/ready", sv.own), O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
	fcntl(fd, F_SETFL, 0);
	for (int i = 0; i < 4; i++) /* what is open there is the daemon's */
		if (dup2(i < 3 || fd < 0 ? null : fd, i) < 0)
			_exit(126);
	syscall(SYS_close_range, 4, ~0U, 0);
	sigreset(0);
	if (profile && first)
		execl(LIBEXECDIR "/profile", "profile", "/bin/sh", "-c", cmd, "turnstile", m->text,
			(char *)NULL);
	execl("/bin/sh", "sh", "-c", cmd, "turnstile", m->text, (char *)NULL);
	_exit(errno == ENOENT ? 127 : 126);
}

/* The PAM process: opens the session, forks for its supervisor what runs in it,
 * and closes it when the supervisor is done or gone. */
__attribute__((noreturn)) static void
pamprocess(int fd)
{
	const struct pam_conv conv = { converse, NULL };
	struct message m = { .what = PamAnswer };
	/* whoever signals all processes of our name ends no PAM session.  It is handlers that do
	 * nothing, as what a module executes must not inherit ignored signals. */
	static const int faults[] = { SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGCHLD };
	const struct sigaction sa = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	pam_handle_t *pamh = NULL;
	char cgroup[MAXVALUE];

	keepone(fd);
	limits(nofile, oomadj);
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &sa, NULL);
	for (size_t i = 0; i < LENGTH(faults); i++)
		signal(faults[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, &sa.sa_mask, NULL); /* empty */
	setsid();
	settitle(str("pam-%u", sv.rep.user.uid), str("turnstiled: %s [pam]", sv.rep.user.name));
	setenv("PATH", path, 1);
	m.err = pam_start("turnstiled", sv.rep.user.name, &conv, &pamh);
	if (m.err == PAM_SUCCESS)
		m.err = pam_open_session(pamh, 0);
	namecgroup(cgroup);
	copy(m.text, cgroup);
	if (m.err != PAM_SUCCESS)
		copy(m.text, pam_strerror(pamh, m.err));
	if ((send(KEPT, &m, sizeof(m), MSG_NOSIGNAL) < 0) | (m.err != PAM_SUCCESS))
		_exit(1);
	while (recv(KEPT, &m, sizeof(m), 0) == sizeof(m)) {
		int dir = makecgroup(cgroup);
		m.pid = *cgroup && dir < 0 ? -1 : forkwith(CLONE_PARENT, 0, dir, NULL);
		if (m.pid < 0 && m.what == RunManager) { /* nobody is outside, later */
			*cgroup = '\0';
			m.pid = forkwith(CLONE_PARENT, 0, -1, NULL);
		}
		if (!m.pid)
			runchild(&m, pamh);
		m.err = errno;
		copy(m.text, cgroup);
		closefd(&dir);
		send(KEPT, &m, sizeof(m), MSG_NOSIGNAL);
	}
	pam_close_session(pamh, 0);
	pam_end(pamh, PAM_SUCCESS);
	_exit(0);
}

/* Has the PAM process close its session, in bounded time */
static void
closepam(void)
{
	struct pollfd p = { sv.pampidfd, POLLIN, 0 };

	sv.opening = 0;
	closefd(&sv.pamfd);
	if (!sv.pampid)
		return;
	if (poll(&p, 1, killtimeout * 1000) != 1) {
		say(OURUSER, LOG_ERR, "its PAM session does not close, killing pid %d", sv.pampid);
		sendsig(sv.pampidfd, SIGKILL);
	}
	waitpid(sv.pampid, NULL, WNOHANG | __WALL);
	sv.pampid = 0;
	now = monotonic();
}

/* Runs a command of the backend in the PAM session.  Returns 0 and which process that is,
 * or -1: the log has the reason. */
static int
spawn(int what, const char *arg, struct proc *proc)
{
	struct message m = { .what = what };
	struct pollfd p = { sv.pamfd, POLLIN, 0 };

	copy(m.text, arg);
	if (send(sv.pamfd, &m, sizeof(m), MSG_NOSIGNAL) < 0)
		return -1;
	if (poll(&p, 1, SPAWNWAIT) == 1 && recv(sv.pamfd, &m, sizeof(m), 0) == sizeof(m)) {
		copy(sv.rep.cgroup, m.text);
		if (m.pid > 0) /* by its pid it is reaped in any case */
			return readproc(m.pid, proc);
		say(OURUSER, LOG_ERR, "cannot fork: %s", strerror(m.err));
		return -1;
	}
	say(OURUSER, LOG_ERR, "its PAM process (pid %d) does not answer, killing it", sv.pampid);
	sendsig(sv.pampidfd, SIGKILL);
	closepam(); /* it may have forked: now treegone() counts that */
	return -1;
}

/* ---- READINESS: what services say on the FIFO, a line each: "!..." is a
 * complaint for the log, "bus" says that the bus is there, the first other line
 * is readiness, its text for the ready command. ---- */

static void
fifoevent(void)
{
	char buf[512];
	ssize_t n = read(sv.fifo, buf, sizeof(buf));

	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] != '\n' && buf[i] != '\0') {
			if (sv.linelen < sizeof(sv.line) - 1)
				sv.line[sv.linelen++] = buf[i];
			continue;
		}
		sv.line[sv.linelen] = '\0';
		sv.linelen = 0;
		if (*sv.line == '!' && sv.notes++ < MAXNOTES)
			say(OURUSER, LOG_WARNING, "%s", sv.line + 1);
		if (!strcmp(sv.line, "bus"))
			sv.rep.bus = *sv.rep.user.runtime != '\0';
		else if (*sv.line != '!' && !sv.isready++)
			memcpy(sv.said, sv.line, sizeof(sv.said));
	}
}

/* ---- STOPPING: one rung below the other, each with its deadline ---- */

/* Asks the service manager to stop; it tells its children.  One that was killed
 * tells nobody: then we do, and so if nothing of a killed supervisor's was told by
 * the signal that its death sent. */
static void
ask(void)
{
	int pid = sv.rep.manager.pid;
	FILE *f = fopen(str("/proc/%d/task/%d/children", pid, pid), "re");

	ntold = 0;
	while (f && ntold < LENGTH(told) - 1 && fscanf(f, "%d", &pid) == 1)
		ntold += readproc(pid, &told[ntold]) == 0;
	if (f)
		fclose(f);
	told[ntold++] = sv.rep.manager;
	if (signalproc(&sv.rep.manager, backends[backend].stopsig))
		return;
	ntold = 0;
	scantree();
	for (size_t i = 0; i < nprocs && ntold < LENGTH(told); i++) {
		if (procs[i].whose != Ours || findproc(procs[i].ppid)->whose == Ours)
			continue;
		told[ntold++] = procs[i];
		if (!sv.rep.manager.pid)
			signalproc(&procs[i], SIGTERM);
	}
}

/* 1 when all who were told to stop have gone */
static int
toldgone(void)
{
	while (ntold && !signalproc(&told[ntold - 1], 0))
		ntold--;
	return !ntold;
}

/* A runsv that is just forking loses its SIGTERM: it is asked again, but only if it
 * has no child that is older than the order (in clock ticks since boot); others may take
 * a second one as an order to hurry. */
static void
askagain(unsigned long long ordered)
{
	scan();
	for (size_t i = 0; i < ntold; i++) {
		int busy = told[i].pid == sv.rep.manager.pid;
		for (size_t j = 0; j < nprocs; j++)
			busy |= procs[j].ppid == told[i].pid && procs[j].start + 1 < ordered;
		if (!busy)
			signalproc(&told[i], SIGTERM);
	}
}

/* Lets time pass until it is over or gone() says so, which it then returns */
static int
waitfor(int (*gone)(void), int64_t until)
{
	while (!gone()) {
		if (now >= until)
			return 0;
		turn(now + TICK); /* others' children tell nobody of their end */
	}
	return 1;
}

/* SIGKILL to what is left.  Returns 1 when nothing is. */
static int
killed(void)
{
	sweep(SIGKILL, NULL);
	return treegone();
}

/* The ladder; early: not all services were up yet, and a manager may wait for one of
 * them before it tells it to stop.  Returns 1 when the tree is gone. */
static int
climb(int early)
{
	int64_t until = now + stoptimeout * 1000;
	long hz = sysconf(_SC_CLK_TCK);
	struct timespec ts;

	if (treegone())
		return 1;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	ask();
	if (!waitfor(toldgone, now + AGAINWAIT) && (backends[backend].runsv | early))
		askagain(ts.tv_sec * (unsigned long long)hz + ts.tv_nsec / (1000000000 / hz));
	if (!waitfor(toldgone, until))
		say(OURUSER, LOG_WARNING, "services still run after %d s, sending SIGTERM",
			stoptimeout);
	if (treegone())
		return 1;
	/* who was told has gone: what is left are orphans, whom nobody tells */
	sweep(SIGTERM, NULL);
	if (waitfor(treegone, now + killtimeout * 1000))
		return 1;
	say(OURUSER, LOG_WARNING, "services still run %d s after SIGTERM, killing them",
		killtimeout);
	/* a tree that forks is held still first, where there are cgroups */
	tellkernel(str("%s/cgroup.freeze", sv.rep.cgroup), "1");
	return waitfor(killed, now + killtimeout * 1000);
}

/* Removes the login's cgroup, with all that the user made in it */
static void
dropcgroup(void)
{
	const char *cgroup = sv.rep.cgroup;

	if (!*cgroup)
		return;
	tellkernel(str("%s/cgroup.max.descendants", cgroup), "0"); /* no session makes more */
	rmdir(str("%s/services", cgroup));
	if (rmdir(cgroup) == 0 || errno != EBUSY)
		return;
	emptydir(cgroup, NULL);
	closepam(); /* the next tree begins in a cgroup of its own: this one may be frozen */
	rmdir(cgroup);
}

/* Ends the tree.  What survives even SIGKILL is reported. */
static void
endtree(void)
{
	struct text t = { 0 };
	int early = sv.fifo >= 0;

	signalproc(&sv.ready, SIGKILL);
	closefd(&sv.fifo);
	sv.rep.bus = 0;
	sv.survivors = 0; /* others are our children, and ended with this tree or are in it */
	if (!climb(early) && sweep(0, &t)) {
		sv.survivors = 1;
		sv.strays |= sv.leftover;
		say(OURUSER, LOG_ERR, "cannot be killed, so its runtime directory stays:%s", t.buf);
	}
	sv.rep.manager.pid = sv.ready.pid = 0;
	dropcgroup();
}

/* ---- THE SUPERVISOR: its loop, and what it does on each order ---- */

/* A child has ended */
static void
reaped(pid_t pid, int status)
{
	struct proc *p = &sv.rep.manager;

	if (pid == sv.pampid) {
		say(OURUSER, LOG_ERR, "its PAM process ended early; see /etc/pam.d/turnstiled");
		sv.pampid = 0;
		closepam();
	}
	if (pid == sv.ready.pid)
		p = &sv.ready;
	if (pid != p->pid)
		return;
	p->pid = 0;
	sv.status = status;
}

/* 1 while services are wanted and the service manager lives */
static int
serving(void)
{
	return sv.rep.order == OrderServices && sv.rep.manager.pid;
}

/* Takes orders, the last one counts.  SIGTERM is the end, whoever sends it. */
static void
hearorders(void)
{
	struct signalfd_siginfo si;
	int order = sv.rep.order, serial = sv.rep.serial;

	while (read(sv.orderfd, &si, sizeof(si)) == sizeof(si)) {
		unsigned o = si.ssi_int;
		if (si.ssi_signo == SIGTERM) {
			o = OrderEnd;
		} else if (si.ssi_code != SI_QUEUE) {
			continue; /* somebody's kill() */
		} else if (o > OrderEnd) {
			say(OURUSER, LOG_ERR, "ignoring an unknown order (%u)", o);
			continue;
		} else {
			sv.rep.serial = si.ssi_errno;
		}
		if (sv.rep.order != OrderEnd)
			sv.rep.order = o;
	}
	if (serial != sv.rep.serial && order == sv.rep.order)
		report(sv.rep.state); /* nothing to do, but it was heard */
}

/* How the opening of the PAM session went, or that its process is gone */
static void
pamevent(void)
{
	struct message m;

	if (recv(sv.pamfd, &m, sizeof(m), MSG_DONTWAIT) != sizeof(m)) {
		closefd(&sv.pamfd);
	} else if (m.err) {
		say(OURUSER, LOG_ERR, "no PAM session for its services: %s; see "
			"/etc/pam.d/turnstiled", m.text);
		closepam();
	} else {
		sv.opening = 0;
		copy(sv.rep.cgroup, m.text);
	}
}

/* One turn of the loop: waits for something to happen, at most until a time (0: for
 * ever), and takes it; of what a user may do without end, so much a turn.  Who waits
 * decides what it means. */
static void
turn(int64_t until)
{
	struct signalfd_siginfo si[8];
	struct pollfd p[] = { { sv.pamfd, POLLIN, 0 }, { sv.fifo, POLLIN, 0 },
		{ sv.orderfd, POLLIN, 0 }, { sv.eventfd, POLLIN, 0 } };
	int n, status;
	pid_t pid = 1;

	if (!sv.unsaved && !sv.norundir)
		sv.retryat = 0;
	else if (!sv.retryat)
		sv.retryat = now + RETRYWAIT;
	until = sooner(until, sv.retryat);
	if (sv.more)
		until = now;
	poll(p, LENGTH(p), timeleft(until));
	now = monotonic();
	if (p[0].revents)
		pamevent();
	if (p[1].revents)
		fifoevent();
	if (read(sv.eventfd, si, sizeof(si)) > 0 && serving() && lookbus())
		report(sv.rep.state);
	for (n = 0; n < BATCH && pid > 0; n++) {
		pid = waitpid(-1, &status, WNOHANG | __WALL);
		if (pid > 0)
			reaped(pid, status);
	}
	sv.more = pid > 0;
	hearorders(); /* last: a shutdown ends all at once, and nobody is blamed */
	if (!due(&sv.retryat))
		return;
	makerundir();
	report(sv.rep.state);
}

/* Opens a PAM session, unless there is one, and starts the service manager in it.
 * Returns 1 if it runs; else the log has the reason. */
static int
startmanager(void)
{
	int pair[2] = { -1, -1 };

	report(LoginStarting);
	sv.begun = now;
	if (makeown() < 0)
		goto failed;
	if (!sv.pampid) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
			goto failed;
		closefd(&sv.pampidfd);
		pid_t pid = forkwith(0, SIGPAM, -1, &sv.pampidfd);
		if (!pid)
			pamprocess(pair[1]);
		close(pair[1]);
		sv.pamfd = pair[0];
		if (pid < 0)
			goto failed;
		sv.pampid = pid;
		sv.opening = 1;
	}
	while (sv.rep.order == OrderServices && sv.opening)
		turn(0);
	if (sv.rep.order != OrderServices || !sv.pampid) {
		closepam();
		return 0;
	}
	report(LoginStarting); /* the cgroup must be known first */
	closefd(&sv.fifo); /* open for writing too: there is no end of file then */
	sv.fifo = open(str("%s/ready", sv.own), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	sv.isready = sv.notes = sv.linelen = 0;
	int ran = spawn(RunManager, sv.again ? "again" : "first", &sv.rep.manager) == 0;
	sv.again = 1;
	report(LoginStarting);
	return ran;
failed:
	say(OURUSER, LOG_ERR, "cannot start its services: %s", strerror(errno));
	closepam();
	return 0;
}

/* Waits, for a time, until the services that logins wait for are up: first for the
 * manager's readiness, then for the ready command's end */
static void
awaitready(void)
{
	int64_t wait = corewait * 1000 + COREGRACE, until = now + wait;

	fcntl(sv.rundirfd, F_NOTIFY, DN_CREATE | DN_RENAME | DN_MULTISHOT);

	while (serving() && !sv.isready && now < until)
		turn(until);
	if (serving() && sv.isready && backends[backend].ready) {
		until = now + wait;
		sv.status = 0;
		spawn(RunReady, sv.said, &sv.ready);
		while (serving() && sv.ready.pid && now < until)
			turn(until);
		signalproc(&sv.ready, SIGKILL);
		if (serving() && sv.status)
			say(OURUSER, LOG_WARNING, "the ready command failed, login goes on");
	}
	if (!serving())
		return;
	if (now >= until)
		say(OURUSER, LOG_WARNING, "its services are not ready after %d s, login goes on",
			corewait);
	fifoevent(); /* what was said last */
	closefd(&sv.fifo);
	lookbus();
	report(LoginReady);
}

/* Order: services.  They run until another comes, or until the manager ends. */
static void
services(void)
{
	if (!sv.rep.manager.pid && sv.deaths > 1) {
		int64_t until = now + (1000 << (sv.deaths - 2));
		report(LoginReady); /* there is nothing to wait for */
		while (sv.rep.order == OrderServices && now < until)
			turn(until);
		if (sv.rep.order != OrderServices)
			return;
	}
	int ran = sv.rep.manager.pid || startmanager();
	if (sv.rep.state != LoginReady)
		awaitready();
	while (serving())
		turn(0);
	if (sv.rep.order != OrderServices)
		return;
	const char *how = str("status %d", WEXITSTATUS(sv.status));
	if (WIFSIGNALED(sv.status))
		how = str("signal %d", WTERMSIG(sv.status));
	if (now - sv.begun >= YOUNG)
		sv.deaths = 0;
	sv.deaths += sv.deaths < MAXDEATHS;
	if (ran)
		say(OURUSER, LOG_WARNING, "its service manager (%s) ended, %s; starting it again%s",
			backends[backend].name, how, sv.deaths > 1 ? " after a pause" : "");
	report(LoginStarting);
	endtree();
}

/* Order: none.  The next start is a first one. */
static void
noservices(void)
{
	report(LoginStarting);
	endtree();
	closepam();
	sv.again = sv.deaths = 0;
	if (sv.rep.order == OrderNone) /* or another came meanwhile, and that is not done yet */
		report(LoginReady);
	while (sv.rep.order == OrderNone)
		turn(0);
}

/* Order: end.  All away again, the login's file last */
static void
finish(void)
{
	report(LoginStopping);
	endtree();
	closepam();
	if (!sv.survivors)
		endtree(); /* what PAM's modules left */
	if (!sv.survivors && !sv.strays && sv.rep.rundir == RundirMade)
		dropmount(sv.rep.user.runtime);
	dropmount(sv.own);
	unlinkat(loginsdir, str("%u", sv.rep.user.uid), 0);
	_exit(0);
}

static int
newsignalfd(int one, int other)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, one);
	sigaddset(&set, other);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The supervisor of a login, from its fork on.  go: says, by a byte, that its file
 * is written; leftover: the last one was killed, rep is what that said. */
__attribute__((noreturn)) static void
supervise(const struct report *rep, int go, int leftover)
{
	static void (*const obey[])(void) = { [OrderServices] = services, [OrderNone] = noservices,
		[OrderEnd] = finish };
	char c;

	sigreset(1);
	keepone(go);
	sv.rep = *rep;
	sv.orderfd = newsignalfd(SIGORDER, SIGTERM);
	sv.eventfd = newsignalfd(SIGCHLD, SIGPAM);
	int failed = (readproc(getpid(), &sv.rep.self) | sv.orderfd | sv.eventfd) < 0;
	if (failed || read(KEPT, &c, 1) != 1)
		_exit(1); /* or our file could not be written */
	close(KEPT);
	loginsdir = open(RUNDIR "/private/logins", DIRFLAGS);
	sv.leftover = leftover;
	sv.pamfd = sv.pampidfd = sv.fifo = sv.rundirfd = -1;
	snprintf(sv.own, sizeof(sv.own), RUNDIR "/%u", sv.rep.user.uid);
	clearenv();
	settitle(str("ts-%u", sv.rep.user.uid), str("turnstiled: %s", sv.rep.user.name));
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	now = monotonic();
	if (leftover && sv.rep.rundir == RundirWanted)
		sv.rep.rundir = RundirMade; /* perhaps, and that was not written yet */
	if ((sv.rep.rundir == RundirMade) & (sv.rep.order != OrderEnd))
		sv.rep.rundir = RundirWanted; /* the killed one may have removed it already */
	makerundir();
	if (leftover)
		endtree();
	sv.leftover = 0;
	*sv.rep.cgroup = '\0';
	for (;;)
		obey[sv.rep.order]();
}

/* ---- OBJECTS: from here on, the daemon.  What the loop knows.  It takes one event a turn:
 * none is left that could name an object that has ended. ---- */

#define OF(type, m, p) ((type *)(void *)((char *)(p) - offsetof(type, m)))
#define EACH(p, head)  for (struct link *p = (head)->next, *n_; n_ = p->next, p != (head); p = n_)
#define LOGIN(p)       OF(struct login, all, p)
#define INLOGIN(p)     OF(struct session, inlogin, p)
#define PENDING(p)     OF(struct session, pending, p)
#define LETTERDIR      RUNDIR "/private/letters"

struct link { struct link *next, *prev; }; /* as insque() wants it */

struct source { /* what the loop waits for */
	void (*event)(struct source *);
	int fd; /* or -1 */
};

struct session {
	int64_t key; /* first: the request's id, or -1 */
	struct source conn; /* the connection; it may be lost before the session ends */
	struct source leader; /* its pidfd */
	struct proc proc; /* the leader */
	int light;
	int64_t due; /* while it is pending: its first record, or the answer */
	char name[24]; /* its ID */
	char *buf; /* the request, which rec points into */
	struct record rec;
	struct login *login; /* NULL: a connection, no session yet */
	struct link inlogin, pending; /* pending: until it is answered */
};

struct login {
	int64_t key; /* first: the uid */
	struct source supervisor; /* its pidfd */
	int state;
	struct user who; /* as the newest session says */
	struct report rep; /* as the supervisor said last */
	int leftover; /* that was killed: the next one stops what it left */
	int order, serial; /* the last one sent, or -1: not known; and its number */
	int64_t retryat, stopat, killat; /* a failed start or order; stop delay; it is late */
	struct link sessions, all;
	size_t nsessions, nfull;
	int changed, unsaved, complained; /* to be written; some could not be; there was a word */
};

static struct source listener, signals, watches;
static int epfd, rundir, privdir, requestsdir, sessionsdir, usersdir, letterdir, idfd;
static int loginwatch, letterwatch; /* inotify's numbers */
static int scanner = -1; /* its pidfd */
static struct link logins = { &logins, &logins }, pending = { &pending, &pending };
static void *byuid, *byrequest; /* tsearch()'s trees of objects */
static int64_t listenat, resaveat, quitat, lastid; /* at: what is due when; 0: nothing */
static const char nomemory[] = "no memory";
static int shortage;
static size_t maxsessions; /* of one user */

/* may be called again for one that is in no list: its next is NULL then */
static void
linkdel(struct link *l)
{
	if (l->next)
		remque(l);
	l->next = NULL;
}

static int
bykey(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The object of that key, or NULL */
static void *
find(void *const *tree, int64_t key)
{
	void **node = tfind(&key, tree, bykey);

	return node ? *node : NULL;
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
	if (s->fd >= 0)
		watch(s, EPOLL_CTL_DEL, 0);
	closefd(&s->fd);
}

/* Says a record, and does not wait.  Who does not get it asks again. */
static void
answerwith(struct session *s, const void *buf, size_t len)
{
	if (send(s->conn.fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		closesource(&s->conn);
}

/* ---- STATE FILES: the public ones, which other programs read, and the requests'
 * ids, which are nobody's but ours ---- */

/* Writes sessions/ID: what the module said, and the leader.  Returns 0, or -1 and
 * errno; then all of the login's are written again later. */
static int
savesession(struct session *s)
{
	struct text t = { 0 };

	for (int k = 0; k < KeyLeader; k++)
		if (s->rec.val[k] && k != KeyOpen)
			put(&t, "%s=%s\n", keyname[k], s->rec.val[k]);
	put(&t, "LEADER=%d\nSTART=%llu\n", s->proc.pid, s->proc.start);
	if (symlinkat(str("%" PRId64, s->key), requestsdir, s->name) < 0 && errno != EEXIST)
		return -1;
	return putfile(sessionsdir, s->name, 0644, &t);
}

/* Writes users/UID, and the sessions that could not be written before.  SEATS and SESSIONS
 * have as many as there is room for. */
static void
save(struct login *l)
{
	struct text t = { 0 }, seats = { 0 }, ids = { 0 };
	int born = l->state != LoginNone && l->state != LoginNew; /* others tell less apart */

	EACH(p, &l->sessions) {
		const struct session *s = INLOGIN(p);
		if (s->rec.val[KeySeat] && seats.len < MAXVALUE)
			put(&seats, " %s", s->rec.val[KeySeat]);
		put(&ids, " %s", s->name);
		if (ids.len > MAXRECORD - 4 * MAXVALUE)
			break;
	}
	put(&t, "VERSION=" PROTOVERSION "\nNAME=%s\nRUNTIME=%s\nSTATE=%s\n", l->who.name,
		l->who.runtime, stateword[born ? l->state : LoginStarting]);
	put(&t, "SEATS=%s\nSESSIONS=%s\n", seats.buf + !!seats.len, ids.buf + !!ids.len);
	int failed = putfile(usersdir, str("%u", l->who.uid), 0644, &t) < 0;
	if (l->unsaved)
		EACH(p, &l->sessions)
			failed |= savesession(INLOGIN(p)) < 0;
	if (failed && !l->complained)
		say(&l->who, LOG_ERR, "its files below " RUNDIR " cannot be written: %s; trying "
			"again", strerror(errno));
	l->changed = l->unsaved = l->complained = failed;
	if (failed)
		resaveat = now + RETRYWAIT;
}

/* ---- LOGINS: what a login's supervisor is told, and what becomes of it ---- */

static int
canserve(const struct login *l)
{
	if ((int)backend == None)
		return 0;
	return l->who.uid ? l->who.uid >= firstuid : rootservices;
}

/* 1 if there is a user's marker */
static int
ismarked(const char *name)
{
	struct stat st;

	return lstat(str(LINGERDIR "/%s", name), &st) == 0 && S_ISREG(st.st_mode);
}

/* 1 if services need no session */
static int
lingers(const struct login *l)
{
	if (l->who.rundir != RundirWanted && !lingerunmanaged)
		return 0;
	if ((int)linger == LingerAlways)
		return (l->order == OrderServices) | (l->rep.order == OrderServices);
	return (int)linger == LingerMarked && ismarked(l->who.name);
}

/* What the login's supervisor should do */
static int
want(const struct login *l)
{
	if (quitat)
		return OrderEnd;
	if (canserve(l) && (l->nfull || lingers(l)))
		return OrderServices;
	return l->nsessions ? OrderNone : OrderEnd;
}

/* Answers a session's request, with the environment as far as it is known: the
 * login goes on whatever became of the services.  why: what is missing, or NULL */
static void
answer(struct session *s, const char *why)
{
	static const struct { int key; const char *name; } vars[] = { { KeyType, "SESSION_TYPE" },
		{ KeyClass, "SESSION_CLASS" }, { KeyDesktop, "SESSION_DESKTOP" },
		{ KeySeat, "SEAT" }, { KeyVtnr, "VTNR" } };
	const struct login *l = s->login;
	struct text t = { 0 };

	if (why)
		say(&l->who, LOG_WARNING, "session %s stops waiting: %s", s->name, why);
	put(&t, "OK%c", 0);
	if (l->rep.rundir == RundirMade || l->rep.rundir == RundirTheirs)
		put(&t, "XDG_RUNTIME_DIR=%s%c", l->rep.user.runtime, 0);
	if (exportdbus && l->rep.bus)
		put(&t, "DBUS_SESSION_BUS_ADDRESS=unix:path=%s/bus%c", l->rep.user.runtime, 0);
	for (const char *const *e = backends[backend].env; *e && canserve(l); e++) {
		expand(&t, *e, &l->who);
		put(&t, "%c", 0);
	}
	if (exportsession)
		put(&t, "XDG_SESSION_ID=%s%c", s->name, 0);
	for (size_t i = 0; exportsession && i < LENGTH(vars); i++)
		if (s->rec.val[vars[i].key])
			put(&t, "XDG_%s=%s%c", vars[i].name, s->rec.val[vars[i].key], 0);
	linkdel(&s->pending);
	answerwith(s, t.buf, t.len);
}

/* Answers those who wait and need not wait longer or, with why, all.  Light ones
 * and root's wait for no services. */
static void
answerall(struct login *l, const char *why)
{
	int light = l->state == LoginStarting || l->state == LoginReady || why;
	int full = l->state == LoginReady && l->order == OrderServices;

	if (why || !canserve(l) || !l->who.uid)
		full = light;
	EACH(p, &pending) {
		struct session *s = PENDING(p);
		int enough = s->light ? light : full;
		if (s->login == l && enough)
			answer(s, why);
	}
}

static void supervisorevent(struct source *src);

/* The login of a uid, made when there is none.  NULL: no memory */
static struct login *
needlogin(uid_t uid)
{
	struct login *l = find(&byuid, uid);

	if (l || !(l = calloc(1, sizeof(*l))))
		return l;
	*l = (struct login){ .key = uid, .who.uid = uid, .order = OrderEnd, .rep.order = OrderEnd,
		.supervisor = { supervisorevent, -1 } };
	if (!tsearch(l, &byuid, bykey)) {
		free(l);
		return NULL;
	}
	l->sessions.prev = l->sessions.next = &l->sessions;
	insque(&l->all, logins.prev);
	return l;
}

/* Notes what a session or a marker says of the login's user.  The runtime directory is
 * what the first one wants; but light sessions alone do not bind a full one.  Where others
 * have put another one in its place, the next round has that. */
static void
setuser(struct login *l, struct user *u, const struct record *r, int full)
{
	struct user was = l->who;
	int bound = !full | (l->nfull > 0) | (was.rundir == RundirWanted);
	struct text t = { 0 };

	u->rundir = was.rundir;
	copy(u->runtime, was.runtime);
	copy(u->place, was.place);
	if (starting) /* by one that has ended since */
		bound |= l->rep.order == OrderServices;
	if (!bound || !*was.name) {
		expand(&t, rundirpath, u);
		u->rundir = RundirWanted;
		if (r->val[KeyRuntime])
			u->rundir = RundirTheirs;
		else if (!managerundir || !*rundirpath || r->val[KeyNorundir])
			u->rundir = RundirNone;
		copy(u->runtime, r->val[KeyRuntime] ? r->val[KeyRuntime] : t.buf);
	}
	int live = l->state == LoginStarting || l->state == LoginReady;
	if (u->rundir == RundirTheirs || (live && l->rep.rundir == RundirMade))
		copy(u->place, placeof(u->runtime));
	if (live && *was.place && strcmp(was.place, u->place))
		say(u, LOG_WARNING, "%s is another directory now: services end first", u->runtime);
	l->who = *u;
	if (*was.name && strcmp(was.name, u->name))
		say(u, LOG_WARNING, "this uid belonged to %s: ending that login first", was.name);
}

/* A login's new state.  A supervisor that stops has a deadline, whoever ordered it. */
static void
changestate(struct login *l, int state)
{
	if (state == LoginStopping && l->state != LoginStopping)
		l->killat = now + STOPWAIT;
	l->state = state;
	l->changed = 1;
}

/* Tells a login's supervisor what is wanted.  Until its file says that it has
 * heard, what that says of its state is old. */
static void
order(struct login *l, int o)
{
	siginfo_t si = { .si_signo = SIGORDER, .si_errno = l->serial + 1, .si_code = SI_QUEUE };

	si.si_value.sival_int = o;
	if (syscall(SYS_pidfd_send_signal, l->supervisor.fd, SIGORDER, &si, 0) < 0) {
		l->retryat = now + RETRYWAIT;
		return;
	}
	l->order = o;
	l->serial++;
	if ((o == OrderEnd) | (l->state != LoginNew)) /* a new one has not begun yet */
		changestate(l, o == OrderEnd ? LoginStopping : LoginStarting);
}

/* Forks a supervisor.  It runs only when its file is written, so that none is ever
 * unknown. */
static void
startsupervisor(struct login *l, int o)
{
	int go[2] = { -1, -1 };
	pid_t pid = -1;

	if (!l->leftover)
		l->rep = (struct report){ .user = l->who, .rundir = l->who.rundir };
	l->rep.state = LoginNew;
	l->rep.order = l->order = o;
	l->rep.serial = l->serial = 0;
	if (pipe2(go, O_CLOEXEC) == 0)
		pid = forkwith(0, SIGCHLD, -1, &l->supervisor.fd);
	if (!pid)
		supervise(&l->rep, go[0], l->leftover);
	int failed = pid < 0 || readproc(pid, &l->rep.self) < 0 || savereport(&l->rep) < 0 ||
		watch(&l->supervisor, EPOLL_CTL_ADD, EPOLLIN) < 0 || write(go[1], "", 1) < 0;
	if (failed) {
		say(&l->who, LOG_ERR, "cannot start its supervisor: %s; trying again",
			strerror(errno));
		closesource(&l->supervisor);
		l->rep.self.pid = 0; /* its file is nobody's */
		l->retryat = now + RETRYWAIT;
		answerall(l, "no supervisor could be started");
	} else {
		l->leftover = 0;
		changestate(l, o == OrderEnd ? LoginStopping : LoginNew);
	}
	closefd(&go[0]);
	closefd(&go[1]); /* without a word: it exits */
}

/* Decides what a login's supervisor shall do now, and who need not wait longer */
static void
steer(struct login *l)
{
	const struct user *a = &l->who, *b = &l->rep.user;
	int w = want(l), runs = l->leftover || l->state != LoginNone;

	/* the uid was given away, or the runtime directory is another: the next round is the
	 * newest session's */
	int renamed = strcmp(a->name, b->name) | strcmp(a->home, b->home) |
		strcmp(a->runtime, b->runtime) | (a->rundir != b->rundir) |
		(*b->place && strcmp(a->place, b->place));
	if (runs && renamed)
		w = OrderEnd;
	if (w == OrderServices || quitat || renamed)
		l->stopat = 0;
	switch (l->state) {
	case LoginNone:
		if ((l->leftover || w != OrderEnd) && !l->retryat)
			startsupervisor(l, w);
		break;
	case LoginNew:
	case LoginStarting:
	case LoginReady:
		if (w != l->order && !l->stopat)
			order(l, w);
		break;
	case LoginStopping:
		break; /* when that is over */
	}
	answerall(l, NULL);
}

/* A supervisor has ended.  Its last act is to remove its file: where that is
 * left, it was killed, and the next one first ends what it left running. */
static void
supervisorevent(struct source *src)
{
	struct login *l = OF(struct login, supervisor, src);
	const char *name = str("%u", l->who.uid);
	struct report rep;

	closesource(src);
	l->killat = l->stopat = l->retryat = 0;
	l->leftover = faccessat(loginsdir, name, F_OK, 0) == 0 || errno != ENOENT;
	if (loadreport(name, &rep) == 0 && rep.self.pid == l->rep.self.pid)
		l->rep = rep;
	if (l->leftover) {
		say(&l->who, LOG_ERR, "its supervisor (pid %d) was killed; stopping what it left, "
			"then its services start again", l->rep.self.pid);
		l->retryat = now + RETRYWAIT;
	}
	l->rep.self.pid = 0;
	changestate(l, LoginNone);
	steer(l);
}

/* A supervisor has written its file */
static void
heard(struct login *l, const char *name)
{
	struct report rep;

	if (!l)
		return;
	int bad = loadreport(name, &rep) < 0;
	if (bad)
		l->retryat = now + RETRYWAIT;
	if (bad || rep.self.pid != l->rep.self.pid)
		return; /* or nobody's: see supervisorevent() */
	if (rep.rundir == RundirMade && l->rep.rundir != RundirMade)
		copy(l->who.place, rep.user.place);
	l->rep = rep;
	if (rep.serial == l->serial) { /* or its state is older than the last order */
		l->order = rep.order;
		changestate(l, rep.state);
	}
	steer(l);
}

/* Does what is due for a login and writes what has changed, or frees one that is over,
 * which nobody else does.  Returns its next deadline. */
static int64_t
tendlogin(struct login *l)
{
	if (due(&l->killat)) {
		say(&l->who, LOG_ERR, "its supervisor (pid %d) did not stop in time, killing it",
			l->rep.self.pid);
		sendsig(l->supervisor.fd, SIGKILL);
		supervisorevent(&l->supervisor); /* it runs no more, even if it cannot die */
	}
	if (due(&l->retryat) & (l->supervisor.fd >= 0))
		heard(l, str("%u", l->who.uid)); /* what could not be read */
	if (due(&l->stopat) | (l->state == LoginNone))
		steer(l);
	int runs = (l->state != LoginNone) | l->leftover | (l->nsessions > 0);
	if (!runs && want(l) == OrderEnd) {
		unlinkat(usersdir, str("%u", l->who.uid), 0);
		linkdel(&l->all);
		tdelete(l, &byuid, bykey);
		free(l);
		return 0;
	}
	if (l->changed && resaveat <= now)
		save(l);
	int64_t next = sooner(sooner(l->killat, l->stopat), l->retryat);
	return l->changed ? sooner(next, resaveat) : next;
}

/* ---- SESSIONS: what a connection may say depends on its state ---- */

/* Ends a session, or a connection that has not become one */
static void
endsession(struct session *s, const char *why)
{
	struct login *l = s->login;

	linkdel(&s->pending);
	closesource(&s->conn);
	closesource(&s->leader);
	if (find(&byrequest, s->key) == s)
		tdelete(s, &byrequest, bykey);
	free(s->buf);
	if (!l) {
		free(s);
		return;
	}
	say(&l->who, LOG_DEBUG, "session %s ends: %s", s->name, why);
	unlinkat(sessionsdir, s->name, 0);
	unlinkat(requestsdir, s->name, 0);
	linkdel(&s->inlogin);
	l->nsessions--;
	/* a directory of others' goes with the last session, and services must not outlive it */
	int delay = l->who.rundir == RundirTheirs ? 0 : stopdelay;
	if (!l->stopat && delay > 0)
		l->stopat = now + delay * 1000;
	l->nfull -= !s->light;
	l->changed = 1;
	free(s);
	steer(l);
}

static void
leaderevent(struct source *src)
{
	endsession(OF(struct session, leader, src), "its leader is gone");
}

/* Makes s, which has its ID and its leader, the session that the record in the len bytes
 * of msg describes.  Returns NULL, or what is wrong. */
static const char *
beginsession(struct session *s, const struct record *r, const char *msg, size_t len)
{
	struct user u = { 0 };

	if (readuser(&u, r) < 0)
		return "there is no user in it";
	struct login *l = needlogin(u.uid);
	if (!l)
		return nomemory;
	if (u.uid && l->nsessions >= maxsessions)
		return l->complained++ ? "" : str("uid %u has %zu sessions", u.uid, maxsessions);
	s->buf = malloc(len);
	if (!s->buf || watch(&s->leader, EPOLL_CTL_ADD, EPOLLIN) < 0)
		return nomemory;
	memcpy(s->buf, msg, len);
	for (int k = 0; k < KeyLast; k++)
		s->rec.val[k] = r->val[k] ? s->buf + (r->val[k] - msg) : NULL;
	for (const char *const *c = lightclasses; *c && r->val[KeyClass]; c++)
		s->light |= !strcmp(r->val[KeyClass], *c);
	s->login = l;
	setuser(l, &u, r, !s->light);
	insque(&s->inlogin, l->sessions.prev);
	l->nsessions++;
	l->nfull += !s->light;
	l->changed = 1;
	return NULL;
}

/* A request to open a session; one that is asked again, after we were away, is the same,
 * over the new connection.  Returns NULL, or what is wrong with it. */
static const char *
openrequest(struct session *s, const struct record *r, const char *msg, size_t len)
{
	int64_t key = number(r->val[KeyOpen], INT64_MAX);
	struct session *old = find(&byrequest, key);
	socklen_t optlen = sizeof(int);

	if (quitat)
		return "turnstiled is stopping";
	if (key < 0)
		return "there is no request id in it";
	if (old && old->proc.pid != s->proc.pid)
		return "another process's request id";
	if (old) {
		int fd = old->conn.fd;
		old->conn.fd = s->conn.fd;
		s->conn.fd = fd;
		watch(&old->conn, EPOLL_CTL_MOD, EPOLLIN);
		endsession(s, "asked again");
		s = old;
		goto wait;
	}
	if (getsockopt(s->conn.fd, SOL_SOCKET, PEERPIDFD, &s->leader.fd, &optlen) < 0)
		s->leader.fd = syscall(SYS_pidfd_open, s->proc.pid, 0);
	if (readproc(s->proc.pid, &s->proc) < 0 || sendsig(s->leader.fd, 0) < 0)
		return "its process is gone, or no descriptor is left to watch it";
	/* its ID is on disk before it is used: so it is never used again */
	if (pwrite(idfd, str("%020" PRId64, lastid + 1), 20, 0) != 20)
		return "no space for its ID";
	snprintf(s->name, sizeof(s->name), "%" PRId64, ++lastid);
	const char *err = beginsession(s, r, msg, len);
	if (err)
		return err;
	s->key = key;
	tsearch(s, &byrequest, bykey); /* without memory it ends with its leader */
	s->login->unsaved |= savesession(s) < 0;
wait:
	s->due = now + logintimeout * 1000;
	linkdel(&s->pending);
	insque(&s->pending, pending.prev);
	if (s->login->state == LoginNone)
		s->login->retryat = 0; /* somebody came: try at once */
	steer(s->login);
	if (s->pending.next)
		answerwith(s, "WAIT", sizeof("WAIT"));
	return NULL;
}

/* Ends a session (or NULL), over its own connection s or over another.  Its file is gone
 * before the answer: who is told so never sees it again. */
static void
closesession(struct session *s, struct session *closed)
{
	if (closed == s)
		unlinkat(sessionsdir, s->name, 0);
	else if (closed)
		endsession(closed, "it was closed");
	answerwith(s, "OK", sizeof("OK"));
	endsession(s, "it was closed");
}

static void
connevent(struct source *src)
{
	struct session *s = OF(struct session, conn, src);
	static char msg[MAXRECORD];
	const char *err = NULL;
	struct text t = { 0 };
	struct record r = { 0 };

	ssize_t n = recv(src->fd, msg, sizeof(msg), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		closesource(src);
		if (!s->login) /* a session lasts: its leader may execute another program */
			endsession(s, "its connection was closed");
		return;
	}
	int bad = n > (ssize_t)sizeof(msg) || recparse(&r, msg, n, '\0', KeyLeader);
	int64_t closed = number(r.val[KeyClose], INT64_MAX);
	if (bad || !r.val[KeyVersion])
		err = "a malformed record";
	else if (strcmp(r.val[KeyVersion], PROTOVERSION))
		err = "the module is of another version: install both of one";
	else if (s->login && closed != s->key)
		err = "a second request on a connection";
	else if (closed < 0)
		err = openrequest(s, &r, msg, n);
	else
		closesession(s, find(&byrequest, closed));
	if (!err)
		return;
	say(NULL, *err ? LOG_WARNING : LOG_DEBUG, "refused a request from pid %d: %s",
		s->proc.pid, err);
	put(&t, "ERROR%c%s%c", 0, err, 0);
	answerwith(s, t.buf, t.len);
	closesource(src);
	if (!s->login)
		endsession(s, err);
}

static void
acceptevent(struct source *src)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	struct session *s;

	int fd = accept4(src->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (!shortage++)
			say(NULL, LOG_ERR, "cannot accept: %s; trying again", strerror(errno));
		watch(src, EPOLL_CTL_MOD, 0);
		listenat = now + ACCEPTWAIT;
		return;
	}
	shortage = 0;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	if (cred.pid <= 0 || cred.uid || !(s = calloc(1, sizeof(*s)))) {
		say(NULL, LOG_WARNING, "refused pid %d: not root but uid %u", cred.pid, cred.uid);
		close(fd);
		return;
	}
	*s = (struct session){ .key = -1, .conn = { connevent, fd }, .leader = { leaderevent, -1 },
		.proc.pid = cred.pid, .due = now + FIRSTWAIT };
	insque(&s->pending, pending.prev);
	if (watch(&s->conn, EPOLL_CTL_ADD, EPOLLIN) < 0)
		endsession(s, "it cannot be watched"); /* the module asks again */
	else
		connevent(&s->conn); /* most have spoken already */
}

/* ---- HELPERS: scripts of ours, for what may hang.  Each leaves letters, files whose
 * names do not matter, in private/letters. ---- */

/* Follows the marker directory, whatever has become of it.  Whose the markers are is
 * looked up by a helper. */
static void
scanmarkers(void)
{
	static const char *const argv[] = { LIBEXECDIR "/turnstile-linger.sh", LINGERDIR,
		LETTERDIR, NULL };

	EACH(p, &logins)
		steer(LOGIN(p));
	if (((int)backend == None) | ((int)linger != LingerMarked))
		return;
	inotify_add_watch(watches.fd, STATEDIR, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	inotify_add_watch(watches.fd, LINGERDIR, IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR);
	sendsig(scanner, SIGKILL);
	closefd(&scanner);
	scanner = runhelper(argv, NULL);
}

/* Executes the installed binary, which recovers; if that cannot be, nothing has
 * changed. */
static void
reexec(void)
{
	say(NULL, LOG_INFO, "executing " BINARY);
	sendsig(scanner, SIGKILL); /* the new program does not know it */
	setenv(LISTENVAR, str("%d", listener.fd), 1);
	fcntl(listener.fd, F_SETFD, 0);
	limits(nofile, oomadj);
	execl(BINARY, BINARY, (char *)NULL);
	say(NULL, LOG_ERR, "cannot execute " BINARY ": %s; going on as before", strerror(errno));
	limits((struct rlimit){ MAXFILES, MAXFILES }, "-1000");
	fcntl(listener.fd, F_SETFD, FD_CLOEXEC);
	scanmarkers();
}

/* Takes the letter of that name: who lingers, that the installed binary can run, or
 * what is wrong */
static void
takeletter(const char *name)
{
	char buf[MAXRECORD];
	struct user u = { 0 };
	struct record r;

	size_t len = getfile(letterdir, name, buf, sizeof(buf));
	unlinkat(letterdir, name, 0);
	if (recparse(&r, buf, len, '\n', KeyLast))
		return;
	if (r.val[KeyError])
		say(NULL, LOG_WARNING, "%s", r.val[KeyError]);
	if (r.val[KeyExec] && !quitat)
		reexec();
	struct login *l = readuser(&u, &r) < 0 ? NULL : needlogin(u.uid);
	if (!l)
		return;
	int second = strcmp(l->who.name, u.name) && ismarked(l->who.name); /* of one uid */
	if (!l->nsessions & !second)
		setuser(l, &u, &r, 0);
	steer(l);
}

/* ---- THE LOOP ---- */

static void
watchevent(struct source *src)
{
	char buf[4096] __attribute__((aligned(8)));
	int rescan = 0;
	ssize_t n = read(src->fd, buf, sizeof(buf));

	for (char *s = buf; s < buf + n;) {
		const struct inotify_event *e = (const void *)s;
		const char *name = e->len ? e->name : "";
		s += sizeof(*e) + e->len;
		if (e->mask & IN_Q_OVERFLOW)
			reexec(); /* recovery is the way to know all again */
		else if (e->wd == letterwatch)
			takeletter(name);
		else if (e->wd == loginwatch)
			heard(find(&byuid, number(name, UIDMAX)), name);
		else
			rescan |= !(e->mask & IN_IGNORED);
	}
	if (rescan)
		scanmarkers();
}

static void
signalevent(struct source *src)
{
	static const char *const argv[] = { LIBEXECDIR "/turnstile-hup.sh", BINARY, RUNDIR,
		LETTERDIR, NULL };
	struct signalfd_siginfo si;

	if (read(src->fd, &si, sizeof(si)) != sizeof(si) || quitat)
		return;
	if (si.ssi_signo == SIGHUP) { /* it is executed when a helper has seen that it can run */
		close(runhelper(argv, NULL));
		return;
	}
	say(NULL, LOG_INFO, "stopping");
	quitat = now + STOPWAIT + 2 * killtimeout * 1000;
	EACH(p, &logins)
		steer(LOGIN(p));
}

/* Does what is due.  Returns the next deadline. */
static int64_t
tend(void)
{
	int64_t next = 0;

	EACH(p, &pending) {
		struct session *s = PENDING(p);
		if (s->due > now)
			next = sooner(next, s->due);
		else if (!s->login)
			endsession(s, "it said nothing");
		else
			answer(s, "the login timeout is over; its services go on starting");
	}
	EACH(p, &logins)
		next = sooner(next, tendlogin(LOGIN(p)));
	if (due(&listenat))
		watch(&listener, EPOLL_CTL_MOD, EPOLLIN);
	return sooner(next, sooner(listenat, quitat));
}

/* Until SIGTERM, and all is stopped */
static void
run(void)
{
	struct epoll_event ev;

	for (;;) {
		int64_t next = tend();
		int busy = !quitat;
		if (quitat)
			EACH(p, &logins)
				busy |= (LOGIN(p)->supervisor.fd >= 0) | LOGIN(p)->leftover;
		if ((busy == 0) | due(&quitat))
			return;
		int n = epoll_wait(epfd, &ev, 1, timeleft(next));
		struct source *s = ev.data.ptr;
		now = monotonic();
		if (n > 0)
			s->event(s);
	}
}

/* ---- RECOVERY: the one way to start takes back what is there, ends what is not ---- */

/* Calls f with each name in a directory of ours, numbers in order */
static void
eachname(const char *dir, void (*f)(const char *))
{
	struct dirent **e = NULL;
	int n = scandir(dir, &e, NULL, versionsort);

	needed(n, dir);
	for (int i = 0; i < n; free(e[i++]))
		if (strcmp(e[i]->d_name, ".") && strcmp(e[i]->d_name, ".."))
			f(e[i]->d_name);
	free(e);
}

/* A login from its supervisor's file.  One that is damaged, or another version's, or of
 * which there is only the directory, counts as killed: if we can see who that is, it is. */
static void
recoverlogin(const char *name)
{
	int64_t uid = number(name, UIDMAX);
	struct login *l;

	if (*name == '.')
		unlinkat(loginsdir, name, 0); /* half written; it is written anew if that goes on */
	if (uid < 0 || find(&byuid, uid) || !(l = needlogin(uid)))
		return;
	int good = loadreport(name, &l->rep) == 0 && l->rep.user.uid == uid;
	l->rep.user.uid = uid;
	l->supervisor.fd = openproc(&l->rep.self);
	l->leftover = l->supervisor.fd < 0;
	if (good) {
		l->who = l->rep.user;
		l->serial = now % (INT_MAX / 2); /* no order has had a number near that */
	} else {
		sendsig(l->supervisor.fd, SIGKILL);
		l->rep.state = LoginStopping;
		if (l->rep.rundir < 0) /* a word that there is not */
			l->rep.rundir = RundirNone;
	}
	l->order = -1; /* perhaps the last one is not heard yet: there will be a new one */
	if (l->leftover) {
		say(&l->rep.user, LOG_WARNING, "its supervisor is gone, stopping what it left");
		return;
	}
	needed(watch(&l->supervisor, EPOLL_CTL_ADD, EPOLLIN), "its supervisor's end");
	changestate(l, l->rep.state == LoginStopping ? LoginStopping : LoginNew);
}

/* The public file of a user who is no login, or the request's id of a session that is none */
static void
recoverstale(const char *name)
{
	if (!find(&byuid, number(name, UIDMAX)))
		unlinkat(usersdir, name, 0);
	if (faccessat(sessionsdir, name, F_OK, 0) < 0)
		unlinkat(requestsdir, name, 0);
}

static void
recoversession(const char *name)
{
	struct session *s = calloc(1, sizeof(*s));
	char buf[MAXRECORD + 128], request[24] = "";
	const char *err = "its leader is gone";
	struct record r;

	needed(-!s, "sessions");
	size_t len = getfile(sessionsdir, name, buf, sizeof(buf));
	recparse(&r, buf, len, '\n', KeyLast); /* what is damaged is not there */
	int64_t id = number(name, INT64_MAX);
	lastid = id > lastid ? id : lastid;
	*s = (struct session){ .key = -1, .conn = { connevent, -1 },
		.leader = { leaderevent, -1 } };
	snprintf(s->name, sizeof(s->name), "%" PRId64, id);
	s->proc.pid = number(r.val[KeyLeader], INT_MAX);
	s->proc.start = number(r.val[KeyStart], INT64_MAX);
	s->leader.fd = openproc(&s->proc);
	if (id > 0 && s->leader.fd >= 0)
		err = beginsession(s, &r, buf, len);
	needed(-(err == nomemory), "sessions");
	if (readlinkat(requestsdir, name, request, sizeof(request) - 1) > 0)
		s->key = number(request, INT64_MAX);
	if (!err && s->key >= 0)
		tsearch(s, &byrequest, bykey);
	if (!err)
		return;
	say(NULL, LOG_INFO, "session %s is over: %s", name, err);
	unlinkat(sessionsdir, name, 0);
	endsession(s, err);
}

static void
recover(void)
{
	char buf[24];

	if (getfile(privdir, "lastid", buf, sizeof(buf)) > 0)
		lastid = number(buf, INT64_MAX);
	if (lastid < 0) /* that is damaged: those of living sessions are known all the same */
		lastid = 0;
	eachname(RUNDIR "/private/logins", recoverlogin);
	eachname(RUNDIR, recoverlogin);
	eachname(RUNDIR "/sessions", recoversession);
	eachname(RUNDIR "/private/requests", recoverstale);
	eachname(RUNDIR "/users", recoverstale);
	starting = 0;
	eachname(LETTERDIR, takeletter);
	scanmarkers();
}

/* Finds the cgroup2 hierarchy; where it is not in use at all we mount it for ourselves */
static void
needcgroups(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified",
		RUNDIR "/private/cgroup" };

	for (size_t i = 0; i < LENGTH(mounts); i++) {
		cgroups = mounts[i];
		if (access(str("%s/cgroup.procs", cgroups), F_OK) == 0)
			return;
	}
	mkdir(cgroups, 0700);
	if (mount("cgroup2", cgroups, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		say(NULL, LOG_WARNING, "no cgroup2: not all that a killed supervisor leaves can "
			"be found: %s", strerror(errno));
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
		die(str("others than root can write to %s: remove it", name), 0);
	return fd;
}

static void
add(struct source *s, int fd, void (*event)(struct source *), const char *what)
{
	*s = (struct source){ event, fd };
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
	getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len);
	if (on) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		return fd;
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(SOCKPATH); /* first: where there is no inode left, now there is */
	umask(0177);
	int bad = bind(fd, (const struct sockaddr *)&sun, sizeof(sun));
	umask(022);
	if (bad || listen(fd, SOMAXCONN) < 0)
		die("cannot listen on " SOCKPATH, errno);
	return fd;
}

static void
setup(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd < 3)
		;
	close(fd);
	/* standard error shall never make us wait: it becomes a description of its own that
	 * does not block (a socket cannot be opened, see say()) */
	fd = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	dup2(fd, 2);
	close(fd);
	umask(022);
	sigreset(1);
	signal(SIGCHLD, SIG_IGN); /* the kernel reaps, whatever falls to us */
	rundir = needdir(AT_FDCWD, RUNDIR, 0755);
	privdir = needdir(rundir, "private", 0700);
	int lock = openat(privdir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	idfd = openat(privdir, "lastid", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if ((lock | idfd) < 0)
		die("cannot make a file in " RUNDIR "/private", errno);
	for (int n = 0; flock(lock, LOCK_EX | LOCK_NB) < 0; poll(NULL, 0, 10))
		if (n++ == 100) /* a child of one that died lets go at once */
			die("another turnstiled is running: " RUNDIR "/private/lock is locked", 0);
	renameat(privdir, "sessions", rundir, "sessions"); /* see main() */
	sessionsdir = needdir(rundir, "sessions", 0755);
	usersdir = needdir(rundir, "users", 0755);
	loginsdir = needdir(privdir, "logins", 0700);
	requestsdir = needdir(privdir, "requests", 0700);
	letterdir = needdir(privdir, "letters", 0700);
	needcgroups();
	close(needdir(AT_FDCWD, STATEDIR, 0755));
	close(needdir(AT_FDCWD, LINGERDIR, 0755));
	getrlimit(RLIMIT_NOFILE, &nofile);
	getfile(AT_FDCWD, "/proc/self/oom_score_adj", oomadj, sizeof(oomadj));
	maxsessions = limits((struct rlimit){ MAXFILES, MAXFILES }, "-1000") / SHARE;
	now = monotonic();
	epfd = epoll_create1(EPOLL_CLOEXEC);
	add(&signals, newsignalfd(SIGHUP, SIGTERM), signalevent, "signals");
	add(&watches, inotify_init1(IN_NONBLOCK | IN_CLOEXEC), watchevent, "files");
	loginwatch = inotify_add_watch(watches.fd, RUNDIR "/private/logins", IN_MOVED_TO);
	letterwatch = inotify_add_watch(watches.fd, LETTERDIR, IN_MOVED_TO);
	needed(loginwatch | letterwatch, RUNDIR "/private");
	add(&listener, needsocket(), acceptevent, SOCKPATH);
	if (access("/etc/pam.d/turnstiled", F_OK) < 0 &&
			access("/usr/lib/pam.d/turnstiled", F_OK) < 0)
		say(NULL, LOG_WARNING, "there is no /etc/pam.d/turnstiled: services get the PAM "
			"session of /etc/pam.d/other");
}

int
main(int argc, char *argv[], char *envp[])
{
	const char *flag = argc == 2 ? argv[1] : "";

	title = argv[0];
	titlesize = argv[argc - 1] + strlen(argv[argc - 1]) + 1 - title;
	for (char **s = envp; *s == title + titlesize; s++) /* a library may have moved some */
		titlesize += strlen(*s) + 1;
	if (!strcmp(flag, "-v")) {
		puts("turnstiled " VERSION);
		return 0;
	}
	if (argc > 1 && strcmp(flag, "-t")) {
		fputs("usage: turnstiled [-t | -v]\n", stderr);
		return 2;
	}
	if (geteuid())
		die("must be started as root", 0);
	/* what neither the compiler nor config.h can say: whether this can run here */
	if (*rundirpath && (*rundirpath != '/' || rundirpath[sizeof(rundirpath) - 2] == '/'))
		die("rundirpath in config.h is not an absolute path, or ends in a slash", 0);
	if (syscall(SYS_close_range, ~0U, ~0U, 0) < 0) /* nothing of ours may leak */
		die("this kernel is too old, Linux 5.10 is needed", errno);
	if (*flag) {
		puts("turnstiled: the configuration is good, files are in " RUNDIR);
		return 0;
	}
	setup();
	recover();
	say(NULL, LOG_INFO, "turnstiled " VERSION " is ready");
	run();
	say(NULL, LOG_INFO, "stopped");
	EACH(p, &logins)
		unlinkat(usersdir, str("%u", LOGIN(p)->who.uid), 0);
	/* nobody tells now how long sessions last: the next daemon finds out */
	renameat(rundir, "sessions", privdir, "sessions");
	unlink(SOCKPATH);
	return 0;
}
