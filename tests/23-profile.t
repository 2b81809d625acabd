#!/bin/sh
# /etc/profile, when config.h wants it: its variables, and no harm
# with each service manager
config='stopdelay=0 profile=1 logintimeout=30'
limit=180
. "${0%/*}/lib.sh"
service alice foo 'env >/tmp/foo; exec sleep 1000'
core alice 'core_services="foo"'
daemon
cp /etc/profile /tmp/profile

# profile WHAT LINE...: the services come up with it
profile() {
	what=$1
	shift
	rm -f /tmp/foo
	{ cat /tmp/profile; printf '%s\n' "$@"; } >/etc/profile
	t=$(now)
	login a alice
	ok "$what: services are up" waitfor 5 [ -s /tmp/foo ]
	ok "$what: bounded" [ $(($(now) - t)) -lt 1000 ]
	ok "$what: HOME" waitfor 5 grep -q ^HOME=/home/alice$ /tmp/foo
	logout a
	ok "$what: gone" waitfor 5 gone alice
}

profile "variables" 'FROM_PROFILE="a b"; export FROM_PROFILE'
ok "they are there" grep -qx 'FROM_PROFILE=a b' /tmp/foo
profile "exit 3" 'exit 3'
profile "set -eu" 'set -eu; false' 'echo $nothing'
profile "output" 'echo noise; echo noise >&2'
profile "asks" 'read -r answer </dev/zero'
profile "sleeps" 'sleep 1000'
ok "is told of" logged 'profile'
finish
