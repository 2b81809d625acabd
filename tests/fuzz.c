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
static int nokill(pid_t pid, int sig);
static pid_t nofork(void);

#define main turnstiled
#define fork nofork
#define kill nokill
#define syscall callsyscall
#include "../turnstiled.c"

#undef syscall

static pid_t
nofork(void)
{
	static unsigned n;

	errno = EAGAIN;
	return ++n % 8 ? getpid() : -1;
}

static int
nokill(pid_t pid, int sig)
{
	(void)pid, (void)sig;
	return 0;
}

enum { Conns = 4 };

/* pidfds of our own process only, and nothing is done to it */
static long
callsyscall(long nr, ...)
{
	if (nr == SYS_pidfd_send_signal)
		return 0;
	if (nr == SYS_pidfd_open)
		return syscall(nr, getpid(), 0);
	errno = ENOSYS;
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

/* as at the end of a turn of run() */
static void
turn(void)
{
	tend();
	while (graves) {
		struct source *s = graves;
		graves = s->next;
		free(s);
	}
}

static int conn[Conns] = { -1, -1, -1, -1 };
static struct session *peer[Conns];

/* A peer says a record; its connection is new when the last one was closed */
static void
says(int which, const uint8_t *p, size_t len)
{
	int pair[2], i = which % Conns;
	char buf[64];

	if (which & 0x40) { /* hangs up before */
		closefd(&conn[i]);
		turn();
	}
	if (conn[i] < 0) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
			abort();
		conn[i] = pair[0];
		if (!(peer[i] = calloc(1, sizeof(*peer[i]))))
			abort();
		peer[i]->src.event = sessionevent;
		peer[i]->src.fd = pair[1];
		peer[i]->peer = getpid();
		peer[i]->due = now + FIRSTWAIT;
		linkadd(&pending, &peer[i]->pending);
		watch(&peer[i]->src, EPOLL_CTL_ADD, EPOLLIN);
	}
	if (send(conn[i], p, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE)
		closefd(&conn[i]);
	if (which & 0x20) /* time passes */
		now += FIRSTWAIT + 1;
	struct epoll_event ev[BATCH];
	for (int n = epoll_wait(epfd, ev, BATCH, 0); n > 0; n = 0)
		for (int j = 0; j < n; j++) {
			struct source *s = ev[j].data.ptr;
			if (s->fd >= 0 && s->event == sessionevent)
				s->event(s);
		}
	turn();
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
	eachname(RUNDIR "/users", recoverlogin);
	EACH(l, &logins)
		steer(LOGIN(l), 0);
}

static void
step(int what, const uint8_t *p, size_t len)
{
	struct login *l = find(KindLogin, 30001);
	int fifo[2];
	char name[64];

	if (what & 0x20) /* time passes */
		now += FIRSTWAIT + 1;
	switch (what % 16) {
	case 4: /* a supervisor writes its file */
		file(privlogins, "30001", p, len);
		if (l)
			reload(l);
		break;
	case 5:
		file(privlogins, "0", p, len);
		if ((l = find(KindLogin, 0)))
			reload(l);
		break;
	case 6: /* or ends */
		if (l && l->src.fd >= 0)
			supervisorevent(&l->src);
		break;
	case 7: /* sessions' files, of before */
		file(sessionsdir, "1", p, len);
		break;
	case 8:
		file(sessionsdir, "2", p, len);
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
			readfifo();
		close(fifo[1]);
		readfifo();
		closefd(&sv.fifo);
		break;
	default:
		says(what, p, len);
	}
	turn();
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
	privlogins = openat(privdir, "logins", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	idfd = openat(privdir, "lastid", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	epfd = epoll_create1(EPOLL_CLOEXEC);
	if (epfd < 0 || idfd < 0 || privlogins < 0)
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static struct login self = { .user = "fuzz" };

	now = 1000;
	retrydue = listendue = lastid = 0;
	sv = (struct supervisor){ .l = &self, .fifo = -1 };
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
	turn();
	for (int i = 0; i < Conns; i++)
		closefd(&conn[i]);
	while (pending.next != &pending)
		endsession(OF(struct session, pending, pending.next), "the end");
	for (int i = 0; i < BUCKETS; i++)
		for (struct source *s = table[i], *next; s; s = next) {
			next = s->next;
			if (s->kind == KindSession) {
				endsession((struct session *)s, "the end");
				next = table[i];
			}
		}
	while (logins.next != &logins) {
		unlinkat(privlogins, str("%u", LOGIN(logins.next)->uid), 0);
		droplogin(LOGIN(logins.next));
	}
	turn();
	for (int i = 0; i < BUCKETS; i++)
		if (table[i])
			abort(); /* a leader without a session */
	unlinkat(privlogins, "30001", 0);
	unlinkat(privlogins, "0", 0);
	unlinkat(sessionsdir, "1", 0);
	unlinkat(sessionsdir, "2", 0);
	return 0;
}
