#!/bin/sh
# examples/packaging/debian: the package is built, installed, upgraded while
# somebody is logged in, removed and purged
config='stopdelay=0'
limit=550
. "${0%/*}/lib.sh"
needs dpkg-buildpackage dh pam-auth-update
export DEBIAN_FRONTEND=noninteractive DEB_BUILD_OPTIONS=nocheck
# what `make install` put here would be no proof of the package
make -s -C /src uninstall >/tmp/out 2>&1
rm -rf /etc/pam.d/turnstiled /usr/sbin/policy-rc.d
sed -i /pam_turnstile/d $common
mkdir /tmp/before /tmp/b
cp /etc/pam.d/common-* /tmp/before

# package VERSION: builds it, as who unpacks the tarball and copies debian/
package() {
	rm -rf "/tmp/b/$1"
	mkdir -p "/tmp/b/$1/turnstile-0.1"
	cp -R /src/. "/tmp/b/$1/turnstile-0.1" && cd "/tmp/b/$1/turnstile-0.1" || return 1
	rm -rf .git .built-* config.h turnstiled ./*.so ./*.gz
	tar -czf ../turnstile_0.1.orig.tar.gz --exclude=./debian .
	cp -R examples/packaging/debian debian
	sed -i "1s/(0.1-1)/(0.1-$1)/" debian/changelog
	# the login's end is waited for here
	sed 's/stopdelay  *= 2/stopdelay = 0/' config.def.h >config.h
	[ "$1" = 1 ] || sed -i "s/debug  *= 0/debug = 1/" config.h
	# shellcheck disable=SC2046
	dpkg-buildpackage -b -us -uc >/tmp/out 2>&1 || { cat /tmp/out; return 1; }
	cd / && mv "/tmp/b/$1"/*.deb "/tmp/b/$1.deb" 2>/dev/null || mv /tmp/b/"$1"/turnstile_*.deb "/tmp/b/$1.deb"
}
compiled() {
	grep -q -e '-fstack-protector-strong' /tmp/out && grep -q -e '-ffile-prefix-map' /tmp/out &&
	    ! grep -i -e 'warning: .*redefined' /tmp/out
}

ok "it builds" package 1
ok "with debhelper's flags" compiled
if command -v lintian >/dev/null; then
	ok "lintian has nothing to say" eval '! lintian --allow-root /tmp/b/1.deb 2>&1 | grep "^[EW]:"'
fi
is "no file outside Debian's places" "$(dpkg-deb -c /tmp/b/1.deb | awk '$1 !~ /^d/ { print $6 }' |
    grep -v -e '^\./usr/s\{0,1\}bin/' -e '^\./usr/libexec/turnstile/' -e '^\./usr/share/' -e '^\./etc/pam.d/turnstiled$' \
    -e '^\./etc/init.d/turnstiled$' -e '^\./lib/.*/security/pam_turnstile.so$')" ''
ok "it installs" dpkg -i /tmp/b/1.deb
is "PAM has its line" "$(grep -c pam_turnstile.so /etc/pam.d/common-session)" 1
is "and for what is not interactive" "$(grep -c pam_turnstile.so /etc/pam.d/common-session-noninteractive)" 1
ok "its init script" sh -n /etc/init.d/turnstiled
# whether the installation starts it is the system's policy
/etc/init.d/turnstiled stop >/tmp/out 2>&1
waitfor 10 [ ! -e /run/turnstiled/control.sock ]
/etc/init.d/turnstiled start >/tmp/out 2>&1
ok "start" waitfor 10 [ -S /run/turnstiled/control.sock ]
read -r daemon </run/turnstiled.pid
ok "status" /etc/init.d/turnstiled status
service alice foo
login a alice
ok "a login has its services" waitfor 10 started alice foo
exe=$(readlink "/proc/$daemon/exe")
pid=$(lastpid alice foo)

ok "another version builds" package 2
ok "the upgrade" dpkg -i /tmp/b/2.deb
ok "is taken into use" waitfor 10 eval '[ "$(readlink /proc/$daemon/exe)" = /usr/sbin/turnstiled ] &&
    cmp -s /proc/$daemon/exe /usr/sbin/turnstiled'
is "by the same process" "$(cat /run/turnstiled.pid)" "$daemon"
is "the session is there" "$(nsessions)" 1
ok "its services, too" [ -d "/proc/$pid" ]
is "PAM still has one line" "$(grep -c pam_turnstile.so /etc/pam.d/common-session)" 1
login b alice
is "who comes now shares them" "$(nsessions) $(starts alice foo)" '2 1'
ok "restart loses nothing" eval '/etc/init.d/turnstiled restart && [ -d "/proc/$pid" ]'
logout a b
ok "gone" waitfor 10 gone alice

login c alice
touch /var/lib/turnstiled/linger/alice
ok "removal" dpkg -r turnstile
ok "ends the daemon" waitfor 30 eval '! pgrep -x turnstiled'
ok "and the services" idle alice
daemon=
for f in /tmp/before/*; do
	ok "${f##*/} is as it was" cmp "$f" "/etc/pam.d/${f##*/}"
done
ok "people log in as before" eval 'shell alice id | grep -q alice'
ok "who lingers is kept" [ -e /var/lib/turnstiled/linger/alice ]
ok "purge" dpkg -P turnstile
is "takes all away" "$(find /etc /usr /lib/ /var/lib -name '*turnstile*' ! -name 'turnstile-client' ! -name turnstile-init \
    ! -path '/var/lib/dpkg/*' 2>/dev/null)" ''
finish
