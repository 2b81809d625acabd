#!/bin/sh
# SIGHUP: the installed binary, with its config.h, and nobody notices
# with each service manager
config='stopdelay=0 stoptimeout=3 killtimeout=2'
. "${0%/*}/lib.sh"

# another CHANGE...: builds and installs a daemon with these options
another() {
	rm -rf /tmp/another && mkdir /tmp/another
	cp /src/*.[ch] /src/Makefile /tmp/another
	(
		cd /tmp/another && cp config.def.h config.h || exit 1
		for c in "backend=$manager" stopdelay=0 stoptimeout=3 killtimeout=2 "$@"; do
			sed -i "s|\(^.*[ 	]${c%%=*} *=\) *[^,;]*|\1 ${c#*=}|" config.h
		done
		make -s CFLAGS=-O0 HARDEN= VERSION="${version:-0}" turnstiled >/dev/null || exit 1
		cp turnstiled /usr/sbin/turnstiled.new
		mv /usr/sbin/turnstiled.new /usr/sbin/turnstiled
	)
}

case $backend in
runit) manager=Runit ;;
dinit) manager=Dinit ;;
s6) manager=S6 ;;
openrc) manager=OpenRC ;;
esac

# hup: and it is ready again
hup() {
	hups=$(grep -c ' is ready$' /tmp/log)
	kill -HUP "$daemon"
	waitfor 5 again
}

again() {
	[ "$(grep -c ' is ready$' /tmp/log)" -gt "$hups" ]
}

picture() {
	(cd /run/turnstiled && tail -n 99 sessions/* users/*)
	stat -c %i "/run/user/$uid" "/run/user/$uid/file" /run/turnstiled/control.sock
	procs alice | sort
}

unchanged() {
	picture >/tmp/now
	diff /tmp/was /tmp/now
}

login_works() {
	login x alice
	[ "$(session x)" ] && logout x && waitfor 5 is_nsessions 2
}

uid=$(id -u alice)
service alice foo
core alice 'core_services="foo"'
daemon
login a alice
login b alice
touch "/run/user/$uid/file"
waitfor 5 eval '[ "$(procs alice | wc -l)" -ge 2 ]'
picture >/tmp/was
ok "HUP: ready again" hup
ok "nothing has changed" unchanged
is "the same process" "$(cat "/proc/$daemon/comm")" turnstiled

# many at once, also while it executes
i=0
while [ $((i += 1)) -le 100 ] && ! ended "$daemon"; do
	kill -HUP "$daemon"
	[ $((i % 10)) = 0 ] || true | true
done
ok "100 more: it lives" not ended "$daemon"
ok "and works" login_works
ok "nothing has changed" unchanged

# logins meanwhile
while sleep 0.03; do
	kill -HUP "$daemon"
done &
hupper=$!
i=0 bad=0
while [ $((i += 1)) -le 20 ]; do
	login x alice
	[ "$(var x XDG_SESSION_ID)" ] && [ "$(session x)" ] || bad=$((bad + 1))
	logout x
done
is "20 logins meanwhile are registered" $bad 0
kill $hupper
wait $hupper 2>/dev/null
ok "and no more" waitfor 5 is_nsessions 2
unchanged >/dev/null || waitfor 5 unchanged
ok "nothing has changed" unchanged

# one that waits
mkuser bob
service bob slow
check bob slow '[ -e /tmp/go ]'
core bob 'core_services="slow"'
comes w bob
ok "bob's are starting" waitfor 5 started bob slow
for i in 1 2 3; do
	ok "HUP $i: ready again" hup
	ok "HUP $i: he waits" [ ! -s /tmp/w ]
done
is "as one session" "$(grep -l ^USER=bob /run/turnstiled/sessions/* | wc -l)" 1
touch /tmp/go
wait $w
is "and is in" "$(cat /tmp/w)" 0
is "his state" "$(state bob)" ready
is "started once" "$(starts bob slow)" 1
logout w
ok "gone" waitfor 5 gone bob

# an upgrade
version=0.1.new another exportsession=0 stopdelay=600
ok "the new binary" hup
ok "is what runs" waitfor 5 logged 'turnstiled 0.1.new is ready$'
ok "and is on the disk" cmp "/proc/$daemon/exe" /usr/sbin/turnstiled
ok "nothing has changed" unchanged
login c alice
is "its configuration is in force" "$(var c XDG_SESSION_ID)" ''
logout a b c
ok "no session" waitfor 5 is_nsessions 0
ok "for who was logged in, too" is_state alice ready
is "services are the same" "$(starts alice foo)" 1

# one that cannot be executed
cp /usr/sbin/turnstiled /tmp/good
echo '#!/nowhere/interpreter' >/usr/sbin/turnstiled.new
chmod 755 /usr/sbin/turnstiled.new
mv /usr/sbin/turnstiled.new /usr/sbin/turnstiled
kill -HUP "$daemon"
ok "no binary: the log says so" waitfor 5 logged '/usr/sbin/turnstiled cannot take over'
rm /usr/sbin/turnstiled
kill -HUP "$daemon"
login d alice
ok "the old one goes on" is_nsessions 1
cp /tmp/good /usr/sbin/turnstiled
another
ok "a good one again" hup
logout d
ok "which stops the services" waitfor 5 gone alice
finish
