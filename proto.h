/* See LICENSE file for copyright and license details.
 *
 * What pam_turnstile.so and turnstiled say to each other, over a SOCK_SEQPACKET
 * connection to SOCKPATH that only root can open.  A record is a sequence of
 * strings, each ended by a NUL; in a request each is KEY=value.
 *
 *   module    VERSION=1 OPEN=id UID=1000 GID=... USER=... and what is known of
 *             the session; the id, a random number, names the request: whoever is
 *             cut off before the answer connects again and says the same
 *   daemon    "WAIT", at once, when the answer depends on services
 *   daemon    "OK", then NAME=value for the login's environment
 *             or "ERROR", then the reason
 *   module    VERSION=1 CLOSE=id, on this connection or first on a new one
 *
 * The session lasts until CLOSE or the death of the process that connected.
 * Anything else said is refused and ends the connection.
 *
 * The daemon's files hold the same strings, a newline after each. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define LENGTH(x)    (sizeof(x) / sizeof((x)[0]))
#define RULE(name, holds) struct rule_ ## name { int name : (holds); }
#define PROTOVERSION "1"
#define SOCKPATH     RUNDIR "/control.sock"

enum {
	MAXRECORD  = 8192, /* bytes of a record */
	MAXVALUE   = 512,  /* bytes of a value, its NUL included */
	ANSWERWAIT = 5,    /* seconds until a daemon that says nothing is given up */
};

/* The keys, each with its word, in the order of the files: what a request is, who
 * comes, the session (as in the public files), what the PAM stack says of the
 * runtime directory; from Leader on what only the daemon's own files hold. */
#define KEYS(X) \
	X(Version, "VERSION") X(Open, "OPEN") X(Close, "CLOSE") \
	X(Uid, "UID") X(Gid, "GID") X(User, "USER") X(Home, "HOME") X(Shell, "SHELL") \
	X(Service, "SERVICE") X(OriginalType, "ORIGINAL_TYPE") X(Type, "TYPE") \
	X(Class, "CLASS") X(Desktop, "DESKTOP") X(Seat, "SEAT") X(Vtnr, "VTNR") \
	X(Tty, "TTY") X(Display, "DISPLAY") X(IsDisplay, "IS_DISPLAY") \
	X(Remote, "REMOTE") X(RemoteUser, "REMOTE_USER") X(RemoteHost, "REMOTE_HOST") \
	X(Runtime, "RUNTIME") X(Norundir, "NORUNDIR") X(Place, "PLACE") \
	X(Leader, "LEADER") X(Start, "START") X(Pid, "PID") X(State, "STATE") \
	X(Order, "ORDER") X(Serial, "SERIAL") X(Rundir, "RUNDIR") X(Bus, "BUS") \
	X(Manager, "MANAGER") X(ManagerStart, "MANAGER_START") X(Cgroup, "CGROUP") \
	X(Error, "ERROR") X(Exec, "EXEC")
#define KEYENUM(key, word) Key ## key,
#define KEYNAME(key, word) word,

enum { KEYS(KEYENUM) KeyLast };

static const char *const keyname[] = { KEYS(KEYNAME) NULL };

static inline int64_t
monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000; /* ms */
}

/* 1 if s can stand in a record and in a line of a file */
static inline int
storable(const char *s)
{
	for (size_t n = 0; s[n]; n++)
		if ((unsigned char)s[n] < ' ' || s[n] == 0x7f || n >= MAXVALUE - 1)
			return 0;
	return 1;
}
