/* What hostile users, root's own mistakes and bad days do, for the tests:
 *
 *	hostile say RECORD...		one connection to the daemon: says each, prints
 *					what is answered; / ends a string of a record
 *	hostile shut RECORD		says it and reads no answer
 *	hostile big BYTES		says a record of strings of that size
 *	hostile noise COUNT SEED	says that many mutilated records
 *	hostile idle COUNT SECONDS	that many connections that say nothing
 *	hostile again COUNT RECORD	opens and closes that often
 *	hostile headless		its first thread ends, another goes on
 *	hostile bomb COUNT		forks for ever, with that many at a time
 *	hostile deep DIR LEVELS		a tree that deep
 *	hostile files DIR COUNT		empty files
 *	hostile flood FIFO		writes into it without end
 *	hostile hold DIR		keeps a descriptor on it
 *	hostile touches DIR		makes and removes a file without end
 *	hostile lock PATH...		waits for the lock of each, and keeps it
 *	hostile siblings COUNT SECONDS	falls to the supervisor, there makes others that
 *					exit at once, with that many processes
 *	hostile leaves FILE SECONDS	a group without a leader, which its last member
 *					leaves that long after SIGCONT; tells FILE its number
 *	hostile becomes PID FILE	root's: a group with this number; then tells FILE
 *	hostile root FILE		setuid: a daemon of root's; its pid to FILE
 *	hostile mute COMMAND...		runs it, standard error a terminal nobody reads
 *	hostile fill FILE		writes until no more is taken; prints how much
 *
 * No answer within a second is none. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SOCKPATH "/run/turnstiled/control.sock"

static void
die(const char *what)
{
	fprintf(stderr, "hostile: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
dial(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = SOCKPATH };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		die(SOCKPATH);
	return fd;
}

/* Prints the daemon's answer with / for each NUL; 0 at the end of it all */
static int
hear(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[65536];
	ssize_t n;

	if (poll(&p, 1, 1000) <= 0)
		return 0;
	if ((n = recv(fd, buf, sizeof(buf), 0)) <= 0) {
		puts(n < 0 && errno != ECONNRESET ? strerror(errno) : "closed");
		return 0;
	}
	for (ssize_t i = 0; i < n; i++)
		putchar(buf[i] ? buf[i] : '/');
	putchar('\n');
	fflush(stdout);
	return 1;
}

static void
say(int fd, char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++)
		s[i] = s[i] == '/' ? '\0' : s[i];
	send(fd, s, len, MSG_NOSIGNAL);
}

