#!/bin/sh
# turnstile-update-runit-env as root, in a directory of a user's: no link that
# he planted has root write where it leads
. "${0%/*}/lib.sh"
dir=/home/alice/env
mkdir -m 700 /tmp/precious
echo precious >/tmp/precious/file

# update DIRECTORY NAME=VALUE...: a process whose number was known before, so
# that a link with a temporary name could be planted
update() {
	TURNSTILE_ENV_DIR=$1
	export TURNSTILE_ENV_DIR
	shift
	sh -c 'ln -sf /tmp/precious/file "$TURNSTILE_ENV_DIR/.FOO.$$"
	    ln -sf /tmp/precious/file "$TURNSTILE_ENV_DIR/BAR"
	    exec turnstile-update-runit-env "$@"' update "$@" >/tmp/out 2>&1
}
# safe WHAT
safe() {
	is "$1: what the links lead to is as it was" "$(cat /tmp/precious/file)" precious
	is "$1: nothing else is there" "$(ls -A /tmp/precious)" file
	echo precious >/tmp/precious/file
}

mkdir $dir
chown -R -h alice: $dir
update $dir FOO=evil BAR=evil
is "a user's directory: status" $? 1
is "a user's directory: one line" "$(wc -l </tmp/out)" 1
ok "it names the directory" grep -q $dir /tmp/out
safe "a user's directory"
is "nothing was written" "$(find $dir -type f)" ''

mkdir -m 777 /tmp/others
ln -s /tmp/others /home/alice/link
update /home/alice/link FOO=evil
is "one that all can write to: status" $? 1
safe "one that all can write to"

mkdir -m 700 /tmp/mine
update /tmp/mine FOO=good BAR=good
is "one's own: status" $? 0
safe "one's own, with links"
is "FOO is written" "$(cat /tmp/mine/FOO)" good
is "BAR takes the link's place" "$(stat -c '%F %a' /tmp/mine/BAR)" 'regular file 600'
finish
