/* For libFuzzer: what peers say, what is in state files and what users write
 * into the readiness FIFO, against the daemon's own code, see tests/fuzz.
 *
 * An input is a sequence of steps: a byte that says what happens, see step(),
 * and the bytes that somebody says or that are in a file, up to 0xff.  Nothing
 * is forked and no process signalled: supervisors and leaders are this process,
 * which the files name PID=1 and LEADER=1. */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static long callsyscall(long nr, ...);

#define main turnstiled
#define syscall callsyscall
#include "../turnstiled.c"

#undef syscall

enum { Conns = 4 };

/* A fork gives this process, or fails now and then; pidfds are of it alone, and nothing is
 * done to it */
static long
callsyscall(long nr, ...)
{
	static unsigned n;
	va_list ap;

	if (nr == SYS_pidfd_send_signal)
		return 0;
	if (nr == SYS_pidfd_open)
		return syscall(nr, getpid(), 0);
	if (nr == SYS_clone3 && ++n % 8) {
		va_start(ap, nr);
		const struct cloneargs *args = va_arg(ap, const struct cloneargs *);
		va_end(ap);
		if (args->pidfd)
			*(int *)(uintptr_t)args->pidfd = syscall(SYS_pidfd_open, getpid(), 0);
		return getpid();
	}
	errno = nr == SYS_clone3 ? EAGAIN : ENOSYS;
	return -1;
}

/* Writes a file, with this process in place of process 1 */
static void
file(int dir, const char *name, const uint8_t *p, size_t len)
{
	static const char *const keys[] = { "LEADER=1\n", "PID=1\n", "MANAGER=1\n" };
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	struct proc self;

	if (!f || readproc(getpid(), &self) < 0)
		abort();
	while (len) {
		size_t k = 0, n = 0;
		for (; k < LENGTH(keys); k++)
			if (len >= strlen(keys[k]) && !memcmp(p, keys[k], strlen(keys[k])))
				break;
		if (k < LENGTH(keys)) {
			n = strlen(keys[k]);
			fprintf(f, "%.*s%d\n%s=%llu\n", (int)n - 2, keys[k], (int)self.pid,
				k == 2 ? "MANAGER_START" : "START", self.start);
		} else {
			while (n < len && p[n++] != '\n')
				;
			fwrite(p, 1, n, f);
		}
		p += n;
		len -= n;
	}
	fclose(f);
}

static int conn[Conns] = { -1, -1, -1, -1 };

static int forged; /* a session's file */

/* The file of the newest session: whatever was said, it has printable lines of
 * KEY=value, none longer than a value may be */
static void
readable(void)
{
	char buf[2 * MAXRECORD], *s, *end;

	if (forged || !getfile(sessionsdir, str("%" PRId64, lastid), buf, sizeof(buf)))
		return;
	for (s = buf; *s; s = end + 1) {
		if (!(end = strchr(s, '\n')))
			abort();
		*end = '\0';
		char *val = strchr(s, '=');
		if (!val || strlen(val + 1) >= MAXVALUE)
			abort();
		for (; *s; s++)
			if ((unsigned char)*s < ' ' || *s == 0x7f)
				abort();
	}
}

/* A peer says a record; its connection is new when the last one was closed */
static void
says(int which, const uint8_t *p, size_t len)
{
	int pair[2], i = which % Conns;
	char buf[64];

	if (which & 0x40) { /* hangs up before */
		closefd(&conn[i]);
		tend();
	}
	if (conn[i] < 0) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
			abort();
		conn[i] = pair[0];
		struct session *s = calloc(1, sizeof(*s));
		if (!s)
			abort();
		*s = (struct session){ .key = -1, .conn = { connevent, pair[1] },
			.leader = { leaderevent, -1 }, .proc.pid = getpid(), .due = now + FIRSTWAIT };
		insque(&s->pending, pending.prev);
		watch(&s->conn, EPOLL_CTL_ADD, EPOLLIN);
	}
	if (send(conn[i], p, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE)
		closefd(&conn[i]);
	if (which & 0x20) /* time passes */
		now += FIRSTWAIT + 1;
	struct epoll_event ev;
	for (int n = 0; n < 2 * Conns && epoll_wait(epfd, &ev, 1, 0) == 1; n++) {
		struct source *s = ev.data.ptr;
		s->event(s);
	}
	tend();
	readable();
	while (conn[i] >= 0 && recv(conn[i], buf, sizeof(buf), MSG_DONTWAIT) >= 0)
		if (recv(conn[i], buf, sizeof(buf), MSG_DONTWAIT | MSG_PEEK) == 0) {
			closefd(&conn[i]);
			break;
		}
}

