/* What the tests need and sh cannot do:
 *
 *	client init SECONDS CMD...	be process 1: reap, end with CMD or in time: then
 *					CMD says why, as TURNSTILE_STAGE 3
 *	client log SOCKET FILE		be syslogd
 *	client private CMD...		with mounts of its own, until the parent dies
 *	client pty CMD...		run CMD on a terminal of its own
 *	client serve TYPE SOCKET BACKLOG STEP...	be a server that is none
 *	client session IN OUT		open and close PAM sessions on command
 *
 * session reads command lines from the FIFO IN, does them, and then writes what
 * they print to the FIFO OUT; see commands[].
 *
 * serve listens at SOCKET (@name: an abstract one; TYPE: stream, seqpacket), does
 * one STEP after the other, see steps[], and then nothing more until it is killed.
 * What it hears is printed, a | for each NUL. */
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <security/pam_appl.h>

#define LEN(a)	(sizeof(a) / sizeof(*(a)))

struct command {
	const char *name;
	void (*fn)(char *arg);
};

static void die(const char *what);
static void doalarms(char *arg);
static void docall(char *arg);
static void doend(char *arg);
static void doenv(char *arg);
static void doexec(char *arg);
static void doexit(char *arg);
static void dogetenv(char *arg);
static void dohold(char *arg);
static void doitem(char *arg);
static void dopid(char *arg);
static void dopoor(char *arg);
static void doput(char *arg);
static void dosetenv(char *arg);
static void dosilent(char *arg);
static void dostart(char *arg);
static void douse(char *arg);
static int initmode(int argc, char **argv);
static int logmode(int argc, char **argv);
static int noconv(int n, const struct pam_message **msg,
		struct pam_response **resp, void *data);
static void onalarm(int sig);
static void oninit(int sig);
static int privatemode(int argc, char **argv);
static int ptymode(int argc, char **argv);
static void reply(void);
static int run(char **argv);
static int servemode(int argc, char **argv);
static int sessionmode(int argc, char **argv);
static int status(int st);
static void stepaccept(char *arg);
static void stepclose(char *arg);
static void stepfill(char *arg);
static void stephear(char *arg);
static void stepsay(char *arg);
static void stepsleep(char *arg);
static void stepstop(char *arg);
static void stepunlink(char *arg);

static struct { const char *name; int (*fn)(int, char **); } modes[] = {
	{ "init", initmode },
	{ "log", logmode },
	{ "private", privatemode },
	{ "pty", ptymode },
	{ "serve", servemode },
	{ "session", sessionmode },
};
static struct command commands[] = {
	{ "start", dostart },		/* SERVICE [USER]: a new handle */
	{ "use", douse },		/* N: back to handle N */
	{ "item", doitem },		/* tty|rhost|ruser|xdisplay|user VALUE */
	{ "put", doput },		/* NAME=VALUE, into PAM's environment */
	{ "setenv", dosetenv },		/* NAME=VALUE, into the process's own */
	{ "open", docall },		/* prints pam_open_session's result */
	{ "close", docall },
	{ "end", doend },
	{ "env", doenv },		/* prints PAM's environment */
	{ "pid", dopid },
	{ "silent", dosilent },		/* a child says pam_end, silently */
	{ "hold", dohold },		/* a child keeps what we have open; its pid */
	{ "exec", doexec },		/* this program anew, without a fork */
	{ "exit", doexit },		/* without closing anything */
	{ "getenv", dogetenv },		/* NAME: prints it from the process's own */
	{ "alarms", doalarms },		/* MS: a signal so often; 0: no more */
	{ "poor", dopoor },		/* pam_close_session without the right to a descriptor */
};
static struct command steps[] = {
	{ "accept", stepaccept },	/* a connection, instead of the last one */
	{ "close", stepclose },		/* the connection */
	{ "fill", stepfill },		/* the queue, with connections of our own */
	{ "hear", stephear },		/* one record */
	{ "say", stepsay },		/* =TEXT, a NUL for each | in it */
	{ "sleep", stepsleep },		/* =MS */
	{ "stop", stepstop },		/* listening */
	{ "unlink", stepunlink },	/* the socket's name */
};
static pam_handle_t *handles[1024], *pam;
static int nhandles;
static const char *inname, *outname;
static struct sockaddr_un served;
static socklen_t servedlen;
static int servefd, servetype, peerfd = -1;
static FILE *out;
static char **initcmd, *outbuf;
static size_t outlen;

