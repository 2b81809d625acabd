#!/bin/sh
# a user's long line of processes, each the parent of the next: another's logout takes not
# much longer than beside as many in no line
# alone: it leaves others no processor
config='stopdelay=0'
limit=240
. "${0%/*}/lib.sh"
cat >/tmp/line.c <<'END'
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static long n;
static const char *flag;

static int
sleeper(void *arg)
{
	for (;;)
		pause();
	return arg != NULL;
}

static int
next(void *arg)
{
	if (n-- <= 0)
		return sleeper(fopen(flag, "w"));
	char *stack = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (clone(arg ? next : sleeper, stack + 8192, CLONE_VM | SIGCHLD, arg) < 0)
		_exit(1);
	return arg ? sleeper(arg) : next(arg);
}

int
main(int argc, char *argv[])
{
	n = atol(argv[1]);
	flag = argv[2];
	return next(argv[argc - 1] == flag ? NULL : argv[3]);
}
END
cc -D_GNU_SOURCE -O2 -static -o /usr/bin/line /tmp/line.c
mkuser bob
service bob orphan '(setsid sleep 1000 &); exec sleep 1000'
daemon

# out NAME NUMBER: hundredths of a second of bob's logout, whose manager was killed, beside
# so many; its tree is looked for in all processes
out() {
	what=$1
	rm -f /tmp/up.bob.* /tmp/made
	shift
	as alice "exec line $1 /tmp/made ${2-}" &
	ok "$what: all are there" waitfor 60 [ -e /tmp/made ]
	login b bob
	ok "$what: services run" waitfor 15 started bob orphan
	kill -KILL "$(managers bob)"
	t=$(now)
	logout b
	ok "$what: gone" waitfor 60 gone bob
	t=$(($(now) - t))
	pkill -KILL -u alice
	ok "$what: nobody is left" waitfor 30 idle alice
}

out flat 15000
flat=$t
out "in a line" 15000 line
ok "not much longer ($t for $flat)" [ "$t" -lt $((2 * flat + 100)) ]
finish
