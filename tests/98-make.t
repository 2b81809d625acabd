#!/bin/sh
# make install, uninstall, dist
limit=180
. "${0%/*}/lib.sh"
mkdir /tmp/src
for f in /src/*; do
	case $f in */config.h | *.o | *.so) ;; *) cp -R "$f" /tmp/src ;; esac
done
cd /tmp/src || exit 1
rm -f turnstiled
export CFLAGS=-O0
cp config.def.h /tmp/def
tree() { (cd /tmp/dest && find . ! -type d | sort); }
m() { make -s "$@" >/tmp/out 2>&1; }

ok "make" m
ok "config.h is a copy" cmp config.h config.def.h
sed -i 's/stopdelay  *= 2/stopdelay = 7/' config.h
touch -d tomorrow config.def.h
cp config.h /tmp/mine
ok "make again" m
ok "a config.h is kept" cmp config.h /tmp/mine
ok "config.def.h too" cmp config.def.h /tmp/def
ok "make install" m install DESTDIR=/tmp/dest PREFIX=/usr
for f in usr/sbin/turnstiled usr/libexec/turnstile/turnstile-ready.sh \
    usr/bin/turnstile-update-runit-env usr/share/man/man8/turnstiled.8 \
    usr/share/examples/turnstile/dbus.run etc/pam.d/turnstiled; do
	ok "$f" [ -e "/tmp/dest/$f" ]
done
is "the module is where the others are" \
    "$(dirname "$(cd /tmp/dest && find . -name pam_turnstile.so)")" \
    "$(cd / && dirname "$(find ./lib/ ./usr/lib -name pam_unix.so | head -1)")"
tree >/tmp/tree1
echo '# mine' >>/tmp/dest/etc/pam.d/turnstiled
ok "install once more" m install DESTDIR=/tmp/dest PREFIX=/usr
ok "the pam.d file is kept" grep -q '# mine' /tmp/dest/etc/pam.d/turnstiled
ok "uninstall" m uninstall DESTDIR=/tmp/dest PREFIX=/usr
is "a changed pam.d file stays" "$(tree)" ./etc/pam.d/turnstiled
rm /tmp/dest/etc/pam.d/turnstiled
m install DESTDIR=/tmp/dest PREFIX=/usr
m uninstall DESTDIR=/tmp/dest PREFIX=/usr
is "and nothing else" "$(tree)" ''
for d in usr/local opt/t; do
	m install DESTDIR=/tmp/dest "PREFIX=/$d"
	ok "PREFIX=/$d" [ -e "/tmp/dest/$d/sbin/turnstiled" ]
	m uninstall DESTDIR=/tmp/dest "PREFIX=/$d"
done
rm config.h
ok "make dist" m dist
cd /tmp && tar -xzf /tmp/src/turnstile-*.tar.gz && cd turnstile-* || exit 1
ok "which builds" m
ok "clean" m clean
is "leaves no program" "$(find . -name turnstiled -type f -o -name "*.so" | grep -v pam.d)" ''
cd / || exit 1
finish
