#!/bin/sh
# turnstile-update-runit-env stores what chpst -e gives back
config='stopdelay=0'
. "${0%/*}/lib.sh"
export TURNSTILE_ENV_DIR=/tmp/env
mkdir -m 700 /tmp/env

update() {
	turnstile-update-runit-env "$@" >/tmp/out 2>&1
}

# back NAME: as a service gets it
back() {
	env -i PATH="$PATH" chpst -e /tmp/env sh -c 'printf "%s." "${'"$1"'-unset}"'
}

# same VALUE: comes back
same() {
	update "FOO=$1"
	is "status" $? 0
	is "${1%%[!a-zA-Z ]*} comes back" "$(back FOO)" "$1."
}

same bar
same ' two  words'
same "'single' \"double\""
same '* ? [a]'
same '$HOME $(touch /tmp/evil) `touch /tmp/evil`'
same 'back\slash\n\\'
same '%s %d'
same -n
same 'a=b'
same "two
lines"
same "
"
same "$(printf 'caf\303\251')"
ok "nothing was evaluated" [ ! -e /tmp/evil ]
is "mode" "$(stat -c %a /tmp/env/FOO)" 600

update EMPTY=
is "empty: status" $? 0
is "empty, but set" "$(back EMPTY)" .
is "a line end alone" "$(od -An -c /tmp/env/EMPTY | tr -d ' ')" '\n'

DISPLAY=:0 XAUTHORITY='/tmp/x y' update DISPLAY XAUTHORITY
is "by name" "$(back DISPLAY)$(back XAUTHORITY)" ':0./tmp/x y.'
(unset DISPLAY; update DISPLAY)
is "not set: status" $? 0
ok "not set: removed" [ ! -e /tmp/env/DISPLAY ]
(unset NOTHING; update NOTHING)
is "not set and not there: status" $? 0

# refused WHAT ARGUMENT
refused() {
	update "BEFORE=$1" "$2" "AFTER=$1"
	is "$1: status" $? 1
	is "$1: one line" "$(wc -l </tmp/out)" 1
	is "$1: the others are done" "$(back BEFORE)$(back AFTER)" "$1.$1."
}
refused "trailing blank" 'BAD=x '
refused "trailing tab" "BAD=x	"
refused "no name" '=x'
refused "a path" '../BAD=x'
refused "a path's name" '../BAD'
refused "a digit" '1BAD=x'
refused "a dash" 'BAD-NAME=x'
refused "a dot" '.BAD=x'
ok "nothing was written" [ ! -e /tmp/BAD ]
is "nothing else is there" "$(find /tmp/env -name '.*' -o -name '*BAD-*' -o -name '1*')" ''

unset TURNSTILE_ENV_DIR
as alice 'turnstile-update-runit-env A=1'
is "the envdir by default" "$(cat /home/alice/.config/service-env/A)" 1
chmod 500 /home/alice/.config/service-env
as alice 'turnstile-update-runit-env B=1' >/tmp/out 2>&1
is "cannot be written: status" $? 1
is "one line" "$(wc -l </tmp/out)" 1
ok "it names the directory" grep -q service-env /tmp/out

# beside a reader who must never see half of it
rm -rf /tmp/env
mkdir -m 700 /tmp/env
export TURNSTILE_ENV_DIR=/tmp/env
long=$(printf %05000d 1)
update "LONG=$long"
i=0
while [ $((i += 1)) -le 30 ]; do update "LONG=$long"; done &
half=0
while ! ended $!; do
	[ "$(wc -c </tmp/env/LONG)" = 5001 ] || half=$((half + 1))
done
is "always whole" $half 0
finish
