#!/bin/sh
# The run script of runit's service turnstile-ready: tells turnstiled when
# the user's core services are up, or names those that are not.  They are in
# ./conf, as in core_services="dbus foo"; a dbus that is not down is always
# one of them.  sv start would nearly do, but it fails while there is no
# runsv yet, looks every 420 ms only, and hangs with a check that hangs.
# shellcheck disable=SC2016

set -f
wait=${TURNSTILE_COREWAIT:-10} core='' end=0 notes='' waiting='' answers=''

# open for reading too, so that nobody's absence blocks us
tell() { [ -p "$TURNSTILE_DIR/ready" ] && printf '%s\n' "$*" 1<>"$TURNSTILE_DIR/ready"; }

late() { # how many tenths of a second are left at the start of this process, which
	# is to be a new one: a /proc with subset=pid has no other clock
	read -r stat </proc/self/stat
	# shellcheck disable=SC2086
	set -- ${stat##*)}
	left=$((end - ${20} / 10))
	[ $left -lt 1 ]
}

command -v timeout >/dev/null || timeout() { shift 3; "$@"; }
ask() { # for 2 s at most, from a new process
	late && return 1
	[ $left -lt 20 ] || left=20
	timeout -s KILL $((left / 10)).$((left % 10)) "$@"
}

# a socket may be left over, and others may have one of the same name
bus() {
	[ -S "$XDG_RUNTIME_DIR/bus" ] || return
	[ "$answers" ] || grep -q " 00010000 .* $XDG_RUNTIME_DIR/bus\$" /proc/self/net/unix
}

noted() { case $notes in *"($*)"*) ;; *) return 1 ;; esac; }

isup() { # as sv check would say
	# fails as long as there is no runsv.  Who is not down is told nothing: a word
	# that comes after runsv's order to exit would undo that
	[ -e "$1/down" ] && word=up || word=status
	noted "$1" || { sv $word "$1" >/dev/null 2>&1 && notes="$notes($1)"; } || return
	read -r stat <"$1/supervise/stat" && [ "${stat%%,*}" = run ] &&
	    read -r pid <"$1/supervise/pid" || return
	if [ -x "$1/check" ]; then
		(cd "$1" && ask ./check </dev/null >/dev/null 2>&1)
	elif [ "$1" = ../dbus ] && [ "$XDG_RUNTIME_DIR" ]; then
		bus
	else # one that dies at once is not up: two looks, one process
		noted "$1 $pid" || { notes="$notes($1 $pid)"; return 1; }
	fi
}

late; end=$((wait * 10 - left))
# one line and no more: what conf leaves in the background may hold the pipe open
conf='=0'
[ ! -e conf ] || conf=$({ ask sh -c '. ./conf >/dev/null
    set -f; printf "%s " $core_services'; echo "=$?"; } | head -n 1)
core=${conf%=*}
if [ "${conf##*=}" != 0 ]; then
	tell "!$PWD/conf ignored, it fails or takes over 2 s: $(ask sh -n ./conf 2>&1 | tr '\n' ' ')"
fi
[ -e ../dbus/run ] && [ ! -e ../dbus/down ] && core="$core dbus"
for s in $core; do
	case "$waiting " in *" ../$s "*) continue ;; esac
	[ -d "../$s" ] && waiting="$waiting ../$s" && continue
	tell "!core service $s is not in ${PWD%/*}, login does not wait for it"
done
while [ "$waiting" ]; do
	todo=$waiting waiting=''
	for d in $todo; do
		if ! isup "$d"; then
			waiting="$waiting $d"
		elif [ "$d" = ../dbus ]; then
			answers=1
		fi
	done
	[ -z "$waiting" ] || (late && exit 1; exec sleep 0.005) || break
done
for d in $waiting; do
	tell "!core service ${d#../} not up after $wait s, login goes on; see sv status ${PWD%/*}/${d#../}"
done
[ ! "$XDG_RUNTIME_DIR" ] || ! bus || tell bus
tell ready
exec sleep 2147483647
