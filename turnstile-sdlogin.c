/* See LICENSE file for copyright and license details.
 *
 * Tells programs that ask by libelogind or libsystemd (polkit, NetworkManager) who
 * is logged in and who is in front.  Those libraries read plain files in /run/systemd
 * and take a process's session from the name of its cgroup: where both are right they
 * need nobody else.
 *
 *   turnstile-sdlogin        stays, and makes these files from turnstiled's public ones
 *   turnstile-sdlogin join   run by pam_exec.so when a session has been opened: puts the
 *                            process that opens it into a cgroup of its own
 *
 * A program beside turnstiled, not a part of it: what the kernel makes it wait for keeps
 * nobody else, and who does not want it does not have it.
 *
 * A session has a seat if join made a cgroup for it.  That leaves a mark in MARKS: the
 * session's ID, or u and the uid for a user's services, with the user and the cgroup in
 * it.  Who was found in another user's session (su), or comes to a VT that a session has,
 * has no mark, is in no session's cgroup, and so never in front.  Everything else is
 * thought out anew at each event, by update(), from turnstiled's files, the marks and the
 * VT in front; what is written by hand or by a crash does not stay.
 *
 * What is in the files is believed by programs that decide what a user may do.  So they
 * are root's, whole, and gone when this program ends in an orderly way; what cannot be
 * known is no seat. */
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "proto.h"
#include "config.h"

#define OURS       "# turnstile-sdlogin\n" /* at the head of our files */
#define SYSTEMD    "/run/systemd"
#define SESSIONS   SYSTEMD "/sessions"
#define USERS      SYSTEMD "/users"
#define SEATS      SYSTEMD "/seats"
#define MARKS      SYSTEMD "/turnstile" /* 0700 */
#define CGROUPS    "/sys/fs/cgroup"
#define NOBODY     UINT32_MAX

RULE(sdlogin_is_LayoutElogind_or_LayoutSystemd,
	(int)sdlogin == LayoutElogind || (int)sdlogin == LayoutSystemd);

enum {
	MAXFILE = 8192, MAXNAME = 32,
	JOINWAIT = 2, /* seconds; a login goes on then, without a seat */
};

/* a session of turnstiled's, or with a u before its id a user's services */
struct session {
	struct session *next;
	char id[MAXNAME];
	unsigned long number; /* the same, for the order */
	unsigned uid;
	int vtnr;             /* on seat0; or 0: it has no seat */
	int front;            /* its VT is */
	char *text;           /* turnstiled's file */
};

/* what has to be there for watching, also for those who watch us */
static const char *const dirs[] = { SYSTEMD, SESSIONS, USERS, SEATS, SYSTEMD "/machines",
	RUNDIR, RUNDIR "/sessions", RUNDIR "/users" };
static struct session *sessions; /* of one update(), by id, the newest first */
static int vtfd = -1;            /* tells which VT is in front; or -1 */
static int topfd = -1;           /* the top cgroup's processes */
static char leader[16];          /* the pid of who opens a session */
static char *made;               /* the file that is being written */
static size_t madelen;
static FILE *names;              /* of those that one update() has made, a line each */

/* str: a formatted string, good until the eighth call after this one */
__attribute__((format(printf, 1, 2))) static const char *
str(const char *fmt, ...)
{
	static char bufs[8][PATH_MAX];
	static int next;
	va_list ap;

	next = (next + 1) % (int)LENGTH(bufs);
	va_start(ap, fmt);
	vsnprintf(bufs[next], sizeof(bufs[next]), fmt, ap);
	va_end(ap);
	return bufs[next];
}

/* Reads what fits of a small file into buf, as a string.  Returns 0, or -1 and "" */
static int
getfile(const char *file, char *buf, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	*buf = '\0';
	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return -1;
	buf[n] = '\0';
	return 0;
}

/* Makes a file have this text, at once as a whole.  Returns 0, or -1 and there is none */
static int
replace(const char *dir, const char *name, const char *text)
{
	const char *file = str("%s/%s", dir, name), *tmp = str("%s/.%s", dir, name);
	FILE *f = fopen(tmp, "we");
	int bad = !f || fputs(text, f) < 0;

	if (f && fclose(f) < 0)
		bad = 1;
	if (!bad && rename(tmp, file) == 0)
		return 0;
	syslog(LOG_ERR, "cannot write %s: %s", file, strerror(errno));
	unlink(tmp);
	unlink(file); /* what is not true any more is worse than nothing */
	return -1;
}

