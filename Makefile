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

# where the other modules are; give PAMDIR=... to say so yourself
PAMDIR != [ -z "$$PAMDIR" ] || { echo "$$PAMDIR"; exit; }; \
	arch=`cc -print-multiarch 2>/dev/null`; \
	for d in "`pkg-config --variable=libdir pam 2>/dev/null`" \
	    "/lib/$${arch:-none}" \
	    /lib64 /usr/lib64 /usr/lib /lib; do \
		[ -L "$$d" ] || [ ! -e "$$d/security/pam_unix.so" ] || break; \
	done; echo "$$d/security"

CC = cc
CFLAGS = -O2 -g

# all of these that the compiler takes; HARDEN= for none
HARDEN != t=`mktemp -d` || exit 0; \
	echo '\#include <stdio.h>' >$$t/t.c; echo 'int main(void){return 0;}' >>$$t/t.c; \
	try() { $(CC) $(CFLAGS) -Werror "$$@" -o $$t/t $$t/t.c 2>/dev/null; }; \
	set -- -fstack-protector-strong -fstack-clash-protection \
	    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -Wl,-z,relro,-z,now; \
	if try "$$@"; then echo "$$@"; \
	else for f; do try $$f && echo $$f; done; fi; rm -rf $$t
PIE = -fPIE -pie

TSFLAGS = -std=c99 -pedantic -Wall -Wextra -D_GNU_SOURCE \
	-DVERSION=\"$(VERSION)\" -DSBINDIR=\"$(SBINDIR)\" \
	-DLIBEXECDIR=\"$(LIBEXECDIR)\" -DRUNDIR=\"$(RUNDIR)\" \
	-DSTATEDIR=\"$(STATEDIR)\" $(HARDEN) $(CPPFLAGS) $(CFLAGS)

DIST = LICENSE Makefile README.md config.def.h turnstiled.c pam_turnstile.c \
	proto.h turnstile-ready.sh turnstile-update-runit-env turnstiled.8 \
	backends examples tests

# a file appears whole or not at all: others may be running it
PUT = put() { cp -f "$$2" "$$3.new" && chmod "$$1" "$$3.new" && \
	mv -f "$$3.new" "$$3"; }; put

all: turnstiled pam_turnstile.so

# no prerequisite: a config.h is its owner's and is never overwritten
config.h:
	cp config.def.h $@

turnstiled: turnstiled.c proto.h config.h
	$(CC) $(TSFLAGS) $(PIE) -o $@ turnstiled.c $(LDFLAGS) -lpam

# nothing but the PAM entry points is to be seen from outside
pam_turnstile.so: pam_turnstile.c proto.h config.h
	$(CC) $(TSFLAGS) -fPIC -fvisibility=hidden -shared -o $@ pam_turnstile.c \
	    $(LDFLAGS) -lpam

install: all
	mkdir -p "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(SBINDIR)" \
	    "$(DESTDIR)$(LIBEXECDIR)" "$(DESTDIR)$(PAMDIR)" \
	    "$(DESTDIR)$(MANPREFIX)/man1" "$(DESTDIR)$(MANPREFIX)/man8" \
	    "$(DESTDIR)$(EXDIR)" "$(DESTDIR)$(SYSCONFDIR)/pam.d"
	$(PUT) 755 turnstile-ready.sh "$(DESTDIR)$(LIBEXECDIR)/turnstile-ready.sh"
	for f in backends/*; do \
		[ ! -f "$$f" ] || { $(PUT) 755 "$$f" \
		    "$(DESTDIR)$(LIBEXECDIR)/$${f##*/}"; } || exit 1; \
	done
	$(PUT) 755 turnstiled "$(DESTDIR)$(SBINDIR)/turnstiled"
	$(PUT) 755 pam_turnstile.so "$(DESTDIR)$(PAMDIR)/pam_turnstile.so"
	$(PUT) 755 turnstile-update-runit-env \
	    "$(DESTDIR)$(BINDIR)/turnstile-update-runit-env"
	$(PUT) 644 turnstiled.8 "$(DESTDIR)$(MANPREFIX)/man8/turnstiled.8"
	echo .so man8/turnstiled.8 \
	    >"$(DESTDIR)$(MANPREFIX)/man8/pam_turnstile.8"
	echo .so man8/turnstiled.8 \
	    >"$(DESTDIR)$(MANPREFIX)/man1/turnstile-update-runit-env.1"
	cp -R examples/. "$(DESTDIR)$(EXDIR)"
	[ -e "$(DESTDIR)$(SYSCONFDIR)/pam.d/turnstiled" ] || { $(PUT) 644 \
	    examples/pam.d/turnstiled \
	    "$(DESTDIR)$(SYSCONFDIR)/pam.d/turnstiled"; }

uninstall:
	rm -f "$(DESTDIR)$(SBINDIR)/turnstiled" \
	    "$(DESTDIR)$(PAMDIR)/pam_turnstile.so" \
	    "$(DESTDIR)$(BINDIR)/turnstile-update-runit-env" \
	    "$(DESTDIR)$(MANPREFIX)/man8/turnstiled.8" \
	    "$(DESTDIR)$(MANPREFIX)/man8/pam_turnstile.8" \
	    "$(DESTDIR)$(MANPREFIX)/man1/turnstile-update-runit-env.1"
	for f in turnstile-ready.sh backends/*; do \
		rm -f "$(DESTDIR)$(LIBEXECDIR)/$${f##*/}"; \
	done
	rmdir "$(DESTDIR)$(LIBEXECDIR)" || true
	rm -rf "$(DESTDIR)$(EXDIR)"
	! cmp -s examples/pam.d/turnstiled \
	    "$(DESTDIR)$(SYSCONFDIR)/pam.d/turnstiled" || \
	    rm -f "$(DESTDIR)$(SYSCONFDIR)/pam.d/turnstiled"

dist: clean
	mkdir turnstile-$(VERSION)
	cp -R $(DIST) turnstile-$(VERSION)
	[ ! -d .ci ] || cp -R .ci turnstile-$(VERSION)
	tar -cf - turnstile-$(VERSION) | gzip >turnstile-$(VERSION).tar.gz
	rm -rf turnstile-$(VERSION)

clean:
	rm -rf turnstiled pam_turnstile.so turnstile-$(VERSION) \
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

.PHONY: all install uninstall dist clean check try bench fuzz analyze stress
