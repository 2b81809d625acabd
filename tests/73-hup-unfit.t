#!/bin/sh
# SIGHUP while the installed binary cannot take over: the old one goes on, the log
# says why, and nobody waits
config='stopdelay=0'
limit=150
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
mkuser bob
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
cp /usr/sbin/turnstiled /tmp/good

install_() {
	chmod 755 "$1"
	mv "$1" /usr/sbin/turnstiled
}

# made NAME=VALUE... [-- CHANGE...]: a binary
made() {
	rm -rf /tmp/made && mkdir /tmp/made
	cp /src/*.[ch] /src/Makefile /tmp/made
	(
		cd /tmp/made && cp config.def.h config.h || exit 1
		sed -i 's|\(stopdelay *=\) *[0-9]*|\1 0|' config.h
		[ ! "$change" ] || sed -i "$change" config.h
		make -s CFLAGS=-O0 HARDEN= "$@" turnstiled >/tmp/make 2>&1
	) && cp /tmp/made/turnstiled /tmp/binary && install_ /tmp/binary
}

script() {
	printf '%s\n' "$@" >/tmp/binary
	install_ /tmp/binary
}

# goes_on WHAT: it was told to execute what is installed now
goes_on() {
	lines=$(wc -l </tmp/log)
	kill -HUP "$daemon"
	registers "$1: meanwhile" bob
	ok "$1: the log says so" waitfor 15 eval "tail -n +$((lines + 1)) /tmp/log | grep -q 'going on\\|cannot\\|will not'"
	ok "$1: it lives" not ended "$daemon"
	ok "$1: and listens" listening
	is "$1: it is the old one" "$(cmp "/proc/$daemon/exe" /tmp/good 2>&1)" ''
	ok "$1: who was in does not notice" [ "$(starts alice foo)" = 1 ]
	registers "$1: afterwards" bob
	ok "$1: no child is left of it" waitfor 5 eval '[ "$(pgrep -c -P "$daemon" -f /usr/sbin/turnstiled)" -le 2 ]'
}

change=
made RUNDIR=/run/elsewhere
goes_on "another RUNDIR"
is "another RUNDIR: nothing is there" "$(ls /run/elsewhere 2>/dev/null)" ''
change='s|^\(static const char rundirpath.*"\)/run/user/%u"|\1/run/user/%u/"|'
if made; then
	goes_on "a bad rundirpath"
else
	ok "a bad rundirpath does not compile" grep -q rundirpath /tmp/make
fi
change='s|^\(static const char rundirpath.*"\)/run/user/%u"|\1run/user/%u"|'
if made; then
	goes_on "a relative rundirpath"
else
	ok "a relative rundirpath does not compile" grep -q rundirpath /tmp/make
fi
script '#!/bin/sh' 'exit 1'
goes_on "one that ends"
script '#!/bin/sh' 'exit 0'
goes_on "one that says nothing"
script '#!/bin/sh' 'kill -SEGV $$'
goes_on "one that crashes"
script '#!/bin/sh' 'trap "" TERM; exec sleep 1000'
goes_on "one that hangs"
script '#!/bin/sh' 'while :; do echo /run/turnstiled; done'
goes_on "one that never ends its answer"
script '#!/nowhere/interpreter'
goes_on "no interpreter"
: >/tmp/binary
install_ /tmp/binary
goes_on "an empty file"
rm /usr/sbin/turnstiled
mkdir /usr/sbin/turnstiled
goes_on "a directory"
rmdir /usr/sbin/turnstiled
cp /tmp/good /usr/sbin/turnstiled.new
install_ /usr/sbin/turnstiled.new
ok "a good one: ready again" hup
ok "who was in does not notice" [ "$(starts alice foo)" = 1 ]
finish
