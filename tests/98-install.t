#!/bin/sh
# what a packager gets: make install, the manual, uninstall, a tarball that does
# the same
limit=180
. "${0%/*}/lib.sh"
mkdir /tmp/src
for f in /src/* /src/.ci; do
	case $f in */config.h | *.o | *.so) ;; *) cp -R "$f" /tmp/src ;; esac
done
cd /tmp/src && rm -f turnstiled || exit 1
export CFLAGS=-O0
m() { make -s "$@" >/tmp/out 2>&1 || { cat /tmp/out; return 1; }; }
# the names in config.def.h that are not in the manual
options() {
	for o in $(sed -n -e 's/^	\([a-z]*\)  *=.*/\1/p' -e 's/.* \([a-z]*\)\[*\]*  *= .*/\1/p' \
	    -e 's/^#define \([A-Z0-9]*\) .*/\1/p' /tmp/src/config.def.h); do
		grep -q "^\.It .*\<$o\>" /tmp/src/turnstiled.8 || echo "$o"
	done
}

ok "make" m
chown -R alice: /tmp/src
ls -A /tmp /home/alice >/tmp/before
ok "make install, as one who cannot write elsewhere" \
    as alice 'make -s -C /tmp/src install DESTDIR=/tmp/dest PREFIX=/usr'
is "nor has" "$(ls -A /tmp /home/alice | diff /tmp/before - | sed -n 's/^> //p')" dest
cd /tmp/dest || exit 1
pam=$(dirname "$(find . -name pam_turnstile.so)")
is "a module where PAM's are" "${pam#.}" "$(dirname "$(find /lib/ /usr/lib -name pam_unix.so | head -n 1)")"
is "modes" "$(stat -c '%a %n' usr/sbin/* usr/bin/turnstile-update-runit-env \
    usr/libexec/turnstile/* etc/pam.d/turnstiled "$pam/pam_turnstile.so" usr/share/man/man?/* |
    sed 's| .*/| |' | sort | tr '\n' ' ')" \
    "$(cd /tmp/src && { printf '755 %s\n' turnstiled turnstile-sdlogin turnstile-update-runit-env \
    turnstile-*.sh pam_turnstile.so backends/* | sed 's|backends/||'
    printf '644 %s\n' turnstiled turnstiled.8 pam_turnstile.8 turnstile-sdlogin.8 turnstile-update-runit-env.1; } |
    sort | tr '\n' ' ')"
is "no other top directory" "$(find . -maxdepth 2 -mindepth 2 -type d ! -path './lib*' | sort | tr '\n' ' ')" \
    './etc/pam.d ./usr/bin ./usr/libexec ./usr/sbin ./usr/share '
is "all examples" "$(cd usr/share/examples/turnstile && find . -type f | sort)" \
    "$(cd /tmp/src/examples && find . -type f ! -path "./packaging/*" | sort)"
is "all options are in the manual" "$(options)" ''
is "nothing that all may write" "$(find . -perm -2 ! -type l)" ''
is "nothing of ours in the binaries' path" "$(readelf -d usr/sbin/* "$pam/pam_turnstile.so" |
    grep -i -e rpath -e runpath)" ''
is "libraries" "$(readelf -d usr/sbin/* "$pam/pam_turnstile.so" |
    sed -n 's/.*NEEDED.*\[\(.*\)\.so.*/\1/p' | sort -u | tr '\n' ' ')" 'libc libpam '
ok "the state directory is in the manual" grep -q /var/lib/turnstiled/linger usr/share/man/man8/turnstiled.8
for page in turnstiled.8 pam_turnstile.8 turnstile-sdlogin.8 turnstile-update-runit-env.1; do
	f=usr/share/man/man${page##*.}/$page
	so=$(sed -n 's/^\.so //p' "$f")
	[ ! "$so" ] || f=usr/share/man/$so
	ok "man ${page%.*}" grep -q "^\.Nm ${page%.*}" "$f"
done

cd /tmp/src || exit 1
ok "make uninstall" m uninstall DESTDIR=/tmp/dest PREFIX=/usr
is "takes all away" "$(find /tmp/dest ! -type d)" ''
is "and its own directories" "$(find /tmp/dest -type d -name '*turnstile*')" ''
ok "make install, with names of one's own" m install DESTDIR=/tmp/other PREFIX=/opt/x PAMDIR=/opt/x/pam \
    SYSCONFDIR=/opt/x/etc MANPREFIX=/opt/x/man
is "is there alone" "$(ls /tmp/other /tmp/other/opt/x | tr '\n' ' ')" \
    '/tmp/other: opt  /tmp/other/opt/x: bin etc libexec man pam sbin share '

ok "make dist" m dist
mkdir /tmp/tar && cd /tmp/tar && tar -xzf /tmp/src/turnstile-*.tar.gz && cd turnstile-* || exit 1
is "one directory" "$(ls /tmp/tar | wc -l)" 1
ok "the tarball builds" m
ok "and installs" m install DESTDIR=/tmp/dest2
cd /tmp/dest && m -C /tmp/src install DESTDIR=/tmp/dest
is "the same" "$(cd /tmp/dest2 && find . | sort)" "$(cd /tmp/dest && find . | sort)"
is "no config.h, nothing built is in it" "$(tar -tzf /tmp/src/turnstile-*.tar.gz |
    grep -e '/config\.h$' -e '\.so$' -e '/turnstiled$' | grep -v pam.d)" ''
cd / || exit 1
finish
