#!/bin/sh
# a runtime directory of another module's that lies somewhere below a file system
# that hangs: the supervisor does not
config='stopdelay=0 stoptimeout=2 killtimeout=1 logintimeout=6 corewait=3'
limit=90
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
[ -c /dev/fuse ] && command -v bindfs >/dev/null || { echo "1..0 # SKIP no FUSE"; exit; }
chmod 666 /dev/fuse
echo user_allow_other >>/etc/fuse.conf
mkuser bob
mkdir -p /home/alice/behind/a/b/run /home/alice/mnt
chown -R alice: /home/alice
daemon

# hangs WHAT OPTION...
hangs() {
	what=$1
	shift
	as alice "cd; bindfs $* behind mnt"
	ok "$what: mounted" waitfor 3 grep -q ' /home/alice/mnt ' /proc/mounts
	pkill -STOP -x bindfs
	t=$(now)
	login a alice 'put XDG_RUNTIME_DIR=/home/alice/mnt/a/b/run'
	ok "$what: her login is not held by it" [ $(($(now) - t)) -lt 550 ]
	pid=$(supervisor alice)
	registers "$what" bob
	ok "$what: the supervisor hears" waitfor 6 is_state alice ready
	t=$(now)
	logout a
	ok "$what: and stops" waitfor 12 eval '[ ! -e "/run/turnstiled/users/$(id -u alice)" ]'
	ok "$what: in time" [ $(($(now) - t)) -lt 900 ]
	ok "$what: and is not killed" not logged "supervisor, pid $pid, is late\|supervisor (pid $pid) was killed"
	pkill -KILL -x bindfs
	umount -l /home/alice/mnt
	ok "$what: gone" waitfor 8 gone alice
}

hangs "her own"
hangs "for all" -o allow_other
finish
