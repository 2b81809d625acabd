#!/bin/sh
# a reader finds state files whole, whenever it looks
config='stopdelay=0'
. "${0%/*}/lib.sh"
daemon
i=0
while [ $((i += 1)) -le 6 ]; do
	login a alice
	login b alice
	logout b a
done &
bad=0 looks=0
while ! ended $!; do
	for f in /run/turnstiled/sessions/[0-9]* /run/turnstiled/users/[0-9]*; do
		text=$(cat "$f" 2>/dev/null) || continue
		looks=$((looks + 1))
		case $f in
		*/sessions/*) keys='UID USER SERVICE CLASS REMOTE LEADER' ;;
		*) keys='NAME RUNTIME STATE' ;;
		esac
		for k in $keys; do
			case "
$text" in *"
$k="?*) ;; *) bad=$((bad + 1)); echo "# $f without $k: $text" ;; esac
		done
	done
done
is "each was whole" $bad 0
ok "it has looked ($looks times)" [ $looks -gt 10 ]
is "no other file lies about" \
    "$(find /run/turnstiled/sessions /run/turnstiled/users -name '*[!0-9]*' -type f)" ''
finish