static void
noise(int count, unsigned seed)
{
	static const char *const words[] = { "VERSION=1", "VERSION=2", "OPEN=7", "CLOSE=7", "OPEN=-1",
		"UID=30000", "UID=4294967295", "GID=x", "USER=nobody", "USER=", "LINGER=1", "LEADER=1",
		"START=1", "PID=1", "RUNTIME=/", "SEAT=seat0", "CLASS=user", "=", "==", "A", "", "OPEN" };
	char buf[512];

	srand(seed);
	for (int fd = dial(); count--; ) {
		size_t len = 0;
		for (int n = rand() % 12; n--; )
			len += snprintf(buf + len, sizeof(buf) - len, "%s", words[rand() %
				(sizeof(words) / sizeof(*words))]) + 1;
		for (int n = rand() % 3; len && n--; )
			buf[rand() % len] = rand();
		if (len && rand() % 2)
			len = rand() % len;
		if (send(fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 || rand() % 4 == 0) {
			close(fd);
			fd = dial();
		}
	}
}

static void *
thread(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* The limit is its own: that of a shell may not be what it is told */
static void
bomb(int count)
{
	const struct rlimit lim = { count, count };

	if (count < 1 || getuid() == 0 || setrlimit(RLIMIT_NPROC, &lim) < 0)
		die("a limit");
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (;;) {
		pid_t pid = fork();
		if (pid < 0)
			usleep(1000);
		else if (pid ? rand() % 4 == 0 : 0)
			_exit(0);
		else if (!pid && rand() % 2)
			setsid();
	}
}

/* into a file that appears whole */
static void
note(const char *file, int n)
{
	char tmp[256];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", file);
	if (!(f = fopen(tmp, "w")))
		die(tmp);
	fprintf(f, "%d\n", n);
	fclose(f);
	rename(tmp, file);
}

static void
lock(char *paths[])
{
	for (; *paths; paths++) {
		pid_t pid = fork();
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = open(*paths, O_RDONLY | O_NONBLOCK);
		if (fd < 0 || flock(fd, LOCK_EX) < 0)
			_exit(1);
		pause();
	}
	pause();
}

/* The parent has gone: we are the child of a subreaper now */
static void
orphan(void)
{
	pid_t parent = getpid();

	if (fork())
		_exit(0);
	while (getppid() == parent)
		usleep(1000);
}

static int
ends(void *arg)
{
	(void)arg;
	return 0;
}

static void
siblings(int count, int seconds)
{
	const struct rlimit lim = { count + 1000, count + 1000 }; /* zombies count */
	time_t end = time(NULL) + seconds;
	static char stack[16384] __attribute__((aligned(16)));

	if (count < 1 || count > 60 || seconds > 60 || getuid() == 0 ||
			setrlimit(RLIMIT_NPROC, &lim) < 0)
		die("a limit");
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	orphan();
	while (--count > 0)
		if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0)
			break;
	while (time(NULL) < end) /* with our memory: that is quick */
		clone(ends, stack + sizeof(stack), CLONE_PARENT | CLONE_VM | CLONE_VFORK | SIGCHLD,
			NULL);
}

static volatile sig_atomic_t told;

static void
oncont(int sig)
{
	told = sig;
}

static void
leaves(const char *file, double seconds)
{
	const struct sigaction sa = { .sa_handler = oncont };
	pid_t group;

	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigaction(SIGCONT, &sa, NULL); /* comes with what is meant for all */
	orphan();
	setsid();
	group = getpid();
	if (fork())
		_exit(0);
	while (!told)
		pause();
	usleep(seconds * 1000000);
	setsid();
	note(file, group);
	for (;;)
		pause();
}

/* There may be none with that number as long as somebody is in the group */
static void
becomes(pid_t want, const char *file)
{
	for (int i = 0; i < 2000; i++) {
		FILE *f = fopen("/proc/sys/kernel/ns_last_pid", "w");
		if (!f)
			die("ns_last_pid");
		fprintf(f, "%d", (int)want - 1);
		fclose(f);
		pid_t pid = fork();
		if (!pid && getpid() != want)
			_exit(0);
		if (!pid) {
			setsid();
			note(file, want);
			for (;;)
				pause();
		}
		if (pid == want)
			return;
		waitpid(pid, NULL, 0);
		usleep(1000);
	}
	die("that number");
}

static void
mute(char *cmd[])
{
	int m = posix_openpt(O_RDWR | O_NOCTTY), s;

	if (m < 0 || grantpt(m) < 0 || unlockpt(m) < 0 ||
			(s = open(ptsname(m), O_WRONLY | O_NOCTTY)) < 0)
		die("pty");
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause(); /* keeps the other side, and reads nothing */
		_exit(0);
	}
	close(m);
	dup2(s, 2);
	close(s);
	execvp(*cmd, cmd);
	die(*cmd);
}

