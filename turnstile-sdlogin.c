/* See LICENSE file for copyright and license details.
 *
 * Tells programs that ask by libelogind or libsystemd (polkit, NetworkManager, w) who
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
 * A session is seated if join made a cgroup for it.  That leaves a mark in MARKS: the
 * session's ID, or u and the uid for a user's services, with the user and the cgroup in
 * it.  Who was found in another user's session (su) has no mark, is in no session's
 * cgroup any more, and so never in front.  Everything else is thought out anew at each
 * event, by update(), from turnstiled's files, the marks and the VT in front: nothing is
 * remembered, so nothing is lost by a crash or a missed event.
 *
 * What is in the files is believed by programs that decide what a user may do.  So they
 * are root's, whole, and gone when this program ends in an orderly way; started again
 * after a crash it takes away what is true no more. */
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "proto.h"
#include "config.h"

#define LENGTH(x)  (sizeof(x) / sizeof(*(x)))
#define RULE(name, holds) struct rule_ ## name { int name : (holds); }
#define OURS       "# turnstile-sdlogin\n" /* at the head of our files */
#define SYSTEMD    "/run/systemd"
#define SESSIONS   SYSTEMD "/sessions"
#define USERS      SYSTEMD "/users"
#define SEATS      SYSTEMD "/seats"
#define MARKS      SYSTEMD "/turnstile" /* 0700 */
#define CGROUPS    "/sys/fs/cgroup"

RULE(sdlogin_is_LayoutElogind_or_LayoutSystemd,
	(int)sdlogin == LayoutElogind || (int)sdlogin == LayoutSystemd);

enum {
	MAXFILE = 8192, MAXNAME = 32,
	JOINWAIT = 2, /* seconds; a login goes on then, without rights of an active one */
};

/* a session of turnstiled's, or with a u before its id a user's services */
struct session {
	struct session *next;
	char id[MAXNAME], seat[MAXNAME];
	unsigned uid;
	int vtnr;
	int front;            /* what its user sees: the VT in front */
	char *text;           /* turnstiled's file */
};

/* what has to be there for watching, also for those who watch us */
static const char *const dirs[] = { SYSTEMD, SESSIONS, USERS, SEATS, SYSTEMD "/machines",
	RUNDIR, RUNDIR "/sessions", RUNDIR "/users" };
static struct session *sessions; /* of one update(), by id, the newest first */
static int vtfd = -1;            /* which VT is in front; or -1 */
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

