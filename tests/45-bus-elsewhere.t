#!/bin/sh
# a bus of the same path in another mount namespace, a container's, is not ours: the
# kernel's list of sockets has both
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
unshare -m --propagation private sh -c "mkdir -p /run/user && mount -t tmpfs none /run/user &&
    mkdir /run/user/$uid && exec perl -MIO::Socket::UNIX -e '
	\$s = IO::Socket::UNIX->new(Local => \"/run/user/$uid/bus\", Listen => 1) or die; sleep'" &
other=$!
ok "it listens" waitfor 5 grep -q " /run/user/$uid/bus$" /proc/net/unix
service alice foo
check alice foo 'exit 0'
core alice 'core_services="foo"'
daemon
login a alice
ok "services run" started alice foo
is "no address" "$(var a DBUS_SESSION_BUS_ADDRESS)" ''
kill $other
logout a
ok "gone" waitfor 8 gone alice
finish
