#!/bin/sh
# mounts in the runtime directory, over it, and of users' own file systems: what
# is behind them is not touched, they go, and the directory too
config='stopdelay=0 stoptimeout=2 killtimeout=1 logintimeout=5 corewait=2'
limit=180
. "${0%/*}/lib.sh"
useradd -m -s /bin/sh bob
uid=$(id -u alice)
rundir=/run/user/$uid
mkdir -p /run/others/sub /home/alice/behind
for f in /run/others/file /run/others/sub/file /home/alice/behind/file; do
	echo precious >$f
done
chown -R alice: /home/alice/behind
echo user_allow_other >>/etc/fuse.conf
daemon

precious() {
	[ "$(cat /run/others/file /run/others/sub/file /home/alice/behind/file | xargs)" = \
	    'precious precious precious' ]
}

# a file system that hangs is not looked into
nodir() {
	! grep -q " $rundir" /proc/mounts && [ ! -e "$rundir" ]
}

all_gone() {
	nodir && gone alice
}

# mounted WHAT SH [SH [PROGRAM]]: root does it, and alice, and the program is
# stopped; then a logout
mounted() {
	login a alice
	sh -c "cd $rundir && $2" >/tmp/why 2>&1 || sed 's/^/# /' /tmp/why
	[ ! "${3-}" ] || as alice "cd $rundir && $3" >/tmp/why 2>&1 || sed 's/^/# /' /tmp/why
	[ ! "${4-}" ] || pkill -STOP -x "$4"
	t=$(now)
	login b bob
	ok "$1: another's login is fast" [ $(($(now) - t)) -lt 450 ]
	logout a
	ok "$1: the directory is gone, and all mounts" waitfor 5 nodir
	ok "$1: nothing behind it was touched" precious
	logout b
	ok "$1: others go too" waitfor 5 gone bob
	[ ! "${4-}" ] || pkill -KILL -x "$4"
	waitfor 5 [ ! -e "/run/turnstiled/users/$uid" ]
}

mounted "below it" 'mkdir -p a/b/c d m n; touch f; mount --bind /run/others d
	mount --bind /run/others/file f; mount --rbind /run/others a/b/c; mount --bind a/b a
	mount --bind /run/others m; mount --make-shared m; mount --bind m n'
mounted "over it" "for i in 1 2 3; do mount --bind /run/others $rundir; done"
mounted "a read-only one" "mount --bind $rundir $rundir; mount -o remount,bind,ro $rundir"
if [ -c /dev/fuse ] && command -v bindfs >/dev/null; then
	chmod 666 /dev/fuse
	two="mkdir m o; bindfs /home/alice/behind m; bindfs -o allow_other /home/alice/behind o"
	over="bindfs -o nonempty /home/alice/behind $rundir"
	others="bindfs -o nonempty,allow_other /home/alice/behind $rundir"
	mounted "FUSE" true "$two"
	mounted "FUSE over it" true "$over"
	mounted "FUSE, stopped" true "$two" bindfs
	mounted "FUSE over it, stopped" true "$over" bindfs
	mounted "FUSE over it, for others too, stopped" true "$others" bindfs

	# by a service, before the login may go on
	service alice over "bindfs -o nonempty,allow_other /home/alice/behind \$XDG_RUNTIME_DIR
	    kill -STOP \$(cat /proc/[0-9]*/stat | sed -n 's/ (bindfs) .*//p')
	    exec sleep 1000"
	core alice 'core_services="over"'
	t=$(now)
	login a alice
	ok "by a core service: the login is in time" [ $(($(now) - t)) -lt 1500 ]
	ok "by a core service: it runs" waitfor 5 started alice over
	logout a
	ok "by a core service: the login ends" waitfor 8 [ ! -e "/run/turnstiled/users/$uid" ]
	pkill -KILL -x bindfs
	ok "by a core service: all gone" waitfor 5 all_gone
	rm -rf "$(svdir alice)"

	# over what the service manager has for itself
	service alice foo
	login a alice
	ok "its own directory: services run" waitfor 5 started alice foo
	as alice "bindfs -o nonempty,allow_other /home/alice/behind /run/turnstiled/$uid/sv"
	pkill -STOP -x bindfs
	kill -KILL "$(managers alice)"
	ok "its own directory: they start again" waitfor 8 started alice foo 2
	logout a
	ok "its own directory: the login ends" waitfor 8 [ ! -e "/run/turnstiled/users/$uid" ]
	pkill -KILL -x bindfs
	waitfor 10 all_gone
	rm -rf "$(svdir alice)"

	# the supervisor is killed: the new one finds that over the directory
	login a alice
	as alice "$others"
	pkill -STOP -x bindfs
	kill -KILL "$(supervisor alice)"
	t=$(now)
	login b bob
	ok "a killed supervisor: another's login is fast" [ $(($(now) - t)) -lt 450 ]
	logout b
	waitfor 5 logged 'was killed'
	t=$(now)
	login c alice
	is "a killed supervisor: the login goes on" "$id" 0
	ok "a killed supervisor: in time" [ $(($(now) - t)) -lt 800 ]
	logout a c
	ok "a killed supervisor: the login ends" waitfor 8 [ ! -e "/run/turnstiled/users/$uid" ]
	pkill -KILL -x bindfs
	ok "a killed supervisor: all gone" waitfor 10 all_gone
else
	skip "FUSE" "no /dev/fuse, or bindfs is not installed"
fi
login a alice
is "all is well" "$(var a XDG_RUNTIME_DIR)" "$rundir"
finish