static void
closefd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Begins a file of ours: what is written to f will be in it.  Returns f, or NULL without
 * memory */
static FILE *
begin(void)
{
	FILE *f = open_memstream(&made, &madelen);

	if (f)
		fputs(OURS, f);
	return f;
}

/* Ends it: the file is replaced unless it is the same, as each change wakes others */
static void
end(FILE *f, const char *dir, const char *name)
{
	int bad = fclose(f) < 0;
	char *old = malloc(madelen + 2);

	if (!bad && old) {
		getfile(str("%s/%s", dir, name), old, madelen + 2);
		if (strcmp(old, made) == 0 || replace(dir, name, made) == 0)
			fprintf(names, "%s/%s\n", dir, name);
	}
	free(old);
	free(made);
}

/* The value of a key in text, of lines KEY=value; "" if it is not there */
static const char *
value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == '=')
			return str("%.*s", (int)strcspn(line + len + 1, "\n"), line + len + 1);
	}
	return "";
}

/* The VT of a session that may have seat0, or 0: who comes from elsewhere and what runs by
 * itself is at no seat, whatever its environment says */
static int
vtof(const char *text)
{
	if (strcmp(value(text, "REMOTE"), "0") != 0 || strcmp(value(text, "SEAT"), "seat0") != 0)
		return 0;
	if (strcmp(value(text, "CLASS"), "background") == 0)
		return 0;
	return atoi(value(text, "VTNR"));
}

/* Writes KEY="value".  What those libraries' parser could take for something else becomes
 * a _: it reads escapes, some keys' twice, and one byte that is not UTF-8 would make the
 * whole file unreadable. */
static void
putvalue(FILE *f, const char *key, const char *val)
{
	if (!*val)
		return;
	fprintf(f, "%s=\"", key);
	for (; *val; val++) {
		int plain = *val >= ' ' && *val <= '~' && !strchr("\"\\$`", *val);
		fputc(plain ? *val : '_', f);
	}
	fputs("\"\n", f);
}

/* The names in a directory that do not begin with a dot, one after the other; NULL when
 * there are no more */
static const char *
nextname(DIR *d)
{
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (*e->d_name != '.' && strlen(e->d_name) < MAXNAME)
			return e->d_name;
	if (d)
		closedir(d);
	return NULL;
}

/* Reads a mark.  Returns 0, the user and the cgroup; or -1 */
static int
getmark(const char *id, unsigned *uid, char cgroup[PATH_MAX])
{
	char text[PATH_MAX];

	getfile(str(MARKS "/%s", id), text, sizeof(text));
	return -(sscanf(text, "%u %4000[^\n]", uid, cgroup) != 2);
}

/* 1 if there is nobody in a cgroup, and none below it */
static int
deserted(const char *cgroup)
{
	char events[256];

	return getfile(str("%s/cgroup.events", cgroup), events, sizeof(events)) < 0 ||
		strstr(events, "populated 0");
}

/* ---- THE FILES ---- */

static int
frontvt(void)
{
	char buf[32] = "";
	int vt = 0;

	if (vtfd >= 0 && pread(vtfd, buf, sizeof(buf) - 1, 0) > 0)
		sscanf(buf, "tty%d", &vt);
	return vt;
}

/* Adds a session to the list, by its number, the newest first */
static void
addsession(const char *id, const char *text)
{
	struct session *s = calloc(1, sizeof(*s)), **p = &sessions;
	char cgroup[PATH_MAX];
	unsigned uid;

	if (!s || !(s->text = strdup(text))) {
		free(s);
		return;
	}
	snprintf(s->id, sizeof(s->id), "%s", id);
	s->number = strtoul(id, NULL, 10);
	s->uid = strtoul(value(text, "UID"), NULL, 10);
	if (getmark(id, &uid, cgroup) == 0 && uid == s->uid)
		s->vtnr = vtof(text);
	while (*p && (*p)->number > s->number)
		p = &(*p)->next;
	s->next = *p;
	*p = s;
}

