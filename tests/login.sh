# shellcheck shell=sh disable=SC2154
# What the tests of login programs share, after lib.sh: alice has a core service
# foo, and a command look that writes down what a login sees.
! [ -e /etc/pam.d/common-session-noninteractive ] ||
    cat >>/etc/pam.d/common-session-noninteractive <<-'END'
	session optional pam_turnstile.so
	END
service alice foo
core alice 'core_services="foo"'

# look NAME: to /tmp/saw.NAME, and leaves a process behind
cat >/usr/bin/look <<-'END'
	#!/bin/sh
	exec 9>"/tmp/saw.$1.new"
	{
		env
		sed 's/^/session./' "/run/turnstiled/sessions/$XDG_SESSION_ID"
		echo "me=$(id -un)"
		echo "rundir=$(stat -c %a%U "$XDG_RUNTIME_DIR")"
		echo "leader=$(cat "/proc/$(sed -n 's/^LEADER=//p' \
		    "/run/turnstiled/sessions/$XDG_SESSION_ID")/comm")"
		echo "sockets=$(ls -l /proc/$$/fd | grep -v ' [012] ->' | grep -c socket:)"
		kill -0 "$(tail -n 1 "/tmp/up.$(id -un).foo")" && echo services=up
	} >&9 2>"/tmp/saw.$1.err"
	exec 9>&-
	setsid sleep 1000 </dev/null >/dev/null 2>&1 &
	echo "left=$!" >>"/tmp/saw.$1.new"
	mv "/tmp/saw.$1.new" "/tmp/saw.$1"
	echo "seen $1"
END
chmod 755 /usr/bin/look

# saw NAME KEY
saw() {
	sed -n "s|^$2=||p" "/tmp/saw.$1" 2>/dev/null
}

# looked WHAT NAME LEADER "KEY=VALUE ...": what it saw; the user is alice and has
# services unless KEY says me=USER, services=
looked() {
	ok "$1: in" waitfor 15 [ -e "/tmp/saw.$2" ]
	me=alice services=up rundir=
	for w in $4; do
		case $w in
		me=*) me=${w#*=} ;;
		services=*) services=${w#*=} ;;
		*) is "$1: ${w%%=*}" "$(saw "$2" "session.${w%%=*}")" "${w#*=}" ;;
		esac
	done
	is "$1: USER" "$(saw "$2" session.USER)" "$me"
	is "$1: the leader" "$(saw "$2" leader)" "$3"
	is "$1: services" "$(saw "$2" services)" "$services"
	is "$1: XDG_RUNTIME_DIR" "$(saw "$2" XDG_RUNTIME_DIR)" "/run/user/$(id -u $me)"
	is "$1: the directory" "$(saw "$2" rundir)" "700$me"
	is "$1: XDG_SESSION_CLASS" "$(saw "$2" XDG_SESSION_CLASS)" "$(saw "$2" session.CLASS)"
	is "$1: no descriptor of the module" "$(saw "$2" sockets)" 0
}

# out WHAT NAME [USER]: what was left behind holds nothing, all the rest is gone
out() {
	ok "$1: the session has ended" waitfor 5 is_nsessions 0
	ok "$1: what it left behind lives" not ended "$(saw "$2" left)"
	ok "$1: the runtime directory is gone" waitfor 5 \
	    [ ! -e "/run/user/$(id -u "${3:-alice}")" ]
	kill "$(saw "$2" left)"
	ok "$1: all is gone" waitfor 5 gone "${3:-alice}"
}