void
die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(125);
}

void
doalarms(char *arg)
{
	struct sigaction sa = { .sa_handler = onalarm, .sa_flags = SA_RESTART };
	int us = atoi(arg) * 1000;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, us }, { 0, us } }, NULL);
}

void
docall(char *arg)
{
	int r = PAM_SYSTEM_ERR; /* what PAM says when there is no handle (any more) */

	if (pam)
		r = *arg == 'c' ? pam_close_session(pam, 0) : pam_open_session(pam, 0);
	fprintf(out, "%d\n", r);
}

void
doend(char *arg)
{
	(void)arg;
	if (pam)
		pam_end(pam, PAM_SUCCESS);
	pam = NULL;
}

void
doenv(char *arg)
{
	char **env, **e;

	(void)arg;
	for (e = env = pam_getenvlist(pam); e && *e; e++) {
		fprintf(out, "%s\n", *e);
		free(*e);
	}
	free(env);
}

void
doexec(char *arg)
{
	(void)arg;
	reply();
	execl("/proc/self/exe", "client", "session", inname, outname, NULL);
	die("exec");
}

void
doexit(char *arg)
{
	(void)arg;
	reply();
	_exit(0);
}

void
dogetenv(char *arg)
{
	char *val = getenv(arg);

	fprintf(out, "%s\n", val ? val : "(none)");
}

void
dohold(char *arg)
{
	pid_t pid;

	(void)arg;
	if ((pid = fork()) == 0) {
		for (;;)
			pause();
	}
	fprintf(out, "%d\n", (int)pid);
}

void
doitem(char *arg)
{
	static const struct { const char *name; int item; } items[] = {
		{ "tty", PAM_TTY }, { "rhost", PAM_RHOST }, { "user", PAM_USER },
		{ "ruser", PAM_RUSER }, { "xdisplay", PAM_XDISPLAY },
	};
	char *value = arg + strcspn(arg, " ");
	size_t i;

	if (*value)
		*value++ = '\0';
	for (i = 0; i < LEN(items); i++)
		if (!strcmp(arg, items[i].name))
			pam_set_item(pam, items[i].item, value);
}

void
dopid(char *arg)
{
	(void)arg;
	fprintf(out, "%d\n", (int)getpid());
}

void
dopoor(char *arg)
{
	struct rlimit had, none;

	getrlimit(RLIMIT_NOFILE, &had);
	none = had;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	docall("close");
	setrlimit(RLIMIT_NOFILE, &had);
	(void)arg;
}

void
doput(char *arg)
{
	pam_putenv(pam, arg);
}

void
dosetenv(char *arg)
{
	putenv(strdup(arg));
}