int
main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";
	int n = argc > 2 ? atoi(argv[2]) : 0, fd;
	char buf[64];

	if (!strcmp(what, "say")) {
		fd = dial();
		for (int i = 2; i < argc; i++)
			say(fd, argv[i]);
		while (hear(fd))
			;
	} else if (!strcmp(what, "shut")) {
		fd = dial();
		shutdown(fd, SHUT_RD);
		say(fd, argv[2]);
		pause();
	} else if (!strcmp(what, "big")) {
		static char big[300000];
		size_t len = 0;
		fd = dial();
		n = n > (int)sizeof(big) ? (int)sizeof(big) : n;
		len += sprintf(big, "VERSION=1%cOPEN=4711%cUID=30099%cUSER=big%cCLASS=user%c", 0, 0, 0, 0, 0);
		while (len + 8 <= (size_t)n)
			len += sprintf(big + len, "X=%05d", (int)len) + 1;
		while (len < (size_t)n)
			big[len++] = '\0';
		n = 300000;
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof(n));
		if (send(fd, big, len, MSG_NOSIGNAL) < 0)
			die("send");
		while (hear(fd))
			;
	} else if (!strcmp(what, "noise")) {
		noise(n, atoi(argv[3]));
	} else if (!strcmp(what, "idle")) {
		struct rlimit lim;
		getrlimit(RLIMIT_NOFILE, &lim);
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
		for (int i = 0; i < n; i++)
			dial();
		puts("idle");
		fflush(stdout);
		sleep(atoi(argv[3]));
	} else if (!strcmp(what, "again")) {
		char *rec = argv[3];
		size_t len = strlen(rec);
		for (size_t i = 0; i < len; i++)
			rec[i] = rec[i] == '/' ? '\0' : rec[i];
		while (n--) {
			fd = dial();
			send(fd, rec, len, MSG_NOSIGNAL);
			close(fd);
		}
	} else if (!strcmp(what, "headless")) {
		pthread_t t;
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		pthread_create(&t, NULL, thread, NULL);
		pthread_exit(NULL);
	} else if (!strcmp(what, "bomb")) {
		bomb(n);
	} else if (!strcmp(what, "deep")) {
		if (chdir(argv[2]) < 0)
			die(argv[2]);
		for (n = atoi(argv[3]); n--; )
			if (mkdir("d", 0700) < 0 || chdir("d") < 0)
				die("d");
	} else if (!strcmp(what, "files")) {
		if (chdir(argv[2]) < 0)
			die(argv[2]);
		for (n = atoi(argv[3]); n--; ) {
			sprintf(buf, "%d", n);
			if ((fd = open(buf, O_CREAT | O_WRONLY, 0600)) < 0)
				die(buf);
			close(fd);
		}
	} else if (!strcmp(what, "flood")) {
		if ((fd = open(argv[2], O_RDWR)) < 0)
			die(argv[2]);
		while (write(fd, "!x\n", 3) > 0)
			;
	} else if (!strcmp(what, "hold")) {
		if (open(argv[2], O_RDONLY) < 0)
			die(argv[2]);
		pause();
	} else if (!strcmp(what, "touches")) {
		if (chdir(argv[2]) < 0)
			die(argv[2]);
		for (;;) {
			close(open("x", O_CREAT | O_WRONLY, 0600));
			unlink("x");
		}
	} else if (!strcmp(what, "lock")) {
		lock(argv + 2);
	} else if (!strcmp(what, "siblings")) {
		siblings(n, atoi(argv[3]));
	} else if (!strcmp(what, "leaves")) {
		leaves(argv[2], atof(argv[3]));
	} else if (!strcmp(what, "becomes")) {
		becomes(n, argv[3]);
	} else if (!strcmp(what, "root")) {
		if (setresuid(0, 0, 0) < 0)
			die("root");
		orphan();
		setsid();
		note(argv[2], getpid());
		for (;;)
			pause();
	} else if (!strcmp(what, "mute")) {
		mute(argv + 2);
	} else if (!strcmp(what, "fill")) {
		static char zero[65536];
		long long all = 0;
		if ((fd = open(argv[2], O_CREAT | O_WRONLY, 0600)) < 0)
			die(argv[2]);
		for (ssize_t w; (w = write(fd, zero, sizeof(zero))) > 0 && all < 8 << 20; )
			all += w;
		printf("%lld\n", all);
	} else {
		fprintf(stderr, "hostile: what is %s?\n", what);
		return 2;
	}
	return 0;
}
