# shellcheck shell=sh disable=SC2154
# Functions for the tests.  A test begins with
#
#	config='stopdelay=0'	# changes of config.def.h, separated by blanks
#	cgroup=none		# or unified (which goes without saying), hybrid
#	controllers=hugetlb	# of cgroup2, that are to be had in there if they are here
#	limit=120		# seconds until it is given up
#	. "${0%/*}/lib.sh"
#
# and from there on runs as root in a copy of the system that nobody else sees:
# an overlay with its own mounts, processes, network, /run, /tmp, /dev and cgroup, the
# program built and installed, the PAM line added, a user alice.  Nothing of it
# is left, however the test ends.
#
# TURNSTILE_BUILD is a directory that keeps what is built for the next test, as
# long as no source changes; TURNSTILE_SAN=1 builds with the address and undefined
# behaviour sanitizers; TURNSTILE_SHELL=1 gives a shell in there where a check
# fails.  A test that is not over in time says where it is.  With sanitizers there are two
# modules, as one with the address sanitizer is for programs that have its library: the
# service "test" has it, other programs' traps what is undefined, without a library.
#
# CC and LDFLAGS build with another compiler, and TURNSTILE_ROOT is a directory with
# the libraries of its programs; see tests/ports.
#
# A test that says "# with each service manager" is no matter of runit:
# TURNSTILE_BACKEND=dinit, s6 or openrc runs it with that one.  service, check, core and
# bus make the same for it: service NAME is up when its check script says so.

common=/etc/pam.d/common-session
[ -e $common ] || common=/etc/pam.d/system-login
backend=${TURNSTILE_BACKEND:-runit}
case $backend in
runit) sm=runsvdir change= ;;
dinit) sm=dinit change=' backend=Dinit' ;;
s6) sm=s6-svscan change=' backend=S6' ;;
openrc) sm=openrc change=' backend=OpenRC' ;;
esac

## outside

# sources: what the program is built and installed from
sources() {
	for f in "$src"/*; do
		case $f in
		*/tests | */config.h | */turnstiled | *.o | *.so | *.gz) ;;
		*) echo "$f" ;;
		esac
	done
}

# client ARG...: compiles it
client() {
	# shellcheck disable=SC2086
	${CC:-cc} -std=c99 -D_GNU_SOURCE -Wall -Wextra "$src/tests/client.c" "$@" ${LDFLAGS-} -lpam
}

# modules: with sanitizers, the client and the other module
modules() {
	# shellcheck disable=SC2086
	client -o client.san $san options.o && module=$(find dest -name pam_turnstile.so) &&
	    mkdir dest/opt && mv "$module" dest/opt &&
	    make -s HARDEN= CFLAGS='-O1 -g -fsanitize=undefined -fsanitize-undefined-trap-on-error' \
		pam_turnstile.so && cp pam_turnstile.so "$module"
}

# build CONFIG: prints the directory, which is another one when a source changes
build() {
	# shellcheck disable=SC2046
	key=$(
		cd "$src" && echo "$1 ${TURNSTILE_SAN-}" &&
		    find $(sources | sed 's|.*/||') tests/client.c -type f -exec cksum {} + | sort
	)
	dir=$TURNSTILE_BUILD/$(echo "$key" | cksum | tr -d ' ')
	mkdir -p "$dir"
	(
		flock 9
		[ ! -e "$dir/built" ] || exit 0
		sources | while read -r f; do cp -R "$f" "$dir" || exit; done
		cd "$dir" && cp config.def.h config.h || exit 1
		for change in $1; do
			sed "s|\(^.*[ 	]${change%%=*}\(\[\]\)\{0,1\} *=\) *[^,;]*|\1 ${change#*=}|" \
			    config.h >new
			grep -q "[ 	]${change%%=*}.*= ${change#*=}" new ||
			    echo "# config.h: there is no ${change%%=*}" >&2
			mv new config.h
		done
		set --
		[ ! "${TURNSTILE_SAN-}" ] || {
			san="-fsanitize=address,undefined -fno-sanitize-recover=undefined -O1 -g"
			set -- HARDEN= CFLAGS="$san" LDFLAGS="$dir/options.o"
			cc -c -fPIC -o options.o -x c - <<-'END' || exit
			const char *__asan_default_options(void) { return
				"verify_asan_link_order=0:detect_leaks=0:log_path=/tmp/asan/a"; }
			const char *__ubsan_default_options(void) { return "print_stacktrace=1"; }
			END
		}
		{
			make -s "$@" all && make -s "$@" install DESTDIR="$dir/dest" &&
			    client -o client && { [ ! "${TURNSTILE_SAN-}" ] || modules; }
		} >log 2>&1 || { sed 's/^/# /' log >&2; exit 1; }
		: >built
	) 9>"$dir/lock" && echo "$dir"
}