/* Writes a file.  Returns 0 or -1 */
static int
putfile(const char *file, const char *content)
{
	FILE *f = fopen(file, "we");
	int bad;

	if (!f)
		return -1;
	bad = fputs(content, f) < 0;
	if (fclose(f) < 0)
		bad = 1;
	return -bad;
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

/* Ends it: the file has this text then, at once as a whole, unless it has it already */
static void
end(FILE *f, const char *dir, const char *name)
{
	char old[MAXFILE];
	const char *file = str("%s/%s", dir, name), *tmp = str("%s/.%s", dir, name);

	fclose(f);
	getfile(file, old, sizeof(old));
	if (strcmp(old, made) != 0 && (putfile(tmp, made) < 0 || rename(tmp, file) < 0)) {
		syslog(LOG_ERR, "cannot write %s: %s", file, strerror(errno));
		unlink(tmp);
		unlink(file); /* what is not true any more is worse than nothing */
	}
	free(made);
	fprintf(names, "%s\n", file);
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

/* The seat in a session's file.  "" for none: who comes from elsewhere is at no seat,
 * whatever he says, and it becomes a file's name. */
static const char *
seatof(const char *text)
{
	const char *seat = value(text, "SEAT");
	size_t len = strlen(seat);

	if (strcmp(value(text, "REMOTE"), "0") != 0 || len >= MAXNAME)
		return "";
	if (strspn(seat, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != len)
		return "";
	return seat;
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

/* 1 if a session is in front: the newest on the VT that is, or on a seat without VTs */
static int
isfront(const struct session *s, int vt)
{
	int hasvts = strcmp(s->seat, "seat0") == 0;

	if (!*s->seat || (hasvts && s->vtnr != vt))
		return 0;
	for (const struct session *t = sessions; t != s; t = t->next)
		if (t->front && strcmp(t->seat, s->seat) == 0)
			return 0;
	return 1;
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
	s->uid = strtoul(value(text, "UID"), NULL, 10);
	if (getmark(id, &uid, cgroup) == 0 && uid == s->uid) {
		snprintf(s->seat, sizeof(s->seat), "%s", seatof(text));
		s->vtnr = atoi(value(text, "VTNR"));
	}
	while (*p && strtoul((*p)->id, NULL, 10) > strtoul(id, NULL, 10))
		p = &(*p)->next;
	s->next = *p;
	*p = s;
}

/* Reads turnstiled's sessions and decides which is in front */
static void
readsessions(void)
{
	char text[MAXFILE];
	const char *id;
	int vt = frontvt();
	DIR *d = opendir(RUNDIR "/sessions");

	while (sessions) {
		struct session *s = sessions;
		sessions = s->next;
		free(s->text);
		free(s);
	}
	while ((id = nextname(d)))
		if (getfile(str(RUNDIR "/sessions/%s", id), text, sizeof(text)) == 0)
			addsession(id, text);
	for (struct session *s = sessions; s; s = s->next)
		s->front = isfront(s, vt);
}

/* What a user's services count as: seated and in front with the session of theirs that
 * is, or with any that is seated; NULL if there is none */
static const struct session *
display(unsigned uid)
{
	const struct session *found = NULL;

	for (const struct session *s = sessions; s; s = s->next)
		if (s->uid == uid && *s->seat && (!found || s->front))
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
	putvalue(f, "SEAT", s->seat);
	if (s->vtnr > 0)
		fprintf(f, "VTNR=%d\n", s->vtnr);
	end(f, SESSIONS, s->id);
}

/* A session for what a user's services are in: they may what he may at his seat */
static void
writeservices(const struct session *shown)
{
	char text[] = "TYPE=unspecified\nCLASS=manager\nREMOTE=0\n";
	struct session services = *shown;

	services.text = text;
	services.vtnr = 0;
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
		putvalue(f, "SEATS", shown->seat);
		putvalue(f, "ONLINE_SEATS", shown->seat);
	}
	if (shown && shown->front) {
		fprintf(f, "ACTIVE_SESSIONS=%s\n", shown->id);
		putvalue(f, "ACTIVE_SEATS", shown->seat);
	}
	fprintf(f, "STATE=%s\n", state);
	end(f, USERS, str("%u", uid));
	if (shown && (int)sdlogin == LayoutElogind)
		writeservices(shown);
}

static void
writeseat(const char *seat)
{
	int seat0 = strcmp(seat, "seat0") == 0;
	int graphical = !seat0 || access("/sys/class/drm/card0", F_OK) == 0;
	FILE *f = begin();

	if (!f)
		return;
	fprintf(f, "IS_SEAT0=%d\nCAN_MULTI_SESSION=%d\nCAN_TTY=%d\nCAN_GRAPHICAL=%d\nSESSIONS=",
		seat0, seat0, seat0 && vtfd >= 0, graphical);
	for (const struct session *s = sessions; s; s = s->next)
		if (strcmp(s->seat, seat) == 0)
			fprintf(f, "%s ", s->id);
	fputs("\nUIDS=", f);
	for (const struct session *s = sessions; s; s = s->next)
		if (strcmp(s->seat, seat) == 0)
			fprintf(f, "%u ", s->uid);
	fputc('\n', f);
	for (const struct session *s = sessions; s; s = s->next)
		if (s->front && strcmp(s->seat, seat) == 0)
			fprintf(f, "ACTIVE=%s\nACTIVE_UID=%u\n", s->id, s->uid);
	end(f, SEATS, seat);
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

/* Removes the mark and the cgroup of which nobody is left, and has the kernel tell of
 * those in which somebody is.  ifd: inotify's, or -1 */
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
		if (ifd >= 0)
			inotify_add_watch(ifd, str("%s/cgroup.events", cgroup), IN_MODIFY);
		if (!deserted(cgroup) || (rmdir(cgroup) < 0 && errno != ENOENT))
			continue;
		unlink(str(MARKS "/%s", id));
		if ((int)sdlogin == LayoutSystemd)
			rmdir(str(CGROUPS "/user.slice/user-%u.slice", uid));
	}
}

/* Who else says who is logged in; NULL if it is us */
static const char *
rival(void)
{
	char buf[MAXNAME];

	if (access(SYSTEMD "/system", F_OK) == 0)
		return "systemd";
	getfile("/run/elogind.pid", buf, sizeof(buf));
	getfile(str("/proc/%d/comm", atoi(buf)), buf, sizeof(buf));
	return strncmp(buf, "elogind", 7) == 0 ? "elogind" : NULL;
}

/* Makes all files say what is true now; ifd as in sweepmarks() */
static void
update(int ifd)
{
	static const struct { const char *dir; uint32_t events; } watched[] = {
		{ RUNDIR "/sessions", IN_MOVED_TO | IN_DELETE },
		{ RUNDIR "/users", IN_MOVED_TO | IN_DELETE },
		{ MARKS, IN_MOVED_TO },
		{ SEATS, IN_MOVED_TO }, /* a rival begins with these */
	};
	char record[MAXFILE], *valid = NULL;
	size_t validlen;
	const char *name;

	for (size_t i = 0; ifd >= 0 && i < LENGTH(watched); i++)
		inotify_add_watch(ifd, watched[i].dir, watched[i].events);
	names = open_memstream(&valid, &validlen);
	if (!names) {
		clean(""); /* nothing is better than what may not be true */
		return;
	}
	sweepmarks(ifd);
	readsessions();
	for (const struct session *s = sessions; s; s = s->next) {
		writesession(s);
		if (*s->seat && strcmp(s->seat, "seat0") != 0)
			writeseat(s->seat);
	}
	writeseat("seat0");
	DIR *d = opendir(RUNDIR "/users");
	while ((name = nextname(d)))
		if (getfile(str(RUNDIR "/users/%s", name), record, sizeof(record)) == 0)
			writeuser(strtoul(name, NULL, 10), record);
	fclose(names);
	clean(valid);
	free(valid);
}

/* Locks what is in MARKS.  Returns a descriptor that has the lock as long as it is open,
 * or -1 */
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

/* ---- JOIN: as root, run by pam_exec in the process that has opened a session ---- */

/* Puts a process into a cgroup, which is made.  Returns 0 or -1 */
static int
move(pid_t pid, const char *cgroup)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s/", cgroup);
	for (char *p = dir + strlen(CGROUPS "/"); (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(dir, 0755);
		*p = '/';
	}
	return putfile(str("%s/cgroup.procs", cgroup), str("%d", pid));
}

/* In whose marked cgroup a process is.  Returns 1 and the user, or 0 */
static int
inside(pid_t pid, unsigned *uid)
{
	char own[PATH_MAX], cgroup[PATH_MAX];
	unsigned theirs;
	const char *id, *line;
	int found = 0;

	getfile(str("/proc/%d/cgroup", pid), own, sizeof(own));
	line = strstr(own, "0::/");
	if (!line)
		return 0;
	const char *where = str(CGROUPS "%.*s/", (int)strcspn(line + 3, "\n"), line + 3);
	DIR *d = opendir(MARKS);
	while ((id = nextname(d))) {
		if (getmark(id, &theirs, cgroup) < 0)
			continue;
		strcat(cgroup, "/");
		if (strncmp(where, cgroup, strlen(cgroup)) == 0) {
			found = 1;
			*uid = theirs;
		}
	}
	return found;
}

/* 1 if a process leads a session at a seat; then id is the newest one's */
static int
leads(pid_t pid, char id[MAXNAME])
{
	for (const struct session *s = sessions; s; s = s->next) {
		if (atoi(value(s->text, "LEADER")) != pid)
			continue;
		snprintf(id, MAXNAME, "%s", s->id);
		return *seatof(s->text) != '\0';
	}
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

static int
join(const char *type, const char *service, const char *user)
{
	const char *cgroup;
	char id[MAXNAME];
	unsigned host;
	pid_t pid = getppid();
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGALRM, SIG_DFL);
	alarm(JOINWAIT);
	const struct passwd *pw = getpwnam(user);
	if (strcmp(type, "open_session") != 0 || !pw)
		return 0;
	lock(".lock", LOCK_EX);
	readsessions();
	int guest = inside(pid, &host), services = strcmp(service, "turnstiled") == 0;
	if (guest && host != pw->pw_uid && !services) {
		*id = '\0';
		cgroup = CGROUPS;
	} else if (services) {
		snprintf(id, sizeof(id), "u%u", pw->pw_uid);
		cgroup = cgroupof(id, pw->pw_uid);
	} else if (!guest && leads(pid, id)) {
		cgroup = cgroupof(id, pw->pw_uid);
	} else {
		return 0;
	}
	if (move(pid, cgroup) < 0) {
		syslog(LOG_ERR, "%s: cannot move pid %d into %s: %s", user, pid, cgroup,
			strerror(errno));
		return 1;
	}
	if (!*id)
		return 0;
	const char *tmp = str(MARKS "/.%s", id), *mark = str(MARKS "/%s", id);
	if (putfile(tmp, str("%u %s\n", pw->pw_uid, cgroup)) < 0 || rename(tmp, mark) < 0) {
		syslog(LOG_ERR, "%s: cannot write %s: %s", user, mark, strerror(errno));
		return 1;
	}
	/* who follows the VTs will do so, too; but then a question has its answer at once */
	if (lock(".daemon", LOCK_SH | LOCK_NB) < 0)
		update(-1);
	return 0;
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
	if (p[0].revents && read(ifd, buf, sizeof(buf)) < 0)
		return 1;
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
	int sigfd = signalfd(-1, &ends, SFD_CLOEXEC);
	int ifd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if ((sigfd < 0) | (ifd < 0) | (lock(".daemon", LOCK_EX | LOCK_NB) < 0)) {
		syslog(LOG_ERR, "cannot begin, does another one run? %s", strerror(errno));
		return 1;
	}
	do {
		int locked = lock(".lock", LOCK_EX);
		other = rival();
		if (!other)
			update(ifd);
		close(locked);
	} while (!other && sleeps(ifd, sigfd));
	clean("");
	if (!other)
		return 0;
	syslog(LOG_ERR, "%s says now who is logged in; leaving that to it", other);
	return 1;
}

int
main(int argc, char *argv[])
{
	const char *type = getenv("PAM_TYPE"), *service = getenv("PAM_SERVICE");
	const char *user = getenv("PAM_USER"), *other = rival();
	int joins = argc == 2 && strcmp(argv[1], "join") == 0;

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
	if (joins)
		return join(type, service, user);
	return follow();
}
