#!/bin/sh
# users below firstuid have no services, whatever their session is
# with each service manager
config='stopdelay=0 firstuid=2000 logintimeout=8'
. "${0%/*}/lib.sh"
useradd -m -u 1999 -s /bin/sh below
useradd -m -u 2000 -s /bin/sh first
for user in below first; do
	service $user foo
	core $user 'core_services="foo"'
done
mkdir -p /var/lib/turnstiled/linger
touch /var/lib/turnstiled/linger/below
daemon
t=$(now)
login a below
ok "1999: waits for nothing" [ $(($(now) - t)) -lt 400 ]
is "1999: tracked" "$(has a USER)" below
is "1999: its directory" "$(var a XDG_RUNTIME_DIR)" /run/user/1999
is "1999: ready" "$(state below)" ready
login b first
ok "2000: services" waitfor 5 started first foo
is "1999: none, lingering or not" "$(starts below foo) $(managers below)" '0 '
logout a b
ok "1999: gone" waitfor 5 gone below
ok "2000: gone" waitfor 5 gone first
finish
