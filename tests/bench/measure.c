/* See LICENSE file for copyright and license details.
 *
 * Takes one figure a call, on behalf of bench, inside a private root. A login
 * is a PAM session of the service given with -s: "bare" is the stack without
 * a module, "bench" the one with it. Behind -- may stand what a floor does by
 * hand after that: the service manager is forked and executed as the user and
 * waited for until something writes to ~/ready (its descriptor 3); "-" is a
 * mere fork. Times are printed in nanoseconds, one line a sample.
 *
 *	session COUNT LEVEL...	with LEVEL sessions open, COUNT further ones
 *	login HOLD		one login held HOLD ms and its end: opened,
 *				closed, all gone, bus address set, bus answers
 *	crowd COUNT		as many users at once: slowest, in, all gone
 *	remove FILES		others' logins while a runtime directory of so
 *				many files is removed
 *	hold			logins until standard input ends
 */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LEN(a) (sizeof(a) / sizeof(a)[0])

enum {
	Patience = 20,		/* seconds until a figure is given up */
	KnownMax = 4096,	/* processes there may be before a login */
	QuietLogins = 20	/* fewest logins that remove() looks at */
};

typedef struct {
	pam_handle_t *pamh;
	uid_t uid;
	pid_t manager;		/* the service manager run by hand, or 0 */
} Login;

static int allgone(void);
static int answers(const char *rundir);
static void byhand(Login *l, const char *user);
static void crowd(int count);
static void crowdchild(int i, int go, int report, int end);
static void die(const char *fmt, ...);
static int enter(Login *l, const char *user);
static void fill(const char *dir, int files);
static void hold(void);
static void keep(const char *name, int count);
static void leave(Login *l);
static void login(int ms);
static void manager(const struct passwd *pw, const char *rundir, int fifo);
static char *nth(int i);
static int64_t now(void);
static int64_t once(void);
static void removal(int files);
static void rememberpids(void);
static void session(int count, int levels, char **level);
static int strangers(struct pollfd *fds, int max);
static int talk(int n, const struct pam_message **m, struct pam_response **r,
    void *data);

static const char *service = "bench", *user = "bench1";
static char **hand;		/* the command behind --, or NULL */
static int bus;			/* -b: the user has a session bus */
static int forked;		/* -f: each session in a process of its own */
static int others;		/* -u: users logged in besides */
static int stay[2];		/* closed, it ends those who keep() */
static pid_t known[KnownMax];	/* the processes that were there before */
static int nknown;

/* Waits until no process is left that rememberpids() has not seen, and the
 * runtime directory of the user is gone too. */
static int
allgone(void)
{
	static struct pollfd fds[KnownMax];
	const struct timespec pause = { 0, 50 * 1000 };
	const struct passwd *pw = getpwnam(user);
	char dir[64];
	int i, n;

	while ((n = strangers(fds, KnownMax)) > 0) {
		for (i = 0; i < n; i++) {
			poll(&fds[i], 1, Patience * 1000);
			close(fds[i].fd);
		}
		nanosleep(&pause, NULL);	/* ended, but not yet reaped */
	}
	snprintf(dir, sizeof(dir), "/run/user/%u", pw ? pw->pw_uid : 0);
	while (!hand && access(dir, F_OK) == 0)
		nanosleep(&pause, NULL);
	return 0;
}

/* Whether a bus talks to us, not only whether its socket is there. */
static int
answers(const char *rundir)
{
	static const char hello[] = "\0AUTH EXTERNAL 30\r\n";
	const struct timeval limit = { 1, 0 };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char reply[64];
	int fd, ok;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.80s/bus", rundir);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		die("socket:");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	ok = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 &&
	    send(fd, hello, sizeof(hello) - 1, MSG_NOSIGNAL) > 0 &&
	    recv(fd, reply, sizeof(reply), 0) > 0;
	close(fd);
	return ok;
}

