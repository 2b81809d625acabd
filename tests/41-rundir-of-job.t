#!/bin/sh
# a job whose PAM line says norundir, or whose PAM environment has a runtime
# directory, does not decide it for the login that comes while it runs
config='stopdelay=0'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
service alice foo 'env >/tmp/foo; exec sleep 1000'
core alice 'core_services="foo"'
sed 's/pam_turnstile.so/& norundir/' /etc/pam.d/test >/etc/pam.d/job
mkdir -m 700 /tmp/other
chown alice: /tmp/other
daemon

# beside WHAT: a full login while the job runs
beside() {
	login a alice
	is "$1: the login has a directory" "$(var a XDG_RUNTIME_DIR)" "/run/user/$uid"
	ok "$1: it is mounted" grep -q " /run/user/$uid tmpfs " /proc/mounts
	ok "$1: services have it" grep -qx "XDG_RUNTIME_DIR=/run/user/$uid" /tmp/foo
	is "$1: both are sessions" "$(nsessions)" 2
	logout a
	ok "$1: services end with the login" waitfor 8 idle alice
	tell job close end exit >/tmp/told.job
	ok "$1: gone" waitfor 8 gone alice
	rm -f /tmp/s.job.* /tmp/foo
}

process job 'start job alice' 'put XDG_SESSION_CLASS=background'
is "norundir: the job comes in" "$(tell job open)" 0
is "norundir: it has none" "$(tell job env | sed -n 's/^XDG_RUNTIME_DIR=//p')" ''
beside norundir

process job 'start test alice' 'put XDG_SESSION_CLASS=background' 'put XDG_RUNTIME_DIR=/tmp/other'
is "PAM's: the job comes in" "$(tell job open)" 0
is "PAM's: it keeps its own" "$(tell job env | sed -n 's/^XDG_RUNTIME_DIR=//p')" /tmp/other
beside "PAM's"
ok "PAM's: that is left alone" [ -d /tmp/other ]
finish