overlay() {
	mkdir -p "up$1" "work$1"
	mount -t overlay overlay -o "lowerdir=${1:-/},upperdir=up$1,workdir=work$1" \
	    "root$1" && chmod --reference="${1:-/}" "root$1"
}

makeroot() {
	mount -t tmpfs -o mode=755 turnstile "$TURNSTILE_BUILD/root" &&
	    cd "$TURNSTILE_BUILD/root" && mkdir root && overlay '' || return 1
	for d in /usr /var /etc /home /opt; do
		! mountpoint -q $d || overlay $d
	done
	mount -t tmpfs -o mode=755 run root/run
	mount -t tmpfs -o mode=1777 tmp root/tmp
	mount -t tmpfs -o mode=755 dev root/dev
	mount -t sysfs sys root/sys
	mkdir root/dev/pts root/dev/shm root/src
	mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts root/dev/pts
	ln -s pts/ptmx /proc/self/fd root/dev
	for d in null zero full random urandom tty fuse; do
		[ ! -e /dev/$d ] || cp -a /dev/$d root/dev
	done
	mount --bind "$src" root/src
	mount -o remount,bind,ro root/src
	cp "$1/client" root/usr/bin/turnstile-init
	cp "$1/client${TURNSTILE_SAN:+.san}" root/usr/bin/turnstile-client
	# as make install would, but that was done once; /lib is a link here
	tar -C "$1/dest" -cf - . | tar -C root --keep-directory-symlink -xf - || return 1
	[ ! "${TURNSTILE_ROOT-}" ] || cp -R "$TURNSTILE_ROOT/." root || return 1
	[ ! "${TURNSTILE_SAN-}" ] || mkdir -m 1777 root/tmp/asan
	mkdir cgroup
	mount -t cgroup2 cgroup2 cgroup || return 0
	# one that was killed may have left its own, and its number is given again
	find cgroup/turnstile-test.$$ -depth -type d -exec rmdir {} + 2>/dev/null
	mkdir "cgroup/turnstile-test.$$"
	[ ! "${controllers-}" ] || mkdir "cgroup/turnstile-test.$$/start"
	for c in ${controllers-}; do
		if grep -qw "$c" cgroup/cgroup.controllers; then
			echo "+$c" >cgroup/cgroup.subtree_control
		fi
	done
}

# whatever happens: processes, cgroup, mounts, files
cleanup() {
	trap '' HUP INT TERM
	[ ! "${child-}" ] || { kill -KILL "$child"; wait "$child"; } 2>/dev/null
	i=0
	while [ -d cgroup/turnstile-test.$$ ] && [ $((i += 1)) -le 50 ]; do
		find cgroup/turnstile-test.$$ -depth -type d -exec rmdir {} + 2>/dev/null ||
		    sleep 0.1
	done
	cd / && while umount -l "$TURNSTILE_BUILD/root" 2>/dev/null; do :; done
	[ ! "$mine" ] || rm -rf --one-file-system "$TURNSTILE_BUILD"
}