void
dosilent(char *arg)
{
	pid_t pid;

	(void)arg;
	if ((pid = fork()) == 0) {
		pam_end(pam, PAM_SUCCESS | PAM_DATA_SILENT);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

void
dostart(char *arg)
{
	static const struct pam_conv conv = { noconv, NULL };
	char *user = arg + strcspn(arg, " ");

	if (*user)
		*user++ = '\0';
	if (nhandles == LEN(handles) ||
	    pam_start(arg, *user ? user : NULL, &conv, &handles[nhandles]) != PAM_SUCCESS)
		die("pam_start");
	pam = handles[nhandles++];
}

void
douse(char *arg)
{
	pam = handles[atoi(arg)];
}

int
initmode(int argc, char **argv)
{
	static const int sigs[] = { SIGALRM, SIGHUP, SIGINT, SIGTERM };
	struct sigaction sa = { .sa_handler = oninit };
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	pid_t pid, p;
	size_t i;
	int st, fd;

	if (argc < 3)
		return 2;
	for (i = 0; i < LEN(sigs); i++)
		sigaction(sigs[i], &sa, NULL);
	fd = socket(AF_INET, SOCK_DGRAM, 0); /* a network of its own has it down */
	ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
	initcmd = argv + 2;
	alarm(atoi(argv[1]));
	pid = run(initcmd);
	while ((p = waitpid(-1, &st, 0)) != pid)
		if (p < 0 && errno != EINTR)
			die("waitpid");
	return status(st);
}

int
logmode(int argc, char **argv)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char buf[4096], *p;
	FILE *f;
	ssize_t n;
	int fd;

	if (argc < 3)
		return 2;
	strncpy(sa.sun_path, argv[1], sizeof(sa.sun_path) - 1);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		die(argv[1]);
	chmod(argv[1], 0666);
	if (!(f = fopen(argv[2], "a")))
		die(argv[2]);
	setlinebuf(f);
	while ((n = recv(fd, buf, sizeof(buf) - 1, 0)) >= 0) {
		buf[n] = '\0';
		fprintf(f, "%s\n", (p = strchr(buf, '>')) ? p + 1 : buf);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < LEN(modes); i++)
		if (!strcmp(argv[1], modes[i].name))
			return modes[i].fn(argc - 1, argv + 1);
	fprintf(stderr, "usage: client init|log|private|pty|session ...\n");
	return 2;
}

int
noconv(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	(void)n;
	(void)msg;
	(void)resp;
	(void)data;
	return PAM_CONV_ERR;
}

void
onalarm(int sig)
{
	(void)sig;
}

void
oninit(int sig)
{
	sigset_t none;

	if (sig == SIGALRM) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setenv("TURNSTILE_STAGE", "3", 1);
		execv(*initcmd, initcmd);
	}
	_exit(124);	/* the kernel ends all the others */
}

