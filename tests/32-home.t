#!/bin/sh
# a home that cannot be written, or is not there
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=1 logintimeout=20'
. "${0%/*}/lib.sh"
mount -t tmpfs -o ro,mode=755 none /home/alice
daemon

# in WHAT: somebody is
in_() {
	t=$(now)
	login a alice
	is "$1: opens" "$id" 0
	ok "$1: soon" [ $(($(now) - t)) -lt 1000 ]
	is "$1: tracked" "$(nsessions)" 1
	ok "$1: its directory" [ -d "$(var a XDG_RUNTIME_DIR)" ]
	ok "$1: reported" waitfor 10 logged "uid $(id -u alice) (alice): "
	logout a
	ok "$1: gone" waitfor 5 gone alice
	: >/tmp/log
}

in_ "read-only, empty"
umount /home/alice
service alice foo
core alice 'core_services="foo"'
mkdir -p /home/alice/.config/service-env
ln -s /usr/libexec/turnstile/turnstile-ready.sh /home/alice/.config/service/turnstile-ready/run
mkdir /tmp/sv
chown -R alice: /home/alice /tmp/sv
for s in foo turnstile-ready; do
	ln -s /tmp/sv/$s /home/alice/.config/service/$s/supervise
	as alice "mkdir /tmp/sv/$s"
done
rm -f /tmp/up.alice.foo
mount --bind /home/alice /home/alice
mount -o remount,bind,ro /home/alice
login b alice
ok "read-only, with services: up" started alice foo
logout b
ok "gone" waitfor 5 gone alice
umount /home/alice
mv /home/alice /home/was
in_ "no home"
touch /home/alice
in_ "a file"
rm /home/alice
mkdir -m 700 /home/alice
in_ "another's"
finish
