#!/bin/sh
# a user cannot freeze turnstile-sdlogin in a cgroup of his own while others wait for it
# alone
config='stopdelay=0'
limit=120
. "${0%/*}/lib.sh"
. /src/tests/polkit.sh
cat >/tmp/freeze.c <<'END'
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char mine[500], locks[8192], pids[4096];

static void
put(const char *file, const char *text)
{
	char name[600];

	snprintf(name, sizeof(name), "%s/%s", mine, file);
	int fd = open(name, O_WRONLY);
	if (write(fd, text, strlen(text)) < 0)
		perror(name);
	close(fd);
}

static void
get(const char *name, char *buf, size_t size)
{
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, buf, size - 1);

	buf[n < 0 ? 0 : n] = '\0';
	close(fd);
}

/* the process in our cgroup that has a lock alone */
static int
haslock(void)
{
	char name[600], line[64];

	get("/proc/locks", locks, sizeof(locks));
	if (!strstr(locks, "FLOCK"))
		return 0;
	snprintf(name, sizeof(name), "%s/cgroup.procs", mine);
	get(name, pids, sizeof(pids));
	for (char *s = strtok(pids, "\n"); s; s = strtok(NULL, "\n")) {
		snprintf(line, sizeof(line), "FLOCK  ADVISORY  WRITE %s ", s);
		if (strstr(locks, line))
			return atoi(s);
	}
	return 0;
}

int
main(void)
{
	int tries;

	get("/proc/self/cgroup", pids, sizeof(pids));
	char *own = strstr(pids, "0::") + 3;
	own[strcspn(own, "\n")] = '\0';
	*strrchr(own, '/') = '\0';
	snprintf(mine, sizeof(mine), "/sys/fs/cgroup%s/mine", own);
	mkdir(mine, 0755);
	for (tries = 0; tries < 150; tries++) {
		pid_t p = fork();
		if (!p) {
			put("cgroup.procs", "0");
			for (int i = 0; i < 3; i++)
				dup2(open("/dev/null", O_RDWR), i);
			execlp("su", "su", "alice", "-c", "true", (char *)NULL);
			_exit(1);
		}
		while (waitpid(p, NULL, WNOHANG) == 0) {
			int pid = haslock();
			if (!pid)
				continue;
			put("cgroup.freeze", "1");
			usleep(100000);
			if (haslock() == pid)
				goto frozen;
			put("cgroup.freeze", "0");
		}
	}
frozen:
	fprintf(fopen("/tmp/tries", "w"), "%d\n", tries);
	fflush(NULL);
	pause();
}
END
cc -O2 -o /usr/bin/freeze /tmp/freeze.c
passwd -qd alice
service alice foo 'until [ -e /tmp/go ]; do sleep 0.1; done; exec freeze'
daemon
sdlogin
onvt a alice 42
vt 42
ok "alice is in front" waitfor 5 grep -qs ACTIVE=1 /run/systemd/sessions/1
touch /tmp/go
ok "she has tried" waitfor 60 [ -s /tmp/tries ]
vt 1
ok "VT 1 is in front, and she is not active any more" waitfor 5 grep -qs ACTIVE=0 /run/systemd/sessions/1
find /sys/fs/cgroup -path '*/mine/cgroup.freeze' | while read -r f; do echo 0 >"$f"; done
echo exit >/tmp/do.a
ok "gone" waitfor 20 gone alice
kill "$sdlogin"
ok "it ends when it is told to" waitfor 5 ended "$sdlogin"
pkill -TERM -x dbus-daemon
finish