/* What no session tracker can do without: a fork, the identity, an exec. */
static void
byhand(Login *l, const char *name)
{
	const struct timespec pause = { 0, 100 * 1000 };
	const struct timespec past[2] = { { time(NULL) - 2, 0 },
	    { time(NULL) - 2, 0 } };
	const struct passwd *pw = getpwnam(name);
	struct pollfd pfd = { .events = POLLIN };
	char path[256], rundir[64], c;

	if (!pw)
		die("no user %s", name);
	snprintf(rundir, sizeof(rundir), "/run/user/%u", pw->pw_uid);
	mkdir("/run/user", 0755);
	if (mkdir(rundir, 0700) == 0 && chown(rundir, pw->pw_uid, pw->pw_gid))
		die("%s:", rundir);
	/* runsvdir sleeps a second over a directory changed just now */
	snprintf(path, sizeof(path), "%s/.config/service", pw->pw_dir);
	utimensat(AT_FDCWD, path, past, 0);
	snprintf(path, sizeof(path), "%s/ready", pw->pw_dir);
	if ((pfd.fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)) < 0)
		die("%s:", path);
	if ((l->manager = fork()) < 0)
		die("fork:");
	if (l->manager == 0)
		manager(pw, rundir, pfd.fd);
	if (poll(&pfd, 1, Patience * 1000) != 1)
		die("nobody is ready");
	while (read(pfd.fd, &c, 1) == 1)
		;
	close(pfd.fd);
	while (bus && !answers(rundir))
		nanosleep(&pause, NULL);
}

static void
crowd(int count)
{
	int64_t begin, end, slowest = 0;
	int go[2], report[2], off[2], i, in = 0;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) || pipe2(report, O_CLOEXEC) ||
	    pipe2(off, O_CLOEXEC))
		die("pipe:");
	for (i = 1; i <= count; i++) {
		if ((pid = fork()) < 0)
			die("fork:");
		if (pid == 0) {
			close(go[1]);
			close(off[1]);
			crowdchild(i, go[0], report[1], off[0]);
		}
	}
	close(report[1]);
	usleep(200 * 1000);	/* let all of them come to the barrier */
	begin = now();
	close(go[1]);
	for (i = 0; i < count; i++) {
		if (read(report[0], &end, sizeof(end)) != sizeof(end))
			break;
		if (end > slowest)
			slowest = end;
		if (end)
			in++;
	}
	printf("%lld %d", (long long)(slowest - begin), in);
	fflush(stdout);
	begin = now();
	close(off[1]);
	while (wait(NULL) > 0)
		;
	allgone();
	printf(" %lld\n", (long long)(now() - begin));
}

static void
crowdchild(int i, int go, int report, int end)
{
	Login l;
	int64_t t = 0;
	char c;

	alarm(Patience);
	read(go, &c, 1);
	if (enter(&l, nth(i)) == 0)
		t = now();
	write(report, &t, sizeof(t));
	close(report);
	read(end, &c, 1);
	if (t)
		leave(&l);
	_exit(0);
}

