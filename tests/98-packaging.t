#!/bin/sh
# examples/packaging of Void, Alpine and Chimera: they can be read, and what they
# name is what make install gives by their arguments
limit=240
. "${0%/*}/lib.sh"
fresh
p=examples/packaging
version=$(sed -n 's/^VERSION = //p' Makefile)
export CFLAGS=-O0

# gives WHOSE ARGUMENT...: make and make install, as the template says
gives() {
	want=$1
	shift
	rm -rf /tmp/dest
	{ make -s "$@" all && make -s "$@" DESTDIR=/tmp/dest install; } >/tmp/out 2>&1 || cat /tmp/out
	ok "$want: a daemon, by $*" [ -x "/tmp/dest$dir/turnstiled" ]
	ok "$want: and the module" [ -e /tmp/dest/usr/lib/security/pam_turnstile.so ]
	is "$want: nothing is elsewhere" "$(cd /tmp/dest && find . ! -type d | grep -v -e '^./etc/pam.d/turnstiled$' \
	    -e '^./usr/bin/' -e '^./usr/sbin/' -e '^./usr/lib\(exec\)\{0,1\}/turnstile/' -e '^./usr/lib/security/' -e '^./usr/share/')" ''
}

ok "Void: the shell reads it" sh -n $p/void/template
eval "$(sed '/^do_check/,$d' $p/void/template | sed 's/^/void_/;s/\$make_build/$void_make_build/')" 2>/tmp/out
is "Void: the version" "$void_version" "$version"
dir=/usr/bin
# shellcheck disable=SC2086
gives Void $void_make_build_args
for f in $void_conf_files; do ok "Void: $f" [ -e "/tmp/dest$f" ]; done
is "Void: both steps say the same" "$void_make_install_args" "$void_make_build_args"
ok "Void: its service" sh -n $p/void/files/turnstiled/run

ok "Alpine: the shell reads it" sh -n $p/alpine/APKBUILD
# shellcheck disable=SC1090
(. ./$p/alpine/APKBUILD && echo "$pkgver" && echo "$_paths") >/tmp/apk
is "Alpine: the version" "$(sed -n 1p /tmp/apk)" "$version"
dir=/usr/sbin
# shellcheck disable=SC2046
gives Alpine $(sed -n 2p /tmp/apk)
ok "Alpine: OpenRC's is the backend" grep -aq '/usr/libexec/turnstile/openrc run' /tmp/dest/usr/sbin/turnstiled
ok "Alpine: its service is the example" cmp $p/alpine/turnstiled.initd examples/turnstiled.openrc

if command -v python3 >/dev/null; then
	python3 -c 'import sys
from runpy import run_path
t = run_path(sys.argv[1])
print(t["pkgver"])
print(*t["make_build_args"])
print(t["make_install_args"] == t["make_build_args"])' $p/chimera/template.py >/tmp/cports 2>&1
	is "Chimera: the version" "$(sed -n 1p /tmp/cports)" "$version"
	dir=/usr/bin
	# shellcheck disable=SC2046
	gives Chimera $(sed -n 2p /tmp/cports)
	is "Chimera: both steps say the same" "$(sed -n 3p /tmp/cports)" True
	for f in $(sed -n 's|.*self.destdir / "\(.*\)".*|\1|p' $p/chimera/template.py); do
		ok "Chimera: /$f" [ -e "/tmp/dest/$f" ]
	done
	ok "Chimera: which starts what is installed" \
	    grep -qx 'command = /usr/bin/turnstiled' /tmp/dest/usr/share/examples/turnstile/turnstiled.dinit
fi
finish
