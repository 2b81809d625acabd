#!/bin/sh
# SIGHUP with a hundred users logged in: nobody is lost, and no process has a descriptor
# more than before
config='stopdelay=0'
limit=200
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
i=0
while [ $((i += 1)) -le 99 ]; do
	mkuser "u$i"
	process "u$i" "start test u$i" # a background session: it has a supervisor, no services
	tell "u$i" open >>/tmp/opened
done
is "all are in" "$(sort /tmp/opened | uniq -c | tr -s ' ')" ' 99 0'

# descriptors: of the daemon, of each supervisor and PAM process, by kind
descriptors() {
	for p in "$daemon" $(cat /run/turnstiled/private/logins/* | sed -n 's/^PID=//p') "$(pamprocess alice)"; do
		echo "$p $(find "/proc/$p/fd" -printf '%l\n' | sed 's/[0-9]\{2,\}//' | sort | uniq -c | tr -s ' \n' ' ')"
	done | sort
}

# settled: as it was, when no helper runs and no order is under way any more
settled() {
	descriptors >/tmp/now
	cmp /tmp/was /tmp/now
}

hup # which ends the sessions' connections
descriptors >/tmp/was
is "a hundred supervisors, the daemon, a PAM process" "$(wc -l </tmp/was)" 102
procs alice | sort >/tmp/procs
ids=$(echo /run/turnstiled/sessions/*)
for i in 1 2 3; do
	ok "HUP $i" hup
	ok "HUP $i: the same descriptors" waitfor 10 settled
	diff /tmp/was /tmp/now | sed 's/^/# /'
done
is "the same sessions" "$(echo /run/turnstiled/sessions/*)" "$ids"
is "the same services" "$(procs alice | sort)" "$(cat /tmp/procs)"
all_gone() {
	[ ! "$(find /run/turnstiled/private/logins /run/turnstiled/sessions /run/user \
	    -maxdepth 1 -name '[0-9]*')" ]
}
for f in /tmp/s.u*.in; do
	f=${f%.in}
	logout "${f#/tmp/s.}"
done
logout a
ok "all are gone" waitfor 20 all_gone
finish