/* as unshare --mount does, but also in a chroot that is no mount point */
int
privatemode(int argc, char **argv)
{
	int root;

	if (argc < 2)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (unshare(CLONE_NEWNS) < 0)
		die("unshare");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 &&
	    ((root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    setns(syscall(SYS_pidfd_open, getpid(), 0), CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    fchdir(root) < 0 || chroot(".") < 0))
		die("private mounts");
	execvp(argv[1], argv + 1);
	die(argv[1]);
	return 1;
}

int
ptymode(int argc, char **argv)
{
	struct termios was, raw;
	struct winsize ws;
	struct pollfd p[2];
	char buf[4096];
	pid_t pid;
	ssize_t n;
	int m, s, st = 125 << 8, tty = isatty(0);

	if (argc < 2)
		return 2;
	if ((m = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 ||
	    grantpt(m) < 0 || unlockpt(m) < 0)
		die("pty");
	if (tty && tcgetattr(0, &was) == 0 && ioctl(0, TIOCGWINSZ, &ws) == 0) {
		ioctl(m, TIOCSWINSZ, &ws);
		raw = was;
		cfmakeraw(&raw);
		tcsetattr(0, TCSANOW, &raw);
	}
	if ((pid = fork()) == 0) {
		setsid();
		if ((s = open(ptsname(m), O_RDWR)) < 0 || ioctl(s, TIOCSCTTY, 0) < 0)
			die("tty");
		for (n = 0; n < 3; n++)
			dup2(s, n);
		if (s > 2)
			close(s);
		execvp(argv[1], argv + 1);
		die(argv[1]);
	}
	p[0] = (struct pollfd){ .fd = 0, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = m, .events = POLLIN };
	for (;;) {
		if (poll(p, 2, 20) < 0)
			break;
		if (p[0].revents) {
			if ((n = read(0, buf, sizeof(buf))) <= 0)
				p[0].fd = -1;
			else if (write(m, buf, n) < 0)
				break;
		}
		if (p[1].revents & POLLIN) {
			if ((n = read(m, buf, sizeof(buf))) > 0 && write(1, buf, n) < 0)
				break;
		} else if (waitpid(pid, &st, WNOHANG) == pid) {
			break;
		} else if (p[1].revents) {
			p[1].fd = -1;
		}
	}
	if (tty)
		tcsetattr(0, TCSANOW, &was);
	return status(st);
}

/* what was printed, to OUT; and afresh */
void
reply(void)
{
	FILE *f;

	fclose(out);
	if (!(f = fopen(outname, "we")))
		die(outname);
	fwrite(outbuf, 1, outlen, f);
	fclose(f);
	free(outbuf);
	out = open_memstream(&outbuf, &outlen);
}

int
run(char **argv)
{
	pid_t pid;
	int sig;

	if ((pid = fork()) == 0) {
		for (sig = 1; sig < NSIG; sig++)
			signal(sig, SIG_DFL);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	return pid;
}

int
servemode(int argc, char **argv)
{
	size_t n, i;
	char *arg;
	int s;

	if (argc < 4)
		return 2;
	setlinebuf(stdout);
	servetype = strcmp(argv[1], "stream") ? SOCK_SEQPACKET : SOCK_STREAM;
	served.sun_family = AF_UNIX;
	n = strlen(argv[2]);
	if (n >= sizeof(served.sun_path))
		return 2;
	memcpy(served.sun_path, argv[2], n);
	servedlen = offsetof(struct sockaddr_un, sun_path) + n;
	if (*argv[2] == '@')
		*served.sun_path = '\0';
	else
		servedlen++;
	servefd = socket(AF_UNIX, servetype | SOCK_CLOEXEC, 0);
	if (bind(servefd, (struct sockaddr *)&served, servedlen) < 0 ||
	    listen(servefd, atoi(argv[3])) < 0)
		die(argv[2]);
	printf("listening\n");
	for (s = 4; s < argc; s++) {
		arg = argv[s] + strcspn(argv[s], "=");
		for (i = 0; i < LEN(steps); i++)
			if (!strncmp(argv[s], steps[i].name, arg - argv[s]))
				break;
		if (i < LEN(steps))
			steps[i].fn(*arg ? arg + 1 : arg);
		else if (!strcmp(argv[s], "again"))	/* all of it */
			s = 3;
		else
			die(argv[s]);
	}
	printf("done\n");
	for (;;)
		pause();
}

int
sessionmode(int argc, char **argv)
{
	char line[200000], *arg;
	FILE *in;
	size_t i;

	if (argc < 3)
		return 2;
	inname = argv[1];
	outname = argv[2];
	out = open_memstream(&outbuf, &outlen);
	while ((in = fopen(argv[1], "re"))) {
		while (fgets(line, sizeof(line), in)) {
			line[strcspn(line, "\n")] = '\0';
			arg = line + strcspn(line, " ");
			if (*arg)
				*arg++ = '\0';
			else
				arg = line;
			for (i = 0; i < LEN(commands); i++)
				if (!strcmp(line, commands[i].name))
					break;
			if (i < LEN(commands))
				commands[i].fn(arg);
			else
				fprintf(out, "what is %s?\n", line);
		}
		fclose(in);
		reply();
	}
	die("fopen");
	return 1;
}

int
status(int st)
{
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

void
stepaccept(char *arg)
{
	(void)arg;
	if (peerfd >= 0)
		close(peerfd);
	if ((peerfd = accept4(servefd, NULL, NULL, SOCK_CLOEXEC)) < 0)
		die("accept");
	printf("accepted\n");
}

void
stepclose(char *arg)
{
	(void)arg;
	close(peerfd);
	peerfd = -1;
}

void
stepfill(char *arg)
{
	int fd;

	(void)arg;
	do
		fd = socket(AF_UNIX, servetype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	while (connect(fd, (struct sockaddr *)&served, servedlen) == 0);
	if (errno != EAGAIN)
		die("fill");
}

void
stephear(char *arg)
{
	char buf[10000];
	ssize_t n, i;

	(void)arg;
	n = recv(peerfd, buf, sizeof(buf), 0);
	printf("heard ");
	for (i = 0; i < n; i++)
		putchar(buf[i] ? buf[i] : '|');
	putchar('\n');
}

void
stepsay(char *arg)
{
	size_t n = strlen(arg), i;
	char *text = strdup(arg); /* all of it may be said again */

	for (i = 0; i < n; i++)
		if (text[i] == '|')
			text[i] = '\0';
	send(peerfd, text, n, MSG_NOSIGNAL);
	free(text);
}

void
stepsleep(char *arg)
{
	usleep(atoi(arg) * 1000);
}

void
stepstop(char *arg)
{
	(void)arg;
	close(servefd);
}

void
stepunlink(char *arg)
{
	(void)arg;
	unlink(served.sun_path);
}
