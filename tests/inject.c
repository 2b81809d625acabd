/* Lets one system call of the daemon, or of whom it forks, fail:
 *
 *	inject PID			counts them, until SIGTERM: ROLE CALL COUNT N...
 *					the Ns are the first two from each place
 *	inject PID ROLE CALL N ERRNO	the Nth CALL in this role fails so; says so
 *
 * ROLE is 0 for the process itself, 1 for what that forks (a supervisor), 2 for
 * what those fork (a PAM process), 3 for what these do, until it executes
 * something.  calls.h is made by tests/stress from the system's own list. */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <elf.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEN(a) (sizeof(a) / sizeof(*(a)))

enum { ROLES = 4, CALLS = 512, TASKS = 256, Unknown = -1 };

struct task {
	pid_t pid;
	int role, held, failing;
};

static const struct { const char *name; int nr; } calls[] = {
#include "calls.h"
};
static const struct { const char *name; int err; } errors[] = {
#define E(e) { #e, e }
	E(EACCES), E(EAGAIN), E(EBUSY), E(ECONNABORTED), E(ECONNREFUSED), E(ECONNRESET),
	E(EINTR), E(EIO), E(EMFILE), E(ENFILE), E(ENOBUFS), E(ENOLCK), E(ENOMEM), E(ENOSPC),
	E(EPERM), E(EPIPE), E(EROFS), E(ENOSYS), E(EADDRINUSE), E(ENODEV), E(ESRCH),
};
static struct task tasks[TASKS];
/* a place: the same depth of stack, the same words with any numbers in them */
static struct place { int role, nr; unsigned long hash; unsigned n[2]; } places[1 << 14];
static size_t nplaces;
static unsigned counts[ROLES][CALLS];
static int wantrole = -1, wantcall, wanterr;
static unsigned wantn;
static volatile sig_atomic_t over;

static void
onterm(int sig)
{
	over = sig;
}

static void
die(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const char *
name(int nr)
{
	for (size_t i = 0; i < LEN(calls); i++)
		if (calls[i].nr == nr)
			return calls[i].name;
	return "?";
}

static struct task *
find(pid_t pid)
{
	for (size_t i = 0; i < LEN(tasks); i++)
		if (tasks[i].pid == pid)
			return &tasks[i];
	return NULL;
}

static struct task *
add(pid_t pid, int role)
{
	struct task *t = find(0);

	if (!t)
		die("too many tasks");
	*t = (struct task){ .pid = pid, .role = role };
	return t;
}

/* The call is not made, or has returned this error */
static void
fail(pid_t pid, int entry)
{
#if defined(__x86_64__)
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, pid, 0, &r);
	if (entry)
		r.orig_rax = -1;
	else
		r.rax = -wanterr;
	ptrace(PTRACE_SETREGS, pid, 0, &r);
#elif defined(__aarch64__)
	struct user_regs_struct r;
	int none = -1;
	struct iovec v = { &r, sizeof(r) }, nr = { &none, sizeof(none) };

	if (entry) {
		ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &nr);
		return;
	}
	ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &v);
	r.regs[0] = -wanterr;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &v);
#else
#error "how a system call fails is not known on this CPU"
#endif
}

/* What a call's first arguments point to, as far as that is text */
static const char *
text(pid_t pid, const unsigned long long *args)
{
	static char buf[256];

	*buf = '\0';
	for (int k = 0; k < 2; k++) {
		char arg[100] = "";
		struct iovec to = { arg, sizeof(arg) - 1 }, from = { (void *)args[k], sizeof(arg) - 1 };
		process_vm_readv(pid, &to, 1, &from, 1, 0);
		size_t n = 0;
		while (arg[n] > ' ' && arg[n] < 0x7f)
			n++;
		if (n)
			snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), " %.*s", (int)n, arg);
	}
	return buf;
}

/* Notes that the nth call of its kind comes from there */
static void
note(int role, const struct ptrace_syscall_info *i, const char *what, unsigned n)
{
	unsigned long hash = 5381 + i->stack_pointer;
	size_t k;

	for (; *what; what++)
		hash = hash * 33 + (*what >= '0' && *what <= '9' ? '0' : *what);
	for (k = 0; k < nplaces; k++)
		if (places[k].hash == hash && places[k].role == role && places[k].nr == (int)i->entry.nr)
			break;
	if (k == LEN(places))
		return;
	if (k == nplaces)
		places[nplaces++] = (struct place){ role, i->entry.nr, hash, { n, 0 } };
	else if (!places[k].n[1])
		places[k].n[1] = n;
}