outside() {
	cd "${0%/*}/.." && src=$PWD
	if [ "$(id -u)" != 0 ]; then
		case $0 in *.t) printf 'Bail out! ' ;; esac
		echo "${0##*/}: must be root, to make a private copy of the system"
		exit 1
	fi
	skip=
	command -v "$sm" >/dev/null || skip="$sm is not installed"
	[ ! "$skip" ] || { echo "1..0 # SKIP $skip"; exit 0; }
	mine=${TURNSTILE_MINE-}
	[ "${TURNSTILE_BUILD-}" ] || TURNSTILE_BUILD=$(mktemp -d) mine=1
	mkdir -p "$TURNSTILE_BUILD/root"
	trap cleanup EXIT
	trap 'exit 1' HUP INT TERM
	tree=$(build "${config-}$change") || exit 1
	[ ! "${TURNSTILE_SHELL-}" ] || limit=86400
	[ "${TURNSTILE_STAGE-}" ] || TURNSTILE_STAGE=1 TURNSTILE_MINE=$mine \
	    TURNSTILE_BUILD=$TURNSTILE_BUILD exec "$tree/client" private \
	    "$src/tests/${0##*/}" "$@"
	[ -e /proc/self ] || mount -t proc proc /proc
	makeroot "$tree" || exit 1
	exec 3<&0
	(
		! [ -d cgroup/turnstile-test.$$ ] || echo 0 >cgroup/turnstile-test.$$/cgroup.procs
		exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		    HOME=/root TERM="${TERM:-dumb}" TURNSTILE_STAGE=2 TURNSTILE_SAN="${TURNSTILE_SAN-}" \
		    TURNSTILE_BACKEND="${TURNSTILE_BACKEND-}" TURNSTILE_SHELL="${TURNSTILE_SHELL-}" \
		    setpriv --pdeathsig KILL unshare --cgroup sh -c \
		    '[ ! -d "$0" ] || echo 0 >"$0/cgroup.procs"; exec "$@"' \
		    "cgroup/turnstile-test.$$/start" \
		    setpriv --pdeathsig KILL unshare --pid --ipc --net --uts --fork --kill-child \
		    chroot root turnstile-init init "${limit:-120}" \
		    "/src/tests/${0##*/}" "$@" <&3 3<&-
	) &
	child=$!
	exec 3<&-
	wait $child
	status=$?
	child=
	exit $status
}

## inside

inside() {
	n=0 failed=0 daemon=
	cd / || exit 1
	mount -t proc proc /proc
	! mountpoint -q /sys/fs/cgroup || umount /sys/fs/cgroup
	mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
	case ${cgroup-} in
	none) ;;
	hybrid) mkdir /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified ;;
	*) mount -t cgroup2 cgroup2 /sys/fs/cgroup ;;
	esac
	touch /tmp/log /tmp/syslog
	turnstile-client log /dev/log /tmp/syslog &
	pamline 'session optional pam_turnstile.so'
	printf '%s\n' 'auth required pam_permit.so' 'account required pam_permit.so' \
	    "session optional ${TURNSTILE_SAN:+/opt/}pam_turnstile.so" >/etc/pam.d/test
	mkuser alice
	waitfor 5 [ -S /dev/log ]
}

# pamline LINE: in every login
pamline() {
	echo "$1" >>$common
}

mkuser() {
	useradd -m -s /bin/sh "$@"
}

# waitfor SECONDS COMMAND...: until it succeeds; 1 if it does not.  What it is
# to look at anew each time belongs in a function, or eval '...'
waitfor() {
	end=$(($(now) + $1 * 100))
	shift
	until "$@"; do
		[ "$(now)" -lt $end ] || return 1
		sleep 0.02
	done
}

# rnd N: sets r to a number below N, by the variable random
rnd() {
	random=$(((random * 1103515245 + 12345) & 0x7fffffff))
	r=$(((random >> 12) % $1))
}

# hundredths of a second
now() {
	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}"
}

# at_ COMMAND...: notes where the test is, see the end of this file
at_() {
	echo "${at:+$at, }$*" >/tmp/at
	at=
	"$@"
}

# stuck: the time is over; says where the test is and what there is, then ends it
stuck() {
	echo "# the time limit is over, at or after: $(sed 's/: \[:[^,]*//' /tmp/at)"
	for p in /proc/[0-9]*; do
		[ "$p" = /proc/1 ] && continue # this one
		line=$(awk '{ v[$1] = $2 } END { print v["Pid:"], v["PPid:"], v["Uid:"], v["State:"] }' "$p/status")
		line="$line $(cat "$p/wchan") $(tr '\0' ' ' <"$p/cmdline" | cut -c 1-100)"
		[ ! -e "$p" ] || echo "$line"
	done >/tmp/stuck 2>/dev/null
	echo "# pid, parent, uid, state, what it waits in, command:"
	sed 's/^/#	/' /tmp/stuck
	tail -n 60 /tmp/log /tmp/syslog /tmp/screen.* 2>/dev/null | sed 's/^/# /'
	exit 124
}

