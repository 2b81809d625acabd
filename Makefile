# turnstile - login sessions and user services without systemd
# See LICENSE file for copyright and license details.
.POSIX:

VERSION = 0.1

PREFIX = /usr
BINDIR = $(PREFIX)/bin
SBINDIR = $(PREFIX)/sbin
LIBEXECDIR = $(PREFIX)/libexec/turnstile
MANPREFIX = $(PREFIX)/share/man
EXDIR = $(PREFIX)/share/examples/turnstile
SYSCONFDIR = /etc
RUNDIR = /run/turnstiled
STATEDIR = /var/lib/turnstiled

# what users' services are run by where config.h leaves it open: Runit, Dinit,
# S6, OpenRC or None
BACKEND =

# the environment's, as packagers' tools set them, and not what a make presumes
CC != printf '%s\n' "$${CC:-cc}"
CFLAGS != printf '%s\n' "$${CFLAGS--O2 -g}"
CPPFLAGS != printf '%s\n' "$$CPPFLAGS"
LDFLAGS != printf '%s\n' "$$LDFLAGS"

# where the other modules are, and would be on the machine that CC compiles for;
# give PAMDIR=... to say so yourself
PAMDIR != [ -z "$$PAMDIR" ] || { echo "$$PAMDIR"; exit; }; \
	arch=`$(CC) $(CFLAGS) -print-multiarch 2>/dev/null || :`; \
	cpu=$${arch:-`$(CC) $(CFLAGS) -dumpmachine 2>/dev/null || :`}; \
	lib=`$${PKG_CONFIG:-pkg-config} --variable=libdir pam 2>/dev/null || :`; \
	case $${cpu%%-*} in '' | "`uname -m`") \
		for d in "/lib/$${arch:-none}" "$$lib" /lib64 /usr/lib64 /usr/lib /lib; do \
			[ -L "$$d" ] || [ ! -e "$$d/security/pam_unix.so" ] || \
			    { echo "$$d/security"; exit; }; \
		done ;; \
	esac; \
	[ -z "$$arch" ] || lib=/lib/$$arch; echo "$${lib:-/usr/lib}/security"

# fails if the compiler does not take these, in $$t, or has something to say
TRY = try() { $(CC) $(CPPFLAGS) $(CFLAGS) -Werror "$$@" -o $$t/t $$t/t.c \
	$(LDFLAGS) >$$t/out 2>&1 && [ ! -s $$t/out ]; }

# what of these the compiler takes and nobody has set otherwise; HARDEN= for none
HARDEN != t=`mktemp -d` || exit 0; \
	printf '\043include <stdio.h>\nint main(void){return 0;}\n' >$$t/t.c; \
	$(TRY); \
	set -- -fstack-protector-strong -fstack-clash-protection -Wl,-z,relro,-z,now; \
	$(CC) $(CPPFLAGS) $(CFLAGS) -dM -E $$t/t.c 2>/dev/null | \
	    grep -q _FORTIFY_SOURCE || set -- "$$@" -D_FORTIFY_SOURCE=2; \
	if try "$$@" -fPIE -pie; then echo "$$@" -fPIE; \
	else for f; do ! try $$f || echo $$f; done; ! try -fPIE -pie || echo -fPIE; fi; \
	rm -rf $$t
PIE != case ' $(HARDEN) ' in *' -fPIE '*) echo -pie ;; esac
# turnstile-sdlogin needs no library, or LD_PRELOAD in PAM's environment (greetd's greeter
# says what is there) would be one of root's: pam_exec hands that on
STATIC != t=`mktemp -d` || exit 0; echo 'int main(void){return 0;}' >$$t/t.c; \
	set -- -static; [ -z '$(PIE)' ] || set -- -static-pie -static; found='$(PIE)'; \
	$(TRY); for f; do ! try $$f || { found=$$f; break; }; done; \
	rm -rf $$t; echo $$found

DEFS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
	-DVERSION=\"$(VERSION)\" -DSBINDIR=\"$(SBINDIR)\" \
	-DLIBEXECDIR=\"$(LIBEXECDIR)\" -DRUNDIR=\"$(RUNDIR)\" \
	-DSTATEDIR=\"$(STATEDIR)\"
TSFLAGS = -std=c99 -pedantic -Wall -Wextra -Wshadow $(DEFS) $(BUILTFOR:%=-DBACKEND=%) \
	$(HARDEN) $(CPPFLAGS) $(CFLAGS)