static void
call(struct task *t)
{
	static char what[256];
	struct ptrace_syscall_info i;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(i), &i) <= 0)
		return;
	if (i.op == PTRACE_SYSCALL_INFO_ENTRY && i.entry.nr < CALLS) {
		unsigned n = ++counts[t->role][i.entry.nr];
		t->failing = t->role == wantrole && (int)i.entry.nr == wantcall && n == wantn;
		if (wantrole < 0)
			note(t->role, &i, text(t->pid, (void *)i.entry.args), n);
		if (t->failing) {
			snprintf(what, sizeof(what), "%s", text(t->pid, (void *)i.entry.args));
			fail(t->pid, 1);
		}
	} else if (i.op == PTRACE_SYSCALL_INFO_EXIT && t->failing) {
		fail(t->pid, 0);
		printf("%d %s %u of pid %d:%s\n", t->role, name(wantcall), wantn, (int)t->pid, what);
		exit(0); /* the kernel lets go of all of them */
	}
}

/* Only whose call it may be stops at each */
static void
go(struct task *t, int sig)
{
	if (wantrole < 0 || t->role == wantrole || t->role == Unknown)
		ptrace(PTRACE_SYSCALL, t->pid, 0, sig);
	else
		ptrace(PTRACE_CONT, t->pid, 0, sig);
}

static void
letgo(struct task *t)
{
	ptrace(PTRACE_DETACH, t->pid, 0, 0);
	t->pid = 0;
}

static void
born(struct task *parent)
{
	int role = parent->role + (parent->role < ROLES - 1);
	unsigned long pid = 0;
	struct task *t;

	ptrace(PTRACE_GETEVENTMSG, parent->pid, 0, &pid);
	t = find(pid);
	if (!t) {
		add(pid, role);
		return;
	}
	t->role = role;
	if (t->held)
		go(t, 0);
	t->held = 0;
}

static void
stopped(pid_t pid, int status)
{
	struct task *t = find(pid);
	int sig = WSTOPSIG(status), event = status >> 16;

	if (!t) { /* before its parent could tell */
		add(pid, Unknown)->held = 1;
		return;
	}
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		born(t);
		go(t, 0);
		break;
	case PTRACE_EVENT_EXEC:
		if (t->role)
			letgo(t);
		else
			go(t, 0);
		break;
	case PTRACE_EVENT_STOP:
		if (sig == SIGTRAP && wantrole >= 0 && t->role > wantrole)
			letgo(t);
		else if (sig == SIGTRAP)
			go(t, 0);
		else
			ptrace(PTRACE_LISTEN, pid, 0, 0);
		break;
	default:
		if (sig == (SIGTRAP | 0x80)) {
			call(t);
			sig = 0;
		}
		go(t, sig);
	}
}

int
main(int argc, char *argv[])
{
	const struct sigaction sa = { .sa_handler = onterm };
	pid_t pid = argc > 1 ? atoi(argv[1]) : 0;
	int status;

	if (argc == 6) {
		wantrole = atoi(argv[2]);
		wantcall = -1;
		for (size_t i = 0; i < LEN(calls); i++)
			if (!strcmp(calls[i].name, argv[3]))
				wantcall = calls[i].nr;
		wantn = atoi(argv[4]);
		for (size_t i = 0; i < LEN(errors); i++)
			if (!strcmp(errors[i].name, argv[5]))
				wanterr = errors[i].err;
		if (wantcall < 0 || !wanterr) {
			fprintf(stderr, "inject: what is %s, %s?\n", argv[3], argv[5]);
			return 2;
		}
	}
	sigaction(SIGTERM, &sa, NULL);
	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
			PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC) < 0)
		die("seize");
	add(pid, 0);
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	fprintf(stderr, "attached\n");
	while (!over && (pid = waitpid(-1, &status, __WALL)) > 0) {
		struct task *t = find(pid);
		if (WIFSTOPPED(status))
			stopped(pid, status);
		else if (t)
			t->pid = 0;
	}
	for (int r = 0; wantrole < 0 && r < ROLES; r++)
		for (int c = 0; c < CALLS; c++)
			if (counts[r][c]) {
				printf("%d %s %u", r, name(c), counts[r][c]);
				for (size_t k = 0; k < nplaces; k++)
					for (int j = 0; j < 2 && places[k].role == r && places[k].nr == c; j++)
						if (places[k].n[j])
							printf(" %u", places[k].n[j]);
				putchar('\n');
			}
	return 0;
}