/* Reads turnstiled's sessions and says which is in front: the newest on that VT */
static void
readsessions(void)
{
	char text[MAXFILE];
	const char *id;
	int vt = frontvt();
	DIR *d = opendir(RUNDIR "/sessions");
	struct session *s;

	while ((s = sessions)) {
		sessions = s->next;
		free(s->text);
		free(s);
	}
	while ((id = nextname(d)))
		if (getfile(str(RUNDIR "/sessions/%s", id), text, sizeof(text)) == 0)
			addsession(id, text);
	for (s = sessions; s && (!vt || s->vtnr != vt); s = s->next)
		;
	if (s)
		s->front = 1;
}

/* The session that a user's services count as: the one in front, or any that has a seat;
 * NULL if there is none */
static const struct session *
display(unsigned uid)
{
	const struct session *found = NULL;

	for (const struct session *s = sessions; s; s = s->next)
		if (s->uid == uid && s->vtnr && (!found || s->front))
			found = s;
	return found;
}

static const char *
statename(const struct session *s)
{
	if (s->front)
		return "active";
	return "online";
}

static void
writesession(const struct session *s)
{
	static const char *const keys[] = { "USER", "TYPE", "CLASS", "SERVICE", "DESKTOP",
		"DISPLAY", "TTY", "REMOTE", "REMOTE_HOST", "REMOTE_USER", "LEADER" };
	FILE *f = begin();

	if (!f)
		return;
	fprintf(f, "UID=%u\nACTIVE=%d\nSTATE=%s\n", s->uid, s->front, statename(s));
	for (size_t i = 0; i < LENGTH(keys); i++)
		putvalue(f, keys[i], value(s->text, keys[i]));
	if (s->vtnr)
		fprintf(f, "SEAT=seat0\nVTNR=%d\n", s->vtnr);
	end(f, SESSIONS, s->id);
}

/* A session for what a user's services are in: they may what he may at his seat */
static void
writeservices(const struct session *shown)
{
	char text[] = "TYPE=unspecified\nCLASS=manager\nREMOTE=0\n";
	struct session services = *shown;

	services.text = text;
	snprintf(services.id, sizeof(services.id), "u%u", shown->uid);
	writesession(&services);
}

/* record: turnstiled's file of the user */
static void
writeuser(unsigned uid, const char *record)
{
	static const char *const keys[] = { "SESSIONS", "ONLINE_SESSIONS" };
	const struct session *shown = display(uid);
	const char *state = "lingering";
	FILE *f = begin();

	if (!f)
		return;
	putvalue(f, "NAME", value(record, "NAME"));
	putvalue(f, "RUNTIME", value(record, "RUNTIME"));
	for (size_t i = 0; i < LENGTH(keys); i++) {
		fprintf(f, "%s=", keys[i]);
		for (const struct session *s = sessions; s; s = s->next) {
			if (s->uid != uid)
				continue;
			state = "online";
			fprintf(f, "%s ", s->id);
		}
		fputc('\n', f);
	}
	if (shown) {
		state = statename(shown);
		fprintf(f, "DISPLAY=%s\n", shown->id);
		fputs("SEATS=seat0\nONLINE_SEATS=seat0\n", f);
	}
	if (shown && shown->front)
		fprintf(f, "ACTIVE_SESSIONS=%s\nACTIVE_SEATS=seat0\n", shown->id);
	fprintf(f, "STATE=%s\n", state);
	end(f, USERS, str("%u", uid));
	if (shown && (int)sdlogin == LayoutElogind)
		writeservices(shown);
}

static void
writeseat(void)
{
	FILE *f = begin();

	if (!f)
		return;
	fprintf(f, "IS_SEAT0=1\nCAN_MULTI_SESSION=1\nCAN_TTY=%d\nCAN_GRAPHICAL=%d\nSESSIONS=",
		vtfd >= 0, access("/sys/class/drm/card0", F_OK) == 0);
	for (const struct session *s = sessions; s; s = s->next)
		if (s->vtnr)
			fprintf(f, "%s ", s->id);
	fputs("\nUIDS=", f);
	for (const struct session *s = sessions; s; s = s->next)
		if (s->vtnr)
			fprintf(f, "%u ", s->uid);
	fputc('\n', f);
	for (const struct session *s = sessions; s; s = s->next)
		if (s->front)
			fprintf(f, "ACTIVE=%s\nACTIVE_UID=%u\n", s->id, s->uid);
	end(f, SEATS, "seat0");
}