static void
recoverall(void)
{
	eachname(RUNDIR "/private/logins", recoverlogin);
	eachname(RUNDIR "/sessions", recoversession);
	eachname(RUNDIR "/private/requests", recoverstale);
	eachname(RUNDIR "/users", recoverstale);
	EACH(l, &logins)
		steer(LOGIN(l));
}

static void
step(int what, const uint8_t *p, size_t len)
{
	struct login *l = find(&byuid, 30001);
	int fifo[2];
	char name[64];

	if (what & 0x20) /* time passes */
		now += FIRSTWAIT + 1;
	switch (what % 16) {
	case 4: /* a supervisor writes its file */
		file(loginsdir, "30001", p, len);
		heard(l, "30001");
		break;
	case 5:
		file(loginsdir, "0", p, len);
		heard(find(&byuid, 0), "0");
		break;
	case 6: /* or ends */
		if (l && l->supervisor.fd >= 0)
			supervisorevent(&l->supervisor);
		break;
	case 7: /* sessions' files, of before */
		file(sessionsdir, "1", p, len);
		forged = 1;
		break;
	case 8:
		file(sessionsdir, "2", p, len);
		forged = 1;
		break;
	case 9:
		recoverall();
		break;
	case 10: /* the names of files */
		snprintf(name, sizeof(name), "%.*s", (int)(len < 60 ? len : 60), (const char *)p);
		if (strchr(name, '/')) /* no name has one, and these are removed */
			break;
		recoverlogin(name);
		recoversession(name);
		break;
	case 11:
		if (pipe2(fifo, O_NONBLOCK | O_CLOEXEC) < 0)
			abort();
		sv.fifo = fifo[0];
		for (ssize_t n; len && (n = write(fifo[1], p, len < 512 ? len : 512)) > 0; p += n, len -= n)
			fifoevent();
		close(fifo[1]);
		fifoevent();
		closefd(&sv.fifo);
		break;
	case 12: /* helpers' letters */
		file(letterdir, "1", p, len);
		takeletter("1");
		break;
	default:
		says(what, p, len);
	}
	tend();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	if (!geteuid())
		abort(); /* what fuzzed code does to files must not be done by root */
	mkdir(RUNDIR, 0755);
	rundir = open(RUNDIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(rundir, "private", 0700);
	privdir = openat(rundir, "private", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(rundir, "sessions", 0755);
	sessionsdir = openat(rundir, "sessions", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(rundir, "users", 0755);
	usersdir = openat(rundir, "users", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(privdir, "logins", 0700);
	loginsdir = openat(privdir, "logins", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(privdir, "requests", 0700);
	requestsdir = openat(privdir, "requests", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(privdir, "letters", 0700);
	letterdir = openat(privdir, "letters", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	getrlimit(RLIMIT_NOFILE, &nofile);
	maxsessions = 6;
	idfd = openat(privdir, "lastid", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	epfd = epoll_create1(EPOLL_CLOEXEC);
	if (epfd < 0 || idfd < 0 || letterdir < 0)
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	now = 1000;
	resaveat = listenat = lastid = forged = 0;
	memset(&sv, 0, sizeof(sv));
	sv.fifo = -1;
	while (len) {
		const uint8_t *end = memchr(p, 0xff, len);
		size_t n = end ? (size_t)(end - p) : len;
		if (n)
			step(*p, p + 1, n - 1);
		n += !!end;
		p += n;
		len -= n;
	}
	now += RETRYWAIT + 1;
	tend();
	for (int i = 0; i < Conns; i++)
		closefd(&conn[i]);
	while (pending.next != &pending)
		endsession(OF(struct session, pending, pending.next), "the end");
	while (logins.next != &logins) {
		struct login *l = LOGIN(logins.next);
		if (l->nsessions) {
			endsession(INLOGIN(l->sessions.next), "the end");
			continue;
		}
		unlinkat(loginsdir, str("%u", l->who.uid), 0);
		unlinkat(usersdir, str("%u", l->who.uid), 0);
		closesource(&l->supervisor);
		linkdel(&l->all);
		tdelete(l, &byuid, bykey);
		free(l);
	}
	if (byuid || byrequest)
		abort(); /* a session that nobody knows */
	unlinkat(loginsdir, "30001", 0);
	unlinkat(loginsdir, "0", 0);
	unlinkat(sessionsdir, "1", 0);
	unlinkat(sessionsdir, "2", 0);
	return 0;
}
