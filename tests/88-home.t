#!/bin/sh
# a home that hangs, or is not to be entered: the login goes on in time, and so do others
config='stopdelay=0 logintimeout=5 corewait=2 killtimeout=1 stoptimeout=1'
. "${0%/*}/lib.sh"
useradd -m -s /bin/sh bob
useradd -m -s /bin/sh carol
service bob foo
service alice foo
daemon

# home WHAT: how alice's is now
home() {
	t=$(now)
	login a alice
	is "$1: the login goes on" "$id" 0
	ok "$1: in time" [ $(($(now) - t)) -lt 700 ]
	is "$1: with its directory" "$(var a XDG_RUNTIME_DIR)" "/run/user/$(id -u alice)"
	ok "$1: the log says so" waitfor 10 logged "$2"
	t=$(now)
	login b bob
	ok "$1: another's login is fast" [ $(($(now) - t)) -lt 450 ]
	ok "$1: with services" waitfor 5 started bob foo
	logout b
	ok "$1: and his logout" waitfor 5 gone bob
	t=$(now)
	logout a
	ok "$1: the login ends" waitfor 15 [ ! -e "/run/turnstiled/users/$(id -u alice)" ]
	rm -f /tmp/up.*
	: >/tmp/log
}

chmod 0 /home/alice
home "mode 0" 'cannot enter its home'
chmod 755 /home/alice
mv /home/alice /home/gone
home "missing" 'cannot enter its home\|home .* is not there'
ln -s alice /home/alice
home "a circle" 'cannot enter its home\|home .* is not there'
rm /home/alice
mkfifo /home/alice
home "a FIFO" 'cannot enter its home\|home .* is not there'
rm /home/alice
mv /home/gone /home/alice

if [ -c /dev/fuse ] && command -v bindfs >/dev/null; then
	mkdir /home/real
	mv /home/alice /home/real/alice
	mkdir /home/alice
	bindfs -o allow_other /home/real/alice /home/alice
	pkill -STOP -x bindfs
	home "a hung mount" 'not ready after'
	ok "a hung mount: what hung in it is gone" waitfor 5 idle alice
	pkill -CONT -x bindfs
	login c alice
	ok "goes on again: services run" waitfor 8 started alice foo
	pkill -STOP -x bindfs
	t=$(now)
	login d alice
	is "hangs later: the second login goes on" "$id" 0
	ok "hangs later: in time" [ $(($(now) - t)) -lt 450 ]
	logout c d
	ok "hangs later: the login ends" waitfor 10 [ ! -e "/run/turnstiled/users/$(id -u alice)" ]
	pkill -KILL -x bindfs
	umount -l /home/alice
	ok "hangs later: all gone" waitfor 10 gone alice
else
	skip "a hung home" "no /dev/fuse, or bindfs is not installed"
fi
finish