/* Removes those of our files that are not named in valid, a line each */
static void
clean(const char *valid)
{
	static const char *const ours[] = { SESSIONS, USERS, SEATS };
	char head[sizeof(OURS)];
	const char *name;

	for (size_t i = 0; i < LENGTH(ours); i++) {
		DIR *d = opendir(ours[i]);
		while ((name = nextname(d))) {
			const char *file = str("%s/%s", ours[i], name);
			getfile(file, head, sizeof(head));
			if (strcmp(head, OURS) == 0 && !strstr(valid, str("%s\n", file)))
				unlink(file);
		}
	}
}

/* ---- CGROUPS ---- */

static void
tellkernel(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	dprintf(fd, "%s", text);
	closefd(fd);
}

/* Signals all in a cgroup, each proven to be in it when its number cannot be another's any
 * more */
static void
signalall(const char *cgroup, int sig)
{
	char own[PATH_MAX];
	FILE *f = fopen(str("%s/cgroup.procs", cgroup), "re");
	int pid;

	while (f && fscanf(f, "%d", &pid) == 1) {
		int fd = (int)syscall(SYS_pidfd_open, pid, 0);
		getfile(str("/proc/%d/cgroup", pid), own, sizeof(own));
		if (strstr(own, str("0::%s\n", cgroup + strlen(CGROUPS))))
			syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
		closefd(fd);
	}
	if (f)
		fclose(f);
}

/* 1 if a session has ended, and is not only away with turnstiled, which takes them along
 * at its end and brings them again */
static int
isover(const char *id)
{
	/* it may be moved, either way, between two looks */
	static const char *const places[] = { "sessions", "private/sessions", "sessions" };

	for (size_t i = 0; i < LENGTH(places); i++)
		if (access(str(RUNDIR "/%s/%s", places[i], id), F_OK) == 0 || errno != ENOENT)
			return 0;
	return 1;
}

/* A process for what a session has left: SIGTERM, when its leader had time to end, and
 * SIGKILL to what is there after killtimeout seconds and as long again */
static void
endleft(const char *id, const char *cgroup)
{
	if (fork() != 0)
		return;
	syscall(SYS_close_range, 3, ~0U, 0); /* the locks */
	sleep(1);
	if (!isover(id))
		_exit(0);
	signalall(cgroup, SIGTERM);
	signalall(cgroup, SIGCONT);
	for (int n = 0; n < 2 * killtimeout * 10 && !deserted(cgroup); n++) {
		if (n == killtimeout * 10)
			tellkernel(str("%s/cgroup.freeze", cgroup), "1");
		if (n >= killtimeout * 10)
			signalall(cgroup, SIGKILL);
		poll(NULL, 0, 100);
	}
	if (rmdir(cgroup) < 0 && errno != ENOENT)
		syslog(LOG_ERR, "what a session has left cannot be ended: %s", cgroup);
	_exit(0);
}

/* Removes the mark and the cgroup of which nobody is left, and has the kernel tell of
 * those in which somebody is, by the inotify descriptor ifd */
static void
sweepmarks(int ifd)
{
	char cgroup[PATH_MAX];
	const char *id;
	unsigned uid;
	DIR *d = opendir(MARKS);

	while ((id = nextname(d))) {
		if (getmark(id, &uid, cgroup) < 0)
			continue;
		int wd = inotify_add_watch(ifd, str("%s/cgroup.events", cgroup), IN_MODIFY);
		int ends = killsession && uid != 0 && *id != 'u' && isover(id);
		if (!deserted(cgroup) && !ends)
			continue;
		rmdir(str("%s/pam", cgroup));
		if (rmdir(cgroup) < 0 && errno != ENOENT) {
			if (!ends)
				continue;
			endleft(id, cgroup);
		}
		inotify_rm_watch(ifd, wd); /* the kernel does not, for these files */
		unlink(str(MARKS "/%s", id));
		if ((int)sdlogin == LayoutSystemd)
			rmdir(str(CGROUPS "/user.slice/user-%u.slice", uid));
	}
}

