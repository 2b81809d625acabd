#!/bin/sh
# whatever a user says for the log arrives there as printable ASCII, on one line
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
service alice foo 'r=$TURNSTILE_DIR/ready
	printf "!c0 \001\033[2J\007 c0\n" 1<>"$r"
	printf "!c1 \205\233 c1\n" 1<>"$r"
	printf "!utf8-c1 \302\205\302\233 c1\n" 1<>"$r"
	printf "!bidi \342\200\256\342\201\246\342\200\217 bidi\n" 1<>"$r"
	printf "!invisible \342\200\213\357\273\277\363\240\201\201 invisible\n" 1<>"$r"
	printf "!line \342\200\250\342\200\251 line\n" 1<>"$r"
	printf "!bad \300\200\355\240\200\377\376 bad\n" 1<>"$r"
	printf "!cut \342\n" 1<>"$r"
	printf "!carriage\rturnstiled: return\n" 1<>"$r"
	printf "!last of foo\n" 1<>"$r"
	exec sleep 1000'
sed -i 's|^exec sleep.*|sleep 0.7; echo ready 1<>"$TURNSTILE_DIR/ready"; &|' "$(svdir alice)/foo/run"
check alice foo '[ -s /tmp/up.alice.foo ] && sleep 1'
core alice 'core_services="foo"'
daemon
login a alice "item rhost $(printf 'h\303\266st')"
ok "what it says is logged" waitfor 5 logged 'last of foo'
for what in c0 c1 utf8-c1 bidi invisible line bad cut carriage; do
	ok "$what is logged" logged ": $what"
done
# strings of the login itself
hostile say "$(printf 'VERSION=1/OPEN=5/UID=30099/GID=30099/USER=b\302\205b\342\200\256/CLASS=x/')" >/tmp/said
hostile say "$(printf 'VERSION=1/OPEN=5/UID=30099/GID=x/USER=b\302\205b\342\200\256/CLASS=x/')" >/tmp/said
touch "$(printf '/var/lib/turnstiled/linger/m\302\205\342\200\256')"
ok "a marker with a bad name is logged" waitfor 10 logged 'linger/m'
is "standard error has nothing but printable ASCII" "$(LC_ALL=C grep -n '[^ -~]' /tmp/log | cat -v)" ''
is "nor has syslog" "$(grep -a '^turnstiled\[' /tmp/syslog | LC_ALL=C grep '[^ -~]' | cat -v)" ''
is "each line is ours" "$(grep -v '^turnstiled\[' /tmp/log)" ''
logout a
finish
