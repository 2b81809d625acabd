/* For libFuzzer: what peers say, what is in state files and what users write
 * into the readiness FIFO, against the daemon's own code, see tests/fuzz.
 *
 * The first byte says whose bytes the others are: an even one a peer's, several
 * records on several connections, an odd one the files'.  A record or file ends
 * at a byte 0xff, the byte after that says which one is next.  Nothing is forked
 * and no process signalled. */
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
	errno = EAGAIN;
	return -1;
}

static int
nokill(pid_t pid, int sig)
{
	(void)pid, (void)sig;
	return 0;
}

enum { Conns = 4, Files = 6 };

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

static void
file(int dir, const char *name, const uint8_t *p, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, p, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void
forget(const char *name)
{
	if (*name != '.' || (name[1] && strcmp(name, ".."))) {
		unlinkat(sessionsdir, name, 0);
		unlinkat(usersdir, name, 0);
		unlinkat(privlogins, name, 0);
	}
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

/* Hands the parts of an input to f, one after the other */
static void
each(const uint8_t *p, size_t len, void (*f)(int, const uint8_t *, size_t))
{
	for (int which = 0; len;) {
		const uint8_t *end = memchr(p, 0xff, len);
		size_t n = end ? (size_t)(end - p) : len;
		f(which, p, n);
		p += n;
		len -= n;
		which = len > 1 ? p[1] : 0;
		n = len > 1 ? 2 : len;
		p += n;
		len -= n;
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

/* A file has this in it */
static void
reads(int which, const uint8_t *p, size_t len)
{
	switch (which % Files) {
	case 0:
		file(privlogins, "30001", p, len);
		break;
	case 1:
		file(sessionsdir, "1", p, len);
		break;
	case 2:
		file(sessionsdir, "2", p, len);
		break;
	case 3:
		file(privlogins, "0", p, len);
		break;
	case 4:
		if (len && write(conn[1], p, len < 4096 ? len : 4096) > 0)
			readfifo();
		break;
	case 5: { /* a name in the directories */
		char name[64];
		snprintf(name, sizeof(name), "%.*s", (int)(len < 60 ? len : 60), (const char *)p);
		recoverlogin(name);
		recoversession(name);
	}
	}
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
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
	struct login self = { .user = "fuzz" };
	int fifo[2];

	if (!len)
		return 0;
	now = 1000;
	retrydue = listendue = lastid = 0;
	if (*p % 2 == 0) {
		each(p + 1, len - 1, says);
	} else {
		if (pipe2(fifo, O_NONBLOCK | O_CLOEXEC) < 0)
			abort();
		sv = (struct supervisor){ .l = &self, .fifo = fifo[0] };
		conn[1] = fifo[1];
		each(p + 1, len - 1, reads);
		closefd(&conn[1]);
		readfifo();
		closefd(&sv.fifo);
		eachname(RUNDIR "/private/logins", recoverlogin);
		eachname(RUNDIR "/sessions", recoversession);
		eachname(RUNDIR "/users", recoverlogin);
		EACH(l, &logins)
			steer(LOGIN(l), 0);
		turn();
		EACH(l, &logins)
			reload(LOGIN(l));
		turn();
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
	while (logins.next != &logins)
		droplogin(LOGIN(logins.next));
	turn();
	for (int i = 0; i < BUCKETS; i++)
		if (table[i])
			abort(); /* a leader without a session */
	eachname(RUNDIR "/private/logins", forget);
	eachname(RUNDIR "/sessions", forget);
	eachname(RUNDIR "/users", forget);
	return 0;
}
