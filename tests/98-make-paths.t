#!/bin/sh
# a path of the installation that changes is in all that is installed, in one
# command or two, by each make
limit=240
. "${0%/*}/lib.sh"
export CFLAGS=-O0 HARDEN=
fresh

# has FILE TEXT
has() {
	grep -aqF -e "$2" "$1"
}

# goes MAKE: it and its paths in the programs
goes() {
	rm -rf /tmp/dest
	$1 -s clean
	$1 -s all >/tmp/out 2>&1
	ok "$1: make, then make install with another PREFIX" \
	    eval "$1 -s DESTDIR=/tmp/dest PREFIX=/usr/local install >>/tmp/out 2>&1"
	d=/tmp/dest/usr/local
	ok "$1: what HUP executes" has $d/sbin/turnstiled /usr/local/sbin/turnstiled
	ok "$1: the scripts" has $d/sbin/turnstiled /usr/local/libexec/turnstile/
	ok "$1: no other ones" not has $d/sbin/turnstiled /usr/libexec/turnstile
	touch -r $d/sbin/turnstiled /tmp/before
	$1 -s DESTDIR=/tmp/dest PREFIX=/usr/local install >/tmp/out 2>&1
	ok "$1: once more builds nothing" [ ! turnstiled -nt /tmp/before ]
	$1 -s DESTDIR=/tmp/dest PREFIX=/opt/x RUNDIR=/run/other STATEDIR=/var/other install >/tmp/out 2>&1
	ok "$1: RUNDIR" has /tmp/dest/opt/x/sbin/turnstiled /run/other/control.sock
	ok "$1: STATEDIR" has /tmp/dest/opt/x/sbin/turnstiled /var/other
	ok "$1: RUNDIR of the module" has "$(find /tmp/dest -name pam_turnstile.so)" /run/oth
	rm -rf /tmp/dest
	$1 -s clean
	$1 -s DESTDIR=/tmp/dest SBINDIR=/usr/bin LIBEXECDIR=/usr/lib/turnstile install >/tmp/out 2>&1
	ok "$1: SBINDIR, LIBEXECDIR in one command" eval \
	    'has /tmp/dest/usr/bin/turnstiled /usr/bin/turnstiled && has /tmp/dest/usr/bin/turnstiled /usr/lib/turnstile/runit'
	find /tmp/dest ! -type d -exec cksum {} + | sort >"/tmp/sum.$1"
}

for m in make bmake pdpmake; do
	command -v $m >/dev/null || { echo "# no $m here"; continue; }
	goes $m
	ok "$m: as make" cmp /tmp/sum.make /tmp/sum.$m
done

make -s install >/tmp/out 2>&1 PREFIX=/usr/local RUNDIR=/run/other STATEDIR=/var/other SYSCONFDIR=/usr/local/etc
cd /usr/local || exit 1
is "examples, scripts and manual have these paths" "$(grep -rlE \
    -e '(^|[^l])/(etc/pam\.d|run|var/lib)/turnstiled' -e '/usr/(sbin/turnstiled|share/examples/turnstile)' \
    share/examples/turnstile libexec/turnstile share/man/man*/*turnstile* bin/turnstile-* )" ''
ok "the daemon's example" grep -q 'command=/usr/local/sbin/turnstiled$' share/examples/turnstile/turnstiled.openrc
ok "the manual" grep -q /usr/local/share/examples/turnstile share/man/man8/turnstiled.8
ok "who" grep -q /run/other/sessions share/examples/turnstile/who
is "what is executed" "$(find share/examples/turnstile -type f -perm -1 | wc -l)" \
    "$(find /src/examples -type f -perm -1 ! -path "*/packaging/*" | wc -l)"
cp share/examples/turnstile/turnstiled.runit /tmp/run && rm -f /usr/sbin/turnstiled
mkdir -p /usr/local/etc/pam.d
PATH=/usr/bin:/bin /tmp/run >/tmp/log 2>&1 &
daemon=$!
ok "it runs from there, by its example" waitfor 5 [ -S /run/other/control.sock ]
kill "$daemon"
wait "$daemon"
daemon=
finish
