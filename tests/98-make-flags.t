#!/bin/sh
# compiler and flags: the environment's are honoured, what changes is built
# anew, what is installed is what was built; no compiler warns of the Makefile
limit=240
. "${0%/*}/lib.sh"
fresh
# programs that are compiled in a moment; the flags are what matters
echo '#include <stdio.h>
int main(void) { puts(VERSION); return sizeof(long) == 0; }' >turnstiled.c
cp turnstiled.c turnstile-sdlogin.c
echo '#include <sys/types.h>
#include <time.h>
int pam_sm_open_session(void);
struct wide { char o[sizeof(off_t) == 8 ? 1 : -1], t[sizeof(time_t) == 8 ? 1 : -1]; };
int pam_sm_open_session(void) { return 0; }' >pam_turnstile.c

# built FLAG...: make said so in each of both commands
built() {
	for f; do
		[ "$(grep -c -e " $f\( \|\$\)" /tmp/out)" -ge 2 ] || { cat /tmp/out; return 1; }
	done
}

# makes VARIABLE=VALUE... -- FLAG...: with these in the environment
makes() {
	e=
	while [ "$1" != -- ]; do
		e="$e '$1'"
		shift
	done
	shift
	eval "env $e $make >/tmp/out 2>&1" && built "$@"
}

quiet() {
	! grep -i -e warning -e redefined /tmp/out
}

for make in make bmake pdpmake; do
	command -v $make >/dev/null || { echo "# no $make here"; continue; }
	$make clean >/tmp/out 2>&1
	ok "$make: the environment's flags" makes CFLAGS='-O1 -DONE' CPPFLAGS=-DTWO LDFLAGS=-Wl,-O1 \
	    CC=gcc -- -O1 -DONE -DTWO -Wl,-O1
	is "$make: and compiler" "$(grep -c '^gcc ' /tmp/out)" 3
	ok "$make: the command line's win" eval \
	    'CFLAGS=-O1 $make CFLAGS="-O2 -DTHREE" >/tmp/out 2>&1 && built -DTHREE && not built -O1 >/dev/null'
	ok "$make: flags that change build it anew" makes CFLAGS=-DFOUR -- -DFOUR
	ok "$make: those that do not build nothing" eval \
	    'CFLAGS=-DFOUR $make >/tmp/out 2>&1 && ! grep DFOUR /tmp/out'
	cp turnstiled /tmp/four
	$make DESTDIR=/tmp/dest install >/tmp/out 2>&1
	ok "$make: install, without them, takes what was built" cmp /tmp/four /tmp/dest/usr/sbin/turnstiled
	ok "$make: make without them is the usual one" makes -- -O2 -g
done

make='make'
for cc in gcc clang clang-19 clang-16 tcc musl-gcc 'gcc -m32 -idirafter /usr/include/x86_64-linux-gnu'; do
	echo 'int main(void) { return 0; }' >/tmp/t.c
	$cc -o /tmp/t /tmp/t.c >/tmp/out 2>&1 || { echo "# no $cc here"; continue; }
	for flags in '-O2 -g' -O0 '-O3 -Wp,-D_FORTIFY_SOURCE=3'; do
		# without libpam, for which there is none of this kind
		sed 's/ -lpam$//' Makefile >/tmp/Makefile
		case "$cc$flags" in tcc*-W*) continue ;; esac
		ok "$cc $flags" eval \
		    'CC="$cc" CFLAGS="$flags" make -f /tmp/Makefile clean all >/tmp/out 2>&1; quiet && [ -x turnstiled ]'
	done
done
if command -v readelf >/dev/null; then
	for cc in gcc clang; do
		make clean all CC=$cc >/tmp/out 2>&1
		ok "$cc: position independent" eval 'readelf -h turnstiled | grep -q "Type: *DYN"'
		ok "$cc: relocations are read-only" eval 'readelf -d turnstiled | grep -q BIND_NOW'
	done
	make CPPFLAGS=-D_FORTIFY_SOURCE=3 -n clean all >/tmp/out 2>&1
	ok "who says _FORTIFY_SOURCE is not talked out of it" not grep -e '_FORTIFY_SOURCE=2' /tmp/out
	ok "who says nothing gets it" eval 'make -n clean all | grep -q _FORTIFY_SOURCE=2'
fi
finish