static void
die(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	fputs("measure: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (*fmt && fmt[strlen(fmt) - 1] == ':')
		fprintf(stderr, " %s", strerror(saved));
	fputc('\n', stderr);
	exit(1);
}

static const char *tty = "pts/9"; /* where sessions are */
static int vt; /* -v: those measured are at a virtual terminal */

/* A module that could not register the session may well let it go on, so a
 * session without a runtime directory does not count as one. */
static int
enter(Login *l, const char *name)
{
	static const struct pam_conv conv = { talk, NULL };

	l->manager = 0;
	if (pam_start(service, name, &conv, &l->pamh) != PAM_SUCCESS)
		die("pam_start");
	pam_set_item(l->pamh, PAM_TTY, tty);
	if (pam_open_session(l->pamh, 0) != PAM_SUCCESS ||
	    (strcmp(service, "bare") != 0 &&
	    !pam_getenv(l->pamh, "XDG_RUNTIME_DIR"))) {
		pam_end(l->pamh, PAM_SESSION_ERR);
		return -1;
	}
	if (hand)
		byhand(l, name);
	return 0;
}

static void
fill(const char *dir, int files)
{
	char path[256];
	int fd, i;

	for (i = 0; i < files; i++) {
		snprintf(path, sizeof(path), "%s/%d", dir, i);
		if ((fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) < 0)
			die("%s:", path);
		close(fd);
	}
}

static void
hold(void)
{
	char c;

	puts("in");
	fflush(stdout);
	alarm(0);
	read(0, &c, 1);
}

/* A process that opens so many sessions and keeps them until we end. */
static void
keep(const char *name, int count)
{
	Login l;
	int n, pid, report[2];
	char c;

	if (pipe2(report, O_CLOEXEC) || (pid = fork()) < 0)
		die("fork:");
	if (pid == 0) {
		close(stay[1]);
		for (n = 0; n < count && enter(&l, name) == 0; n++)
			;
		write(report[1], &n, sizeof(n));
		alarm(0);
		read(stay[0], &c, 1);
		if (n)
			leave(&l);
		_exit(0);
	}
	close(report[1]);
	if (read(report[0], &n, sizeof(n)) != sizeof(n) || n < count)
		die("a session of %s cannot be opened", name);
	close(report[0]);
}

static void
leave(Login *l)
{
	pam_close_session(l->pamh, 0);
	pam_end(l->pamh, PAM_SUCCESS);
	if (l->manager) {
		kill(l->manager, strcmp(*hand, "runsvdir") ? SIGTERM : SIGHUP);
		waitpid(l->manager, NULL, 0);
	}
}

static void
login(int ms)
{
	int64_t open, close, gone, t;
	Login l;
	const char *dir;
	int addr, ans = 0;

	rememberpids();
	t = now();
	if (enter(&l, user))
		die("%s cannot log in", user);
	open = now() - t;
	addr = pam_getenv(l.pamh, "DBUS_SESSION_BUS_ADDRESS") != NULL;
	if (bus && (dir = pam_getenv(l.pamh, "XDG_RUNTIME_DIR")))
		ans = answers(dir);
	usleep(ms * 1000);
	t = now();
	leave(&l);
	close = now() - t;
	allgone();
	gone = now() - t;
	printf("%lld %lld %lld %d %d\n", (long long)open, (long long)close,
	    (long long)gone, addr, ans);
}

static void
manager(const struct passwd *pw, const char *rundir, int fifo)
{
	int nil;

	if (strcmp(*hand, "-") == 0) {
		write(fifo, "", 1);
		pause();
	}
	if (setsid() < 0 || initgroups(pw->pw_name, pw->pw_gid) ||
	    setgid(pw->pw_gid) || setuid(pw->pw_uid) || chdir(pw->pw_dir))
		_exit(126);
	setenv("HOME", pw->pw_dir, 1);
	setenv("XDG_RUNTIME_DIR", rundir, 1);
	if ((nil = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0 || dup2(nil, 0) != 0 ||
	    dup2(nil, 1) != 1)
		_exit(126);
	if (fifo == 3)
		fcntl(3, F_SETFD, 0);
	else
		dup2(fifo, 3);
	execvp(*hand, hand);
	_exit(127);
}

static char *
nth(int i)
{
	static char name[32];

	snprintf(name, sizeof(name), "bench%d", i);
	return name;
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* One session, opened and closed. */
static int64_t
once(void)
{
	Login l;
	int64_t t = now();

	if (enter(&l, user))
		return -1;
	leave(&l);
	return now() - t;
}

static void
rememberpids(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (atoi(e->d_name) > 0 && nknown < KnownMax)
			known[nknown++] = atoi(e->d_name);
	if (d)
		closedir(d);
}

static void
removal(int files)
{
	static Login l[512];
	int64_t t;
	char dir[128];
	int i;

	rememberpids();
	if (enter(&l[0], nth(1)))
		die("cannot log in");
	snprintf(dir, sizeof(dir), "%s", pam_getenv(l[0].pamh,
	    "XDG_RUNTIME_DIR"));
	fill(dir, files);
	leave(&l[0]);
	for (i = 1; i < (int)LEN(l); i++) {
		if (i > QuietLogins && access(dir, F_OK) != 0)
			break;
		t = now();
		if (enter(&l[i], nth(i + 1)))
			die("cannot log in");
		printf("%lld ", (long long)(now() - t));
		usleep(2000);
	}
	putchar('\n');
	while (--i > 0)
		leave(&l[i]);
	allgone();
}

/* Samples with the same number of sessions open come on one line, behind
 * that number. The sessions stay open from one level to the next, in other
 * processes; so the modules are loaded for each sample anew, as by login. With
 * -f each session has a process of its own, also those measured. */
static void
session(int count, int levels, char **level)
{
	int64_t t;
	int i, n, report[2], open = 0;

	if (pipe2(report, O_CLOEXEC))
		die("pipe:");
	for (; levels-- > 0; level++) {
		for (; open < atoi(*level); open += n) {
			n = forked ? 1 : atoi(*level) - open;
			keep(user, n);
		}
		printf("%s", *level);
		if (vt)
			tty = "tty42";
		for (i = 0; i < count; i++) {
			if (!forked)
				t = once();
			else if (fork() == 0) {
				t = once();
				write(report[1], &t, sizeof(t));
				_exit(0);
			} else if (read(report[0], &t, sizeof(t)) != sizeof(t) ||
			    wait(NULL) < 0)
				die("read:");
			if (t < 0)
				die("no further session");
			printf(" %lld", (long long)t);
		}
		putchar('\n');
		fflush(stdout);
	}
}

static int
strangers(struct pollfd *fds, int max)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int i, n = 0, pid;

	while (d && (e = readdir(d)) && n < max) {
		if ((pid = atoi(e->d_name)) <= 0)
			continue;
		for (i = 0; i < nknown && known[i] != pid; i++)
			;
		if (i < nknown)
			continue;
		fds[n].events = POLLIN;
		fds[n].fd = syscall(SYS_pidfd_open, pid, 0);
		n += fds[n].fd >= 0;
	}
	if (d)
		closedir(d);
	return n;
}

static int
talk(int n, const struct pam_message **m, struct pam_response **r, void *data)
{
	(void)n, (void)m, (void)r, (void)data;
	return PAM_CONV_ERR;
}

int
main(int argc, char *argv[])
{
	struct rlimit lim;
	int c, i, n;

	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
	    "/sbin:/bin", 1);
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		;
	if (i < argc) {
		hand = &argv[i + 1];
		argc = i;
	}
	while ((c = getopt(argc, argv, "bfvs:u:n:")) != -1) {
		switch (c) {
		case 'b': bus = 1; break;
		case 'f': forked = 1; break;
		case 'v': vt = 1; break;
		case 's': service = optarg; break;
		case 'u': others = atoi(optarg); break;
		case 'n': user = optarg; break;
		default: return 2;
		}
	}
	argc -= optind;
	argv += optind;
	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
	alarm(2 * Patience);
	getpwnam(user);	/* every login program has asked for its user before */
	if (pipe2(stay, O_CLOEXEC))
		die("pipe:");
	for (i = 0; i < others; i++)
		keep(nth(i + 2), 1);
	n = argc > 1 ? atoi(argv[1]) : 0;
	if (argc > 2 && strcmp(*argv, "session") == 0)
		session(n, argc - 2, argv + 2);
	else if (argc == 2 && strcmp(*argv, "login") == 0)
		login(n);
	else if (argc == 2 && strcmp(*argv, "crowd") == 0) {
		rememberpids();
		crowd(n);
	} else if (argc == 2 && strcmp(*argv, "remove") == 0)
		removal(n);
	else if (argc == 1 && strcmp(*argv, "hold") == 0)
		hold();
	else
		return 2;
	close(stay[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
