#!/bin/sh
# where the module goes is asked of the compiler that makes it
. "${0%/*}/lib.sh"
cp -R /src /tmp/src && cd /tmp/src || exit 1
mkdir /tmp/cc
# a compiler NAME that says so of its machine; what is built is of no matter
compiler() {
	printf '#!/bin/sh\ncase "$*" in\n*-print-multiarch*) %s ;;\n*-dumpmachine*) %s ;;\n*) exec cc "$@" ;;\nesac\n' \
	    "$2" "$3" >"/tmp/cc/$1"
	chmod +x "/tmp/cc/$1"
}
{ cat Makefile; printf 'where:\n\t@echo "$(PAMDIR)"\n'; } >/tmp/where.mk
where() {
	PATH=/tmp/cc:$PATH make -s -f /tmp/where.mk "$@" where
}
pam=$(dirname "$(find /lib/ /usr/lib -name pam_unix.so | head -n 1)")
is "this machine" "$(where)" "$pam"
is "cc is asked, whatever it is called" "$(where CC=gcc)" "$pam"
compiler strange 'exit 1' 'exit 1'
is "one that knows nothing of its machine" "$(where CC=strange)" "$pam"
compiler arm64 'echo aarch64-linux-gnu' 'echo aarch64-linux-gnu'
is "Debian's for another machine" "$(where CC=arm64)" /lib/aarch64-linux-gnu/security
[ "$(uname -m)" != x86_64 ] || {
	compiler i386 'echo i386-linux-gnu' 'echo x86_64-linux-gnu'
	is "of two that it can make" "$(where CC=i386)" /lib/i386-linux-gnu/security
}
compiler musl 'exit 1' 'echo s390x-linux-musl'
printf '#!/bin/sh\necho /usr/lib64\n' >/tmp/cc/musl-pkg-config
chmod +x /tmp/cc/musl-pkg-config
is "another system's, by its pkg-config" \
    "$(PKG_CONFIG=musl-pkg-config where CC=musl)" /usr/lib64/security
printf '#!/bin/sh\nexit 1\n' >/tmp/cc/musl-pkg-config
is "without" "$(PKG_CONFIG=musl-pkg-config where CC=musl)" /usr/lib/security
is "PAMDIR=" "$(where CC=musl PAMDIR=/opt/pam)" /opt/pam
is "PAMDIR of the environment" "$(PAMDIR=/opt/pam where CC=musl)" /opt/pam
finish
