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
 *   module    VERSION=1 CLOSE=id, on this connection or on a new one
 *   scanner   VERSION=1 LINGER=1 UID=1000 USER=... of each user with a marker
 *
 * The session lasts until CLOSE, the end of the connection or the death of the
 * process that connected.  Anything else said ends the connection.
 *
 * The daemon's private files hold the same strings, a newline after each. */
#include <stdint.h>
#include <string.h>
#include <time.h>

#define PROTOVERSION "1"
#define SOCKPATH     RUNDIR "/control.sock"

enum {
	MAXRECORD  = 8192, /* bytes of a record */
	MAXVALUE   = 512,  /* bytes of a value, its NUL included */
	ANSWERWAIT = 5,    /* seconds until a daemon that says nothing is given up */
};

enum {
	KeyVersion, KeyOpen, KeyClose, KeyLinger,
	/* who */
	KeyUid, KeyGid, KeyUser, KeyHome, KeyShell,
	/* the session, as in the public files */
	KeyService, KeyOriginalType, KeyType, KeyClass, KeyDesktop, KeySeat, KeyVtnr,
	KeyTty, KeyDisplay, KeyIsDisplay, KeyRemote, KeyRemoteUser, KeyRemoteHost,
	/* the runtime directory: what another module made; leave ours alone */
	KeyRuntime, KeyNorundir,
	/* only in the daemon's private files */
	KeyLeader, KeyStart, KeyPid, KeyState, KeyManaged, KeyBus,
	KeyOrder, KeyOrders,
	KeyManager, KeyManagerStart, KeyCgroup,
	KeyLast
};

static const char *const keyname[KeyLast] = {
	"VERSION", "OPEN", "CLOSE", "LINGER",
	"UID", "GID", "USER", "HOME", "SHELL",
	"SERVICE", "ORIGINAL_TYPE", "TYPE", "CLASS", "DESKTOP", "SEAT", "VTNR",
	"TTY", "DISPLAY", "IS_DISPLAY", "REMOTE", "REMOTE_USER", "REMOTE_HOST",
	"RUNTIME", "NORUNDIR",
	"LEADER", "START", "PID", "STATE", "MANAGED", "BUS",
	"ORDER", "ORDERS",
	"MANAGER", "MANAGER_START", "CGROUP",
};

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
	size_t n;

	for (n = 0; s[n]; n++)
		if ((unsigned char)s[n] < ' ' || s[n] == 0x7f || n >= MAXVALUE - 1)
			return 0;
	return 1;
}