# look_around: a shell, to see why a check has failed
look_around() {
	[ "$TURNSTILE_SHELL" ] && (: </dev/tty) 2>/dev/null || return 0
	echo "# a shell in the test's root; exit goes on" >/dev/tty
	sh -i </dev/tty >/dev/tty 2>&1
}

# skip WHAT WHY: of this check
skip() {
	n=$((n + 1))
	printf 'ok %d - %s # SKIP %s\n# %s: skipped: %s\n' $n "$1" "$2" "${0##*/}" "$2"
}

# fresh: to a copy of the source, in which nothing is built
fresh() {
	cp -R /src /tmp/src && cd /tmp/src && rm -f config.h .built-* turnstiled ./*.so || exit 1
}

# freezer: there is $box, a cgroup of v1, which holds also who was killed
freezer() {
	mkdir /tmp/freezer
	mount -t cgroup -o freezer freezer /tmp/freezer || { echo '1..0 # SKIP no v1 freezer'; exit 0; }
	box=/tmp/freezer/turnstile-test.$(date +%s%N)
	mkdir "$box"
}

# freeze PID: it does nothing more; thaw: it goes on
freeze() {
	echo "$1" >"$box/cgroup.procs"
	echo FROZEN >"$box/freezer.state"
}

thaw() {
	echo THAWED >"$box/freezer.state"
}

# needs PROGRAM...: without one of them there is no test
needs() {
	for p; do
		command -v "$p" >/dev/null || { echo "1..0 # SKIP $p is not installed"; exit 0; }
	done
}

# ok WHAT COMMAND...
ok() {
	n=$((n + 1)) test=$1
	shift
	if "$@" >/tmp/why 2>&1; then
		printf 'ok %d - %s\n' $n "$test"
	else
		printf 'not ok %d - %s\n# failed: %s\n' $n "$test" "$*"
		sed 's/^/# /' /tmp/why
		failed=1
		look_around
	fi
}

# is WHAT GOT WANTED
is() {
	[ "$2" = "$3" ] || printf "got '%s', wanted '%s'\n" "$2" "$3" | sed 's/^/# /'
	ok "$1" [ "$2" = "$3" ]
}

not() {
	! "$@"
}

# lacks [-e] FILE PATTERN: the file is there, is not empty (-e: it may be), and no
# line of it matches.  `not grep` would be as content with no file at all.
lacks() {
	empty=
	[ "$1" != -e ] || { empty=1 && shift; }
	[ -f "$1" ] || { echo "there is no file $1"; return 1; }
	[ "$empty" ] || grep -q '' "$1" || { echo "$1 is empty"; return 1; }
	grep -e "$2" "$1"
	[ $? = 1 ] # neither found nor an error
}

# the end of each test: the daemon stops and leaves nothing
finish() {
	if [ "$daemon" ]; then
		for f in /tmp/s.*.in; do
			[ ! -p "$f" ] || { f=${f%.in}; logout "${f#/tmp/s.}"; }
		done
		kill -TERM "$daemon"
		waitfor 30 ended "$daemon"
		ok "the daemon ends" ended "$daemon"
		wait "$daemon"
		is "its exit status" $? 0
		is "it leaves no file" "$(find /run/turnstiled /run/user -name '[0-9]*' 2>/dev/null)" ''
		is "no process is left" "$(procs alice)" ''
	fi
	if [ "$TURNSTILE_SAN" ]; then
		ok "no complaint of a sanitizer" reports
	fi
	[ $failed = 0 ] || tail -n 60 /tmp/log /tmp/syslog /tmp/screen.* 2>/dev/null | sed 's/^/# /'
	echo "1..$n"
	exit $failed
}

# libubsan writes to standard error whatever it is told, and then aborts
reports() {
	cat /tmp/asan/* 2>/dev/null | head -60
	[ -d /tmp/asan ] && [ ! "$(ls /tmp/asan)" ] && lacks -e /tmp/log 'runtime error:'
}

# daemon [ARG...]: with sanitizers its leaks are told at its end, unless leaks=0, as that
# cannot be below strace
daemon() {
	ASAN_OPTIONS=detect_leaks=${leaks:-1} turnstiled "$@" 2>>/tmp/log &
	daemon=$!
	waitfor 5 listening
}

# crash: of the daemon
crash() {
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
}

# listening: it is; a killed one leaves its socket behind
listening() {
	sockets=$(awk '$4 == "00010000" && $8 ~ "^/run/turnstiled/control.sock" {
	    print "socket:[" $7 "]" }' /proc/net/unix)
	[ "$sockets" ] && find "/proc/$daemon/fd" -printf '%l\n' | grep -qF "$sockets" &&
	    [ "$(find /run/turnstiled -maxdepth 1 -type s)" = /run/turnstiled/control.sock ]
}

# ended PID: it is gone, or a zombie
ended() {
	! grep -qs '^State:[	 ]*[^Z	 ]' "/proc/$1/status"
}

# traced ARG...: strace with these, in the background, when it is attached; its pid is
# $strace
traced() {
	rm -f /tmp/strace
	strace "$@" 2>/tmp/strace &
	strace=$!
	waitfor 5 grep -qs attached /tmp/strace
}

# procs USER: pid and name of each of its processes
procs() {
	find /proc -maxdepth 1 -user "$1" -name '[0-9]*' 2>/dev/null | while read -r p; do
		ended "${p#/proc/}" || echo "${p#/proc/} $(cat "$p/comm")"
	done 2>/dev/null
}

# idle USER: has no process
idle() {
	[ ! "$(procs "$1")" ]
}

# shell USER COMMAND: a login on a terminal, through su
shell() {
	turnstile-client pty su - "$1" -c "$2" </dev/null | tr -d '\r'
}

# as USER COMMAND: without a login
as() {
	setpriv --reuid "$1" --regid "$1" --init-groups --reset-env sh -c "$2"
}

# answers: alice's session bus
answers() {
	shell alice 'dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
	    org.freedesktop.DBus.GetId' | grep -q '^method return'
}

# gone USER: nothing of this login is left
gone() {
	idle "$1" && [ ! -e "/run/user/$(id -u "$1")" ] &&
	    [ ! -e "/run/turnstiled/users/$(id -u "$1")" ] &&
	    [ ! -e "/run/turnstiled/$(id -u "$1")" ]
}

# key FILE KEY: the value in a state file below /run/turnstiled
key() {
	sed -n "s/^$2=//p" "/run/turnstiled/$1" 2>/dev/null
}

# state USER: of the login
state() {
	[ ! -e "/run/turnstiled/users/$(id -u "$1")" ] || key "users/$(id -u "$1")" STATE
}

is_state() {
	[ "$(state "$1")" = "$2" ]
}

nsessions() {
	find /run/turnstiled/sessions -name '[0-9]*' | wc -l
}

is_nsessions() {
	[ "$(nsessions)" = "$1" ]
}

# terminal NAME CMD...: runs CMD on a terminal; what it shows is in
# /tmp/screen.NAME, what is typed comes from /tmp/keys.NAME
terminal() {
	name=$1
	shift
	mkfifo -m 600 "/tmp/keys.$name"
	touch "/tmp/screen.$name"
	turnstile-client pty "$@" <>"/tmp/keys.$name" >>"/tmp/screen.$name" &
	eval "pid_$name=$!"
}

# type_ NAME LINE
type_() {
	echo "$2" 1<>"/tmp/keys.$1"
}

# shows NAME PATTERN: on its screen
shows() {
	tr -d '\r' <"/tmp/screen.$1" | grep -q -e "$2"
}

# managers USER: the pids of his service managers (one, it is hoped); our own
# script may have the same name, and with OpenRC it is the manager
managers() {
	procs "$1" | sed -n "s/ $sm$//p" | while read -r p; do
		if [ $backend != openrc ]; then
			grep -aqs /libexec/turnstile/ "/proc/$p/cmdline" || echo "$p"
		elif runs "$p" && ! runs "$(field "$p" 2)"; then
			echo "$p"
		fi
	done
}

# field PID N: the Nth in /proc/PID/stat after the name
field() {
	sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f"$2"
}

# runs PID: `openrc run`, or what that forks
runs() {
	grep -azqsx run "/proc/$1/cmdline"
}

# supervisor USER, pamprocess USER: its pid
supervisor() {
	key "private/logins/$(id -u "$1")" PID
}

pamprocess() {
	pgrep -u root -P "$(supervisor "$1")"
}

# hide: the service manager is not there any more; unhide: it is there again
hide() {
	hidden=$(command -v "$sm")
	mv "$hidden" "$hidden.hidden"
}

unhide() {
	mv "$hidden.hidden" "$hidden"
}

# svdir USER: where his services are
svdir() {
	case $backend in
	runit) echo ".config/service" ;;
	dinit) echo ".config/dinit.d" ;;
	s6) echo ".config/s6/service" ;;
	openrc) echo ".config/rc" ;;
	esac | sed "s|^|$(getent passwd "$1" | cut -d: -f6)/|"
}

# service USER NAME [SH]: a service, with a line in /tmp/up.USER.NAME a start
service() {
	dir=$(svdir "$1")/$2 ready=
	if [ $backend != runit ]; then
		ready='if [ -x ./check ]; then
			(until ./check; do
				kill -0 $$ || exit
				sleep 0.02
			done; echo >&4) &
		else echo >&4; fi; exec 4>&-'
	fi
	if [ $backend = dinit ]; then
		mkdir -p "${dir%/*}/boot.d"
		ln -sf "../$2" "${dir%/*}/boot.d/$2"
		printf '%s\n' 'type = process' "command = $dir.d/run" "working-dir = $dir.d" \
		    'ready-notification = pipefd:4' 'before: login.target' >"$dir"
		dir=$dir.d
	fi
	if [ $backend = openrc ]; then
		printf '%s\n' 'supervisor=supervise-daemon' "command=$dir.d/run" "directory=$dir.d" \
		    notify=fd:4 respawn_max=0 | openrcd "$1" "$2"
		dir=$dir.d
	fi
	mkdir -p "$dir"
	printf '#!/bin/sh\necho $$ >>/tmp/up.%s.%s\n%s\n%s\n' "$1" "$2" "$ready" \
	    "${3:-exec sleep 1000}" >"$dir/run"
	chmod +x "$dir/run"
	[ $backend != s6 ] || echo 4 >"$dir/notification-fd"
	owned "$1"
}

# openrcd USER NAME: a service of OpenRC's, from standard input, in the default
# runlevel; it does not notice one that is made within a second of the last look
openrcd() {
	rc=$(svdir "$1")
	rm -f "$rc"/../../.cache/rc/dep*
	mkdir -p "$rc/init.d" "$rc/runlevels/default"
	{ echo "#!$(command -v openrc-run)" && cat; } >"$rc/init.d/$2"
	chmod +x "$rc/init.d/$2"
	ln -sf "../../init.d/$2" "$rc/runlevels/default/$2"
}

owned() {
	chown -R "$1:" "$(getent passwd "$1" | cut -d: -f6)/.config"
}

# check USER NAME SH: the service's check script
check() {
	dir=$(svdir "$1")/$2
	case $backend in dinit | openrc) dir=$dir.d ;; esac
	printf '#!/bin/sh\n%s\n' "$3" >"$dir/check"
	chmod +x "$dir/check"
}

# core USER LINE: the conf of turnstile-ready; dinit waits for all of boot.d, and
# OpenRC for its default runlevel
core() {
	case $backend in
	runit) conf=$(svdir "$1")/turnstile-ready/conf ;;
	s6) conf=$(svdir "$1")/../conf ;;
	dinit | openrc) return ;;
	esac
	mkdir -p "${conf%/*}"
	echo "$2" >"$conf"
	owned "$1"
}

# bus USER: a session bus, as README says
bus() {
	dir=$(svdir "$1") ex=/usr/share/examples/turnstile
	case $backend in
	runit)
		mkdir -p "$dir/dbus"
		ln -s $ex/dbus.run "$dir/dbus/run"
		ln -s $ex/dbus.check "$dir/dbus/check" ;;
	dinit)
		mkdir -p "$dir/boot.d"
		ln -s $ex/dbus.dinit "$dir/dbus"
		ln -s ../dbus "$dir/boot.d/dbus" ;;
	s6)
		mkdir -p "$dir/dbus"
		ln -s $ex/dbus.s6 "$dir/dbus/run"
		echo 4 >"$dir/dbus/notification-fd" ;;
	openrc)
		mkdir -p "$dir/init.d" "$dir/runlevels/default"
		ln -s $ex/dbus.openrc "$dir/init.d/dbus"
		ln -s $ex/dbus.openrc "$dir/runlevels/default/dbus" ;;
	esac
	owned "$1"
}

# starts USER NAME: how often the service was started
starts() {
	if [ -e "/tmp/up.$1.$2" ]; then wc -l <"/tmp/up.$1.$2"; else echo 0; fi
}

# started USER NAME [TIMES]
started() {
	[ "$(starts "$1" "$2")" = "${3:-1}" ]
}

# lastpid USER NAME: of the service
lastpid() {
	tail -n 1 "/tmp/up.$1.$2"
}

# process NAME LINE...: a process that is told PAM sessions, see client.c
process() {
	name=$1
	mkfifo "/tmp/s.$1.in" "/tmp/s.$1.out"
	turnstile-client session "/tmp/s.$1.in" "/tmp/s.$1.out" 2>>/tmp/syslog &
	eval "pid_$1=$!"
	shift
	[ $# = 0 ] || tell "$name" "$@" >/tmp/told
}

# tell NAME LINE...: and print its answer
tell() {
	name=$1
	shift
	printf '%s\n' "$@" >"/tmp/s.$name.in"
	cat "/tmp/s.$name.out"
}

# login NAME USER LINE...: a session, by service "test", on a terminal (else it
# would be a background one); the lines come before it is opened.
login() {
	name=$1 user=$2
	shift 2
	process "$name" "start test $user" 'item tty pts/7' "$@"
	id=$(tell "$name" open)
	[ "$id" = 0 ] || echo "# $name: open says $id"
	tell "$name" env >"/tmp/env.$name"
}

# comes NAME USER LINE...: a login that waits for its answer in the background: wait for
# the pid in the variable NAME, then that is in /tmp/NAME
comes() {
	name=$1 user=$2
	shift 2
	process "$name" "start test $user" 'item tty pts/7' "$@"
	tell "$name" open >"/tmp/$name" &
	eval "$name=\$!"
}

# var NAME VARIABLE: of a session's environment
var() {
	sed -n "s/^$2=//p" "/tmp/env.$1"
}

# pid NAME, session NAME: its process, its (last) session's file
pid() {
	eval "echo \$pid_$1"
}

session() {
	grep -l "^LEADER=$(pid "$1")$" /run/turnstiled/sessions/* 2>/dev/null |
	    sort -t/ -k5n | sed -n '$s|/run/turnstiled/||p'
}

# has NAME KEY: the value in that file
has() {
	file=$(session "$1")
	[ ! "$file" ] || key "$file" "$2"
}

# logout NAME...
logout() {
	for s; do
		tell "$s" close end exit >/dev/null
		rm -f "/tmp/s.$s.in" "/tmp/s.$s.out"
	done
}

logged() {
	grep -q -e "$1" /tmp/log
}

case ${TURNSTILE_STAGE-} in
2) inside ;;
3) stuck ;;
*) outside "$@" ;;
esac

# where a test is, for stuck(): its own calls of these are noted, with their line,
# which dash says only in an error message (LINENO is empty there)
alias ok='at_ ok' is='at_ is' skip='at_ skip'
for f in waitfor daemon login comes logout process tell terminal shell as wait finish; do
	# shellcheck disable=SC2139
	alias "$f=at=\"\$LINENO\$([ line -eq 0 ] 2>&1)\" at_ $f"
done
