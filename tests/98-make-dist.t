#!/bin/sh
# make dist: the same tree, the same bytes
. "${0%/*}/lib.sh"
dist() { # DIRECTORY [VARIABLE=VALUE]
	(cd "$1" && shift && env "$@" make -s dist >/tmp/out 2>&1 && cat turnstile-*.tar.gz) >/tmp/tar.gz
	cksum </tmp/tar.gz
}
for d in /tmp/a /home/alice/b; do
	mkdir -p $d
	cp -R /src/. $d
	rm -rf $d/.git $d/config.h $d/.built-*
	find $d -exec touch -d 2020-01-02 {} +
done
one=$(dist /tmp/a)
is "twice" "$(dist /tmp/a)" "$one"
chmod -R go-rwx /home/alice/b
find /home/alice/b -name '*.t' -exec touch {} +
chown -R alice: /home/alice/b
umask 077
is "elsewhere, by somebody else, with other times and modes" "$(dist /home/alice/b)" "$one"
umask 022
tar -xzf /tmp/tar.gz -C /tmp
is "from what was unpacked" "$(dist /tmp/turnstile-*)" "$one"
is "SOURCE_DATE_EPOCH" "$(dist /tmp/a SOURCE_DATE_EPOCH=86400 >/tmp/x
    tar -tvzf /tmp/tar.gz | awk '{ print $2, $4 }' | sort -u)" "$(printf '0/0 1970-01-02')"
if command -v git >/dev/null; then
	export HOME=/tmp
	(cd /tmp/a && rm -f turnstile-*.tar.gz && git init -q && git add . &&
	    GIT_COMMITTER_DATE='2021-03-04T00:00:00Z' git -c user.name=a -c user.email=a@b commit -qm x) >/tmp/out 2>&1
	is "in git, the time of the commit" "$(dist /tmp/a >/tmp/x
	    tar -tvzf /tmp/tar.gz | awk '{ print $4 }' | sort -u)" 2021-03-04
fi
finish
