#!/bin/sh
# the module in programs that are not as a login program should be: it does them
# no harm, and they keep nobody out
config='stopdelay=0 logintimeout=4'
. "${0%/*}/lib.sh"
cat >/tmp/odd.c <<'END'
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <security/pam_appl.h>

enum { PAIRS = 5 };
static int alarms;
static pam_handle_t *pamh;
static const struct pam_conv conv;

static void onalarm(int sig) { (void)sig; alarms++; }

static void *
opening(void *arg)
{
	int *r = arg;

	*r = pam_open_session(pamh, 0);
	return NULL;
}

/* what is open here, as bits */
static long
fds(void)
{
	struct stat st;
	long bits = 0;

	for (int i = 0; i < 60; i++)
		if (fstat(i, &st) == 0 && !S_ISSOCK(st.st_mode))
			bits |= 1L << i;
	return bits;
}

/* how many there are of the module's type: syslog() keeps one of another */
static int
sockets(void)
{
	int n = 0, type;

	for (int i = 0; i < 60; i++) {
		socklen_t len = sizeof(type);
		n += getsockopt(i, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
	}
	return n;
}

int
main(int argc, char *argv[])
{
	const char *how = argv[1];
	FILE *out = fopen(argv[2], "w");
	sigset_t before, after;
	struct sigaction sa = { .sa_handler = onalarm }, was[NSIG], is;
	mode_t mask = umask(027);
	int r = -1, same = 1;
	char cwd[4096];

	umask(027);
	(void)mask, (void)argc;
	dup2(fileno(out), 50);
	fclose(out);
	out = fdopen(50, "w");
	fcntl(50, F_SETFD, FD_CLOEXEC);
	pam_start("test", "alice", &conv, &pamh);
	pam_set_item(pamh, PAM_TTY, "pts/7");
	if (!strcmp(how, "nostd"))
		for (int i = 0; i < 3; i++)
			close(i);
	if (!strcmp(how, "full"))
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 3, 3 });
	if (!strcmp(how, "alarms")) {
		sigaction(SIGALRM, &sa, NULL);
		setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 500 }, { 0, 500 } }, NULL);
	}
	if (!strcmp(how, "environment"))
		for (int i = 0; i < 2000; i++) {
			char name[32];
			sprintf(name, "VARIABLE_%d", i);
			setenv(name, "0123456789012345678901234567890123456789", 1);
		}
	for (int i = 1; i < NSIG; i++)
		sigaction(i, NULL, &was[i]);
	sigprocmask(SIG_SETMASK, NULL, &before);
	long had = fds();
	if (!strcmp(how, "thread")) {
		pthread_attr_t attr;
		pthread_t t;
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, 128 * 1024);
		pthread_create(&t, &attr, opening, &r);
		pthread_join(t, NULL);
	} else {
		r = pam_open_session(pamh, 0);
	}
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	sigprocmask(SIG_SETMASK, NULL, &after);
	for (int i = 1; i < NSIG; i++)
		if (sigaction(i, NULL, &is) == 0 && is.sa_handler != was[i].sa_handler)
			same = 0;
	fprintf(out, "open=%d\nsignals=%d\nmask=%d\numask=%o\ncwd=%s\nfds=%ld\n", r, same,
		!memcmp(&before, &after, sizeof(before)), (unsigned)umask(027),
		getcwd(cwd, sizeof(cwd)), fds() & ~had);
	fprintf(out, "rundir=%s\n", pam_getenv(pamh, "XDG_RUNTIME_DIR") ? "yes" : "no");
	fprintf(out, "alarms=%d\n", alarms > 10);
	fflush(out);
	if (!strcmp(how, "reuse") || !strcmp(how, "ends")) /* as those do who close what they do not know */
		for (int i = 3; i < 50; i++)
			close(i);
	int pair[PAIRS][2], pairs = 0;
	if (!strcmp(how, "reuse") || !strcmp(how, "ends") || !strcmp(how, "nostd"))
		while (pairs < PAIRS && socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair[pairs]) == 0)
			pairs++;
	if (!strcmp(how, "forks")) {
		pid_t pid = fork();
		if (!pid) {
			pam_close_session(pamh, 0); /* as su -c does it, in a child */
			pam_end(pamh, 0);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	kill(getpid(), SIGSTOP);
	int close_ = 0, again = 0;
	if (strcmp(how, "ends")) {
		close_ = pam_close_session(pamh, 0);
		again = pam_close_session(pamh, 0);
	}
	pam_end(pamh, PAM_SUCCESS);
	fprintf(out, "close=%d\nagain=%d\nleft=%d\n", close_, again, sockets() - 2 * pairs);
	/* all of them are open, and nobody has said anything there */
	int theirs = 0;
	for (int i = 0; i < pairs; i++) {
		char buf[100];
		theirs += send(pair[i][0], "x", 1, MSG_NOSIGNAL) == 1 &&
			recv(pair[i][1], buf, sizeof(buf), MSG_DONTWAIT) == 1 &&
			send(pair[i][1], "x", 1, MSG_NOSIGNAL) == 1 &&
			recv(pair[i][0], buf, sizeof(buf), MSG_DONTWAIT) == 1;
	}
	fprintf(out, "theirs=%d\n", theirs);
	fclose(out);
	return 0;
}
END
export ASAN_OPTIONS=detect_leaks=0 # some have no descriptor left for that
# shellcheck disable=SC2086
cc ${TURNSTILE_SAN:+-fsanitize=address} -D_GNU_SOURCE -o /usr/bin/odd /tmp/odd.c -lpam -lpthread
daemon

stopped() {
	grep -q '^State:[[:blank:]]*T' "/proc/$1/status" 2>/dev/null
}

# odd HOW SESSIONS [RESULT]: a program that is, and how many sessions there are
odd() {
	rm -f "/tmp/odd.$1"
	odd_ "$@" 2>/tmp/why
}
odd_() {
	cd /var || return
	/usr/bin/odd "$1" "/tmp/odd.$1" </dev/null >/dev/null &
	cd / || return
	pid=$!
	ok "$1: returns in time" waitfor 7 stopped $pid
	ok "$1: sessions: $2" waitfor 2 is_nsessions "$2"
	kill -CONT $pid
	ok "$1: ends" waitfor 7 ended $pid
	wait $pid
	is "$1: exit status" $? 0
	for w in "open=${3-0}" signals=1 mask=1 umask=27 cwd=/var fds=0 "close=${3-0}" "again=${3-0}" left=0; do
		ok "$1: $w" grep -qx "$w" "/tmp/odd.$1"
	done
	ok "$1: no session is left" waitfor 5 is_nsessions 0
	ok "$1: nor anything" waitfor 5 gone alice
}

odd plain 1
ok "plain: the directory" grep -qx rundir=yes /tmp/odd.plain
odd nostd 1
ok "nostd: its own sockets are its own" grep -qx theirs=5 /tmp/odd.nostd
odd reuse 1
ok "reuse: its own sockets are its own" grep -qx theirs=5 /tmp/odd.reuse
odd ends 1
ok "ends: its own sockets are its own" grep -qx theirs=5 /tmp/odd.ends
odd full 0 '.*' # in which not even the user is found
odd alarms 1
odd thread 1
odd environment 1
odd forks 0
kill "$daemon"
wait "$daemon"
daemon=
odd absent 0
daemon
odd plain 1
finish
