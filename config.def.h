/* See LICENSE file for copyright and license details.
 * Copy to config.h, change, `make install`, `kill -HUP` the daemon. */

enum { LingerNever, LingerMarked, LingerAlways };
enum { None, Runit, Dinit, S6, OpenRC }; /* see backends[] */
enum { LayoutElogind, LayoutSystemd };

#ifndef BACKEND /* make BACKEND=Dinit */
#define BACKEND Runit
#endif

/* services */
enum {
	backend          = BACKEND, /* what runs users' services */
	rootservices     = 0,     /* 1: root has services too */
	profile          = 0,     /* 1: services get /etc/profile's variables */
	linger           = LingerMarked, /* services that outlive the last logout */
	lingerunmanaged  = 0,     /* 1: linger in a runtime directory not ours */
};
static const unsigned firstuid = 0; /* users below this uid have no services */
/* session classes that start no services and wait for none */
static const char *const lightclasses[] = { "background", "greeter", "lock-screen", NULL };
static const char path[] = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/* seconds */
enum {
	logintimeout     = 60, /* the longest a login waits for anything */
	corewait         = 10, /* the longest a core service holds a login */
	stoptimeout      = 15, /* from the order to stop until SIGTERM to what is left */
	killtimeout      = 5,  /* from there until SIGKILL */
	stopdelay        = 2,  /* from the last logout until services are stopped */
};

/* the login's environment */
enum {
	managerundir     = 1, /* 0: another program makes the runtime directory */
	exportdbus       = 1, /* DBUS_SESSION_BUS_ADDRESS, when the bus is there */
	exportsession    = 1, /* XDG_SESSION_ID and its kin */
};
static const char rundirpath[]   = "/run/user/%u"; /* %u uid, %g gid, %% a %; "" for none */
static const char rundirsize[]   = "10%";  /* of memory, or bytes with k, m, g */
static const char rundirinodes[] = "400k"; /* files in it */

/* turnstile-sdlogin */
enum {
	sdlogin          = LayoutElogind, /* names of cgroups, for the library that is asked */
	killsession      = 0,     /* 1: what a session with a seat leaves is ended */
};

/* the log */
enum {
	logsyslog        = 1,
	logstderr        = 1,
	debug            = 0,
};

/* where users' services are: as the user's shell sees it; two words and more are
 * searched in this order */
#define RUNITDIR  "\"$HOME/.config/service\" turnstile-ready \"$HOME/.config/service-env\""
#define STALEVARS "DISPLAY WAYLAND_DISPLAY XAUTHORITY SWAYSOCK I3SOCK" \
	" XDG_CURRENT_DESKTOP NIRI_SOCKET HYPRLAND_INSTANCE_SIGNATURE"
#define DINITDIRS "-d \"$HOME/.config/dinit.d\" -d /etc/dinit.d/user" \
	" -d /usr/local/lib/dinit.d/user -d /usr/lib/dinit.d/user"
#define DINITBOOT "\"$HOME/.config/dinit.d/boot.d\" /usr/lib/dinit.d/user/boot.d"
#define S6DIR     "\"$HOME/.config/s6/service\""
#define S6CONF    "\"$HOME/.config/s6/conf\""
#define S6ENV     "\"$HOME/.config/service-env\""

/* Service managers.  The commands are sh's and run as the user: with their groups, the
 * limits and variables of the PAM session, in the home directory (or /), with /dev/null as
 * standard input, output and error.
 *
 * run executes the service manager; $1 is "first" at a login's first start, "again" at a
 * restart.  Readiness is said on descriptor 3, by records that end with a newline, a NUL
 * or the end of file.  One that begins with an exclamation mark is a complaint and goes to
 * the log; the first other one, even an empty one, says that the service manager runs.  The
 * end of file alone does not.  A manager that can say so itself keeps the descriptor (dinit
 * --ready-fd 3); any of the user's processes may do it instead, by opening
 * $TURNSTILE_DIR/ready for reading and writing, as runit's turnstile-ready does.
 *
 * ready waits for the core services; $1 is the text of that record.  It is killed shortly
 * after corewait seconds, and the login goes on; it may complain on descriptor 3.  NULL:
 * readiness is all that is waited for.
 *
 * stopsig need not wait for the services: turnstiled waits for all processes that were ever
 * started, and ends after stoptimeout what is still there.
 *
 * env is for the login, so that its shell finds the service manager: %h home, %u uid, %g
 * gid, %n name, %d the manager's own directory ($TURNSTILE_DIR/sv), %r the runtime
 * directory, %% a %.
 *
 * For nitro, which calls a service up after 2 s, with Nitro in the enum above:
 *
 *	[Nitro] = { "nitro",
 *		"d=\"$HOME/.config/nitro\"; mkdir -p \"$d\";"
 *		"export NITRO_SOCK=\"$TURNSTILE_DIR/sv/sock\";"
 *		"echo \"$d\" >&3; exec nitro \"$d\" 3>&-",
 *		"export NITRO_SOCK=\"$TURNSTILE_DIR/sv/sock\";"
 *		"until nitroctl list; do sleep 0.02; done;"
 *		"[ ! -e \"$1/core\" ] || nitroctl start $(cat \"$1/core\")",
 *		SIGTERM, { "NITRO_SOCK=%d/sock", NULL }, 0 },
 */
static const struct backend {
	const char *name;
	const char *run;   /* executes the service manager, readiness on descriptor 3 */
	const char *ready; /* waits for the core services; $1: what was said there */
	int stopsig;       /* stops the service manager and all that it runs */
	const char *env[4];
	int runsv;         /* 1: its children are runsv's, which lose an order to stop while
			    * they start their service, and are told again */
} backends[] = {
	[None]  = { "none", NULL, NULL, SIGTERM, { NULL }, 0 },
	[Runit] = { "runit",
		"set -- \"$1\" " LIBEXECDIR " " RUNITDIR " " STALEVARS "; . " LIBEXECDIR "/runit",
		NULL, SIGHUP, { /* "SVDIR=%h/.config/service", */ NULL }, 1 },
	[Dinit] = { "dinit",
		"exec " LIBEXECDIR "/dinit run " DINITDIRS,
		"exec " LIBEXECDIR "/dinit ready \"$1\" " DINITBOOT,
	/*	"exec " LIBEXECDIR "/dinit login \"$1\" " DINITBOOT, waits for login.target alone */
		SIGTERM, { NULL }, 0 },
	[S6]    = { "s6",
		"exec " LIBEXECDIR "/s6 run " S6DIR " \"$1\" " S6ENV " " STALEVARS,
		"exec " LIBEXECDIR "/s6 ready \"$1\" " S6CONF,
		SIGTERM, { NULL }, 0 },
	[OpenRC] = { "openrc",
		"exec " LIBEXECDIR "/openrc run",
		"exec " LIBEXECDIR "/openrc ready",
		SIGTERM, { NULL }, 0 },
};