# A file that is there when turnstiled and the module were built like this, its
# name ends in checksums of the paths and of the rest.  What is installed is what
# was built, whatever it was built by, but with the paths of the installation:
# KEEPBUILT asks for the paths alone, and the backend if it is named.
BUILT != sum() { printf '%s\n' "$$@" | cksum | tr -cd 0-9; }; \
	p=.built-`sum $(DEFS)`; f=-`sum $(CC) $(PIE) $(HARDEN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)`; \
	set -- $$p-$(BACKEND)$$f; \
	[ -z "$(KEEPBUILT)" ] || [ -e "$$1" ] || set -- $$p-$(BACKEND)*; \
	[ -e "$$1" ] || set -- $$p-$(BACKEND)$$f; echo $$1
# the backend in its name, also when `make install` compiles a changed config.h
BUILTFOR != echo '$(BUILT)' | sed 's/^[^-]*-[0-9]*-//; s/-[0-9]*$$//'

DIST = LICENSE Makefile README.md config.def.h turnstiled.c pam_turnstile.c \
	turnstile-sdlogin.c proto.h turnstile-*.sh turnstile-update-runit-env turnstiled.8 \
	backends examples tests

# a file appears whole or not at all: others may be running it
PUT = put() { cp -f "$$2" "$$3.new" && chmod "$$1" "$$3.new" && \
	mv -f "$$3.new" "$$3"; }; put
# text, in which the usual paths become those of the installation
PATHS = sed -e 's|/usr/share/examples/turnstile|$(EXDIR)|g' \
	-e 's|/usr/sbin/turnstile|$(SBINDIR)/turnstile|g' \
	-e 's|/etc/pam.d/turnstiled|$(SYSCONFDIR)/pam.d/turnstiled|g' \
	-e 's|/run/turnstiled|$(RUNDIR)|g' -e 's|/var/lib/turnstiled|$(STATEDIR)|g'
# PUT for that
FILL = fill() { $(PATHS) "$$2" >"$$3.new" && chmod "$$1" "$$3.new" && mv -f "$$3.new" "$$3"; }; fill

all: turnstiled pam_turnstile.so turnstile-sdlogin

# no prerequisite: a config.h is its owner's and is never overwritten
config.h:
	cp config.def.h $@

$(BUILT):
	rm -f .built-* turnstiled pam_turnstile.so turnstile-sdlogin
	: >$@

turnstiled: turnstiled.c proto.h config.h $(BUILT)
	$(CC) $(TSFLAGS) $(PIE) -o $@ turnstiled.c $(LDFLAGS) -lpam

turnstile-sdlogin: turnstile-sdlogin.c proto.h config.h $(BUILT)
	$(CC) $(TSFLAGS) $(STATIC) -o $@ turnstile-sdlogin.c $(LDFLAGS)

# nothing but the PAM entry points is to be seen from outside
pam_turnstile.so: pam_turnstile.c proto.h config.h $(BUILT)
	$(CC) $(TSFLAGS) -fPIC -fvisibility=hidden -shared -o $@ pam_turnstile.c \
	    $(LDFLAGS) -lpam