/* Who else says who is logged in; NULL if it is us */
static const char *
rival(void)
{
	char buf[MAXNAME], exe[PATH_MAX];
	struct stat st;

	if (access(SYSTEMD "/system", F_OK) == 0)
		return "systemd";
	getfile("/run/elogind.pid", buf, sizeof(buf));
	/* a pid that it has left may be a user's process by now, of any name */
	int pid = atoi(buf);
	ssize_t n = readlink(str("/proc/%d/exe", pid), exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	const char *name = strrchr(exe, '/');
	if (!name || strncmp(name, "/elogind", 8) != 0)
		return NULL;
	return stat(str("/proc/%d", pid), &st) == 0 && st.st_uid == 0 ? "elogind" : NULL;
}

/* Has the kernel tell of what changes */
static void
watch(int ifd)
{
	static const struct { const char *dir; uint32_t events; } watched[] = {
		/* IN_MOVE_SELF: turnstiled takes it away at its end, and brings it again */
		{ RUNDIR "/sessions", IN_MOVED_TO | IN_DELETE | IN_MOVE_SELF },
		{ RUNDIR "/users", IN_MOVED_TO | IN_DELETE },
		{ MARKS, IN_MOVED_TO },
		{ SEATS, IN_MOVED_TO }, /* a rival begins with these */
	};

	for (size_t i = 0; i < LENGTH(watched); i++) {
		int wd = inotify_add_watch(ifd, watched[i].dir, watched[i].events);
		if (wd < 0 && errno != ENOENT)
			syslog(LOG_ERR, "cannot watch %s: %s", watched[i].dir, strerror(errno));
	}
}

/* Makes all files say what is true now */
static void
update(void)
{
	char record[MAXFILE], *valid = NULL;
	size_t validlen;
	const char *name;

	names = open_memstream(&valid, &validlen);
	if (!names) {
		clean(""); /* nothing is better than what may not be true */
		return;
	}
	readsessions();
	for (const struct session *s = sessions; s; s = s->next)
		writesession(s);
	writeseat();
	DIR *d = opendir(RUNDIR "/users");
	while ((name = nextname(d)))
		if (getfile(str(RUNDIR "/users/%s", name), record, sizeof(record)) == 0)
			writeuser(strtoul(name, NULL, 10), record);
	if (fclose(names) == 0)
		clean(valid);
	else
		clean("");
	free(valid);
}

/* Locks a file in MARKS.  Returns a descriptor that has the lock as long as it is open,
 * or -1.  .lock is for who writes files or marks, .daemon the daemon's. */
static int
lock(const char *file, int how)
{
	int fd = open(str(MARKS "/%s", file), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0 && flock(fd, how) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* ---- JOIN: as root, run by pam_exec in the process that has opened a session.  Whatever
 * goes wrong, it ends in the top cgroup, where nobody is in front. ---- */

/* What pam_exec has set, which comes after all that a user may have */
static const char *
pamvar(const char *name)
{
	const char *found = NULL;
	size_t len = strlen(name);

	for (char **e = environ; *e; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			found = *e + len + 1;
	return found;
}

/* Puts the leader into the top cgroup and ends; also by SIGALRM */
__attribute__((noreturn)) static void
leave(int status)
{
	if (write(topfd, leader, strlen(leader)) < 0)
		status = 3;
	_exit(status);
}

/* What is in a cgroup can be limited by all controllers that there are in it */
static void
enable(const char *cgroup)
{
	char there[1024];

	getfile(str("%s/cgroup.controllers", cgroup), there, sizeof(there));
	for (const char *s = strtok(there, " \n"); s; s = strtok(NULL, " \n"))
		tellkernel(str("%s/cgroup.subtree_control", cgroup), str("+%s", s));
}

/* Makes a cgroup and puts the leader into it; services get limits below that: turnstiled
 * makes their cgroup beside the leader's.  Returns 0 or -1 */
static int
move(const char *cgroup, int services)
{
	char dir[PATH_MAX + 2];

	snprintf(dir, sizeof(dir), "%s/", cgroup);
	for (char *p = dir + strlen(CGROUPS); (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(dir, 0755);
		if (services && p[1])
			enable(dir);
		*p = '/';
	}
	int fd = open(str("%s/cgroup.procs", cgroup), O_WRONLY | O_CLOEXEC);
	int bad = fd < 0 || write(fd, leader, strlen(leader)) < 0;
	closefd(fd);
	return -bad;
}

/* 1 if the leader is in the cgroup of services or of a session that has not ended, then
 * uid is its user; 0 if not; -1 if that cannot be known */
static int
within(unsigned *uid)
{
	char own[PATH_MAX], where[PATH_MAX + sizeof(CGROUPS)], cgroup[PATH_MAX + 1];
	unsigned theirs;
	const char *id;
	int found = 0;
	DIR *d = opendir(MARKS);

	getfile(str("/proc/%s/cgroup", leader), own, sizeof(own));
	const char *line = strstr(own, "0::/");
	if (!line || !d)
		return -1;
	snprintf(where, sizeof(where), CGROUPS "%.*s/", (int)strcspn(line + 3, "\n"), line + 3);
	while ((id = nextname(d))) {
		if (getmark(id, &theirs, cgroup) < 0 || (*id != 'u' && isover(id)))
			continue;
		strcat(cgroup, "/");
		if (strncmp(where, cgroup, strlen(cgroup)) == 0) {
			found = 1;
			*uid = theirs;
		}
	}
	return found;
}

/* The newest session that the leader has opened; NULL if turnstiled knows none.  Of one
 * that died while turnstiled was away the number may be another's by now. */
static const struct session *
opened(void)
{
	char stat[1024], start[32] = "";

	getfile(str("/proc/%s/stat", leader), stat, sizeof(stat));
	const char *after = strrchr(stat, ')'); /* of a name that may have any in it */
	if (after)
		sscanf(after, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			" %*s %*s %*s %*s %31s", start);
	for (const struct session *s = sessions; s; s = s->next)
		if (strcmp(value(s->text, "LEADER"), leader) == 0 &&
				strcmp(value(s->text, "START"), start) == 0)
			return s;
	return NULL;
}

/* 1 if a session has this VT: who comes by su is not in front of who is there.  A greeter
 * makes way. */
static int
istaken(int vt)
{
	for (const struct session *s = sessions; s; s = s->next)
		if (s->vtnr == vt && strcmp(value(s->text, "CLASS"), "greeter") != 0)
			return 1;
	return 0;
}

/* The cgroup of a session or of a user's services */
static const char *
cgroupof(const char *id, unsigned uid)
{
	if ((int)sdlogin == LayoutElogind)
		return str(CGROUPS "/%s", id);
	if (*id == 'u')
		return str(CGROUPS "/user.slice/user-%u.slice/turnstile.service", uid);
	return str(CGROUPS "/user.slice/user-%u.slice/session-%s.scope", uid, id);
}

/* Puts the leader into a marked cgroup of its own.  Returns the exit status. */
static int
place(const char *id, unsigned uid)
{
	char cgroup[PATH_MAX / 2], where[PATH_MAX];
	int services = *id == 'u';

	snprintf(cgroup, sizeof(cgroup), "%s", cgroupof(id, uid));
	snprintf(where, sizeof(where), "%s%s", cgroup, services ? "/pam" : "");
	/* the mark first: in that cgroup without it one's guests would not be known */
	if (replace(MARKS, id, str("%u %s\n", uid, cgroup)) < 0)
		leave(1);
	if (move(where, services) < 0) {
		syslog(LOG_ERR, "cannot move pid %s into %s: %s", leader, cgroup, strerror(errno));
		rmdir(where);
		rmdir(cgroup);
		leave(1);
	}
	/* who follows the VTs will do so, too; but then a question has its answer at once */
	int fd = lock(".daemon", LOCK_SH | LOCK_NB);
	if (fd < 0)
		update();
	closefd(fd); /* before .lock: a daemon that begins has that first */
	return 0;
}

/* The uid of a user who has a login, by turnstiled's own files, or NOBODY: to ask elsewhere
 * takes libraries, which PAM's environment would say where to find */
static unsigned
uidof(const char *user)
{
	DIR *d = opendir(RUNDIR "/private/logins");
	unsigned uid = NOBODY;
	char text[MAXFILE];
	const char *name;

	while ((name = nextname(d))) {
		getfile(str(RUNDIR "/private/logins/%s", name), text, sizeof(text));
		if (strcmp(value(text, "USER"), user) == 0)
			uid = strtoul(name, NULL, 10);
	}
	return uid;
}

static int
join(const char *service, const char *user)
{
	const struct rlimit files = { 64, 64 }, size = { RLIM_INFINITY, RLIM_INFINITY };
	pid_t pid = getppid();
	unsigned host, uid;
	sigset_t none;

	snprintf(leader, sizeof(leader), "%d", pid);
	setrlimit(RLIMIT_NOFILE, &files); /* what is set may be the user's */
	setrlimit(RLIMIT_FSIZE, &size);
	topfd = open(CGROUPS "/cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (topfd < 0 || pid == 1) {
		syslog(LOG_ERR, "no cgroup2 at " CGROUPS ", or nobody who opens a session");
		return 1;
	}
	signal(SIGALRM, leave);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(JOINWAIT);
	/* out of a cgroup that a user can freeze, before others wait for the lock; to the top
	 * none goes that would keep controllers from being enabled there */
	mkdir(CGROUPS "/turnstile-sdlogin", 0755);
	int own = open(CGROUPS "/turnstile-sdlogin/cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (write(own, "0", 1) < 0 || lock(".lock", LOCK_EX) < 0)
		leave(1);
	readsessions();
	const struct session *s = opened();
	uid = s ? s->uid : uidof(user);
	if (strcmp(service, "turnstiled") == 0 && uid != NOBODY)
		return place(str("u%u", uid), uid);
	int inside = within(&host);
	if (inside < 0 || (inside && host != uid))
		leave(0);
	if (inside || !s)
		return 0;
	int vt = vtof(s->text);
	if (!vt || istaken(vt))
		return 0;
	return place(s->id, uid);
}

/* ---- THE DAEMON ---- */

/* Sleeps until something has changed.  Returns 0 when it is told to end. */
static int
sleeps(int ifd, int sigfd)
{
	struct pollfd p[] = {
		{ ifd, POLLIN, 0 }, { sigfd, POLLIN, 0 }, { vtfd, POLLPRI, 0 },
	};
	char buf[4096];

	if (poll(p, LENGTH(p), -1) < 0)
		return 1;
	while (p[0].revents && read(ifd, buf, sizeof(buf)) > 0)
		;
	return !p[1].revents;
}

/* Makes the files until it is told to end, or somebody else makes them.  Returns the
 * exit status. */
static int
follow(void)
{
	const char *other;
	sigset_t ends;

	if (access(CGROUPS "/cgroup.procs", F_OK) < 0)
		syslog(LOG_ERR, "no cgroup2 at " CGROUPS ": no session will count as active");
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* the kernel reaps */
	int locked = lock(".lock", LOCK_EX), more; /* join tries .daemon, too */
	if (lock(".daemon", LOCK_EX | LOCK_NB) < 0) {
		syslog(LOG_ERR, "cannot begin, does another one run? %s", strerror(errno));
		return 1;
	}
	closefd(locked);
	int sigfd = signalfd(-1, &ends, SFD_CLOEXEC);
	int ifd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (sigfd < 0 || ifd < 0) {
		syslog(LOG_ERR, "cannot watch: %s", strerror(errno));
		return 1;
	}
	do {
		locked = lock(".lock", LOCK_EX);
		other = rival();
		if (!other) {
			watch(ifd);
			sweepmarks(ifd);
			update();
		}
		closefd(locked);
		more = !other && sleeps(ifd, sigfd);
	} while (more);
	lock(".lock", LOCK_EX); /* until our end: nobody writes any more */
	clean("");
	if (!other)
		return 0;
	syslog(LOG_ERR, "%s says now who is logged in; leaving that to it", other);
	return 1;
}

int
main(int argc, char *argv[])
{
	const char *type = pamvar("PAM_TYPE"), *service = pamvar("PAM_SERVICE");
	const char *user = pamvar("PAM_USER"), *other = rival();
	int joins = argc == 2 && strcmp(argv[1], "join") == 0;

	clearenv(); /* it is PAM's, and so perhaps a user's; what was found stays where it is */
	openlog("turnstile-sdlogin", LOG_PID | LOG_PERROR, LOG_AUTHPRIV);
	if (argc > 1 && !joins) {
		fprintf(stderr, "usage: turnstile-sdlogin [join]\n");
		return 2;
	}
	if (joins && (!type || !service || !user)) {
		fprintf(stderr, "turnstile-sdlogin: join is for pam_exec.so, see turnstiled(8)\n");
		return 2;
	}
	if (other) {
		syslog(LOG_ERR, "%s says here who is logged in, and only one can", other);
		return 1;
	}
	umask(022);
	for (size_t i = 0; i < LENGTH(dirs); i++)
		mkdir(dirs[i], 0755);
	mkdir(MARKS, 0700);
	vtfd = open("/sys/class/tty/tty0/active", O_RDONLY | O_CLOEXEC);
	if (!joins)
		return follow();
	if (strcmp(type, "open_session") != 0)
		return 0;
	return join(service, user);
}