install:
	KEEPBUILT=1 $(MAKE) HARDEN='$(HARDEN)' PAMDIR='$(PAMDIR)' all
	umask 022; mkdir -p "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(SBINDIR)" \
	    "$(DESTDIR)$(LIBEXECDIR)" "$(DESTDIR)$(PAMDIR)" \
	    "$(DESTDIR)$(MANPREFIX)/man1" "$(DESTDIR)$(MANPREFIX)/man8" \
	    "$(DESTDIR)$(EXDIR)" "$(DESTDIR)$(SYSCONFDIR)/pam.d"
	for f in turnstile-*.sh backends/*; do \
		[ ! -f "$$f" ] || { $(FILL) 755 "$$f" \
		    "$(DESTDIR)$(LIBEXECDIR)/`basename "$$f"`"; } || exit 1; \
	done
	$(PUT) 755 turnstiled "$(DESTDIR)$(SBINDIR)/turnstiled"
	$(PUT) 755 turnstile-sdlogin "$(DESTDIR)$(SBINDIR)/turnstile-sdlogin"
	$(PUT) 755 pam_turnstile.so "$(DESTDIR)$(PAMDIR)/pam_turnstile.so"
	$(FILL) 755 turnstile-update-runit-env \
	    "$(DESTDIR)$(BINDIR)/turnstile-update-runit-env"
	$(FILL) 644 turnstiled.8 "$(DESTDIR)$(MANPREFIX)/man8/turnstiled.8"
	umask 022; for f in man8/pam_turnstile.8 man8/turnstile-sdlogin.8 \
	    man1/turnstile-update-runit-env.1; do \
		echo .so man8/turnstiled.8 >"$(DESTDIR)$(MANPREFIX)/$$f" || exit 1; \
	done
	umask 022; find examples -name packaging -prune -o -type f -print | while read -r f; do \
		mode=644; [ ! -x "$$f" ] || mode=755; to="$(DESTDIR)$(EXDIR)/$${f#examples/}"; \
		mkdir -p "`dirname "$$to"`" && { $(FILL) $$mode "$$f" "$$to"; } || exit 1; \
	done
	[ -e "$(DESTDIR)$(SYSCONFDIR)/pam.d/turnstiled" ] || { $(FILL) 644 \
	    examples/pam.d/turnstiled \
	    "$(DESTDIR)$(SYSCONFDIR)/pam.d/turnstiled"; }

uninstall:
	rm -f "$(DESTDIR)$(SBINDIR)/turnstiled" \
	    "$(DESTDIR)$(SBINDIR)/turnstile-sdlogin" \
	    "$(DESTDIR)$(PAMDIR)/pam_turnstile.so" \
	    "$(DESTDIR)$(BINDIR)/turnstile-update-runit-env" \
	    "$(DESTDIR)$(MANPREFIX)/man8/turnstiled.8" \
	    "$(DESTDIR)$(MANPREFIX)/man8/pam_turnstile.8" \
	    "$(DESTDIR)$(MANPREFIX)/man8/turnstile-sdlogin.8" \
	    "$(DESTDIR)$(MANPREFIX)/man1/turnstile-update-runit-env.1"
	for f in turnstile-*.sh backends/*; do \
		rm -f "$(DESTDIR)$(LIBEXECDIR)/`basename "$$f"`"; \
	done
	rmdir "$(DESTDIR)$(LIBEXECDIR)" || true
	rm -rf "$(DESTDIR)$(EXDIR)"
	$(PATHS) examples/pam.d/turnstiled | \
	    cmp -s - "$(DESTDIR)$(SYSCONFDIR)/pam.d/turnstiled" && \
	    rm -f "$(DESTDIR)$(SYSCONFDIR)/pam.d/turnstiled" || true

# the same tree gives the same bytes: its last commit's time for each file, or
# SOURCE_DATE_EPOCH, or LICENSE's, and nobody's name
dist: clean
	mkdir turnstile-$(VERSION)
	cp -R $(DIST) turnstile-$(VERSION)
	[ ! -d .ci ] || cp -R .ci turnstile-$(VERSION)
	chmod -R u=rwX,go=rX turnstile-$(VERSION)
	t=$${SOURCE_DATE_EPOCH:-`[ ! -e .git ] || git log -1 --format=%ct`}; \
	if [ "$$t" ]; then set -- -d "@$$t"; else set -- -r LICENSE; fi; \
	find turnstile-$(VERSION) -exec touch "$$@" {} +
	set -- --no-recursion -T -; ! tar --version | grep -q GNU || \
	    set -- --format=ustar --owner=0 --group=0 --numeric-owner "$$@"; \
	find turnstile-$(VERSION) | LC_ALL=C sort | tar -cf - "$$@" | \
	    gzip -n >turnstile-$(VERSION).tar.gz
	rm -rf turnstile-$(VERSION)

clean:
	rm -rf turnstiled pam_turnstile.so turnstile-sdlogin .built-* turnstile-$(VERSION) \
	    turnstile-$(VERSION).tar.gz

# as root, each in a private copy of the system
check: all
	tests/check

try: all
	tests/try

bench: all
	tests/bench/bench $(BENCHFLAGS)

fuzz:
	tests/fuzz

analyze:
	tests/analyze

stress: all
	tests/stress

# logins for an hour, and a table of what has grown
soak: all
	tests/soak

# the tests' own test: changes of the program that they must notice
mutants:
	tests/mutants
	JOBS=1 tests/mutants -l tests/mutants.sdlogin

# in an emulated machine that boots with it
boot: all
	tests/boot/boot

# other libraries, processors and compilers
ports:
	tests/ports

# what the design says, against what the program does
model: all
	tests/model/run

.PHONY: all install uninstall dist clean check try bench fuzz analyze stress \
	mutants boot ports model soak
