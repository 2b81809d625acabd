#!/bin/sh
# no value can forge a line of a state file, or keep a login out
config='stopdelay=0'
. "${0%/*}/lib.sh"
daemon
long=$(printf %0100000d 7)
for v in "$(printf 'a\033[2Jb')" "$(printf 'a\tb')" "a=b'\"\$(id)" "$(printf 'caf\351')" "$long"; do
	# a long terminal or host is too much for libpam's own audit message
	short=$(printf %.1500s "$v")
	login x alice "item rhost $short" "item tty $short" "item ruser $v" \
	    "put XDG_SESSION_DESKTOP=$v" "put XDG_SESSION_CLASS=$v" "item xdisplay $v"
	is "the login goes on" "$id" 0
	is "and is registered" "$(has x USER)" alice
	ok "no control character" not grep -q '[[:cntrl:]]' "/run/turnstiled/$(session x)"
	is "each line is KEY=value" \
	    "$(grep -avc '^[A-Z_]*=.' "/run/turnstiled/$(session x)")" 0
	logout x
	waitfor 5 is_nsessions 0
done
login x alice "put XDG_SESSION_DESKTOP=$(printf 'GNOME')" 'put XDG_VTNR=99999999999' 'put XDG_SEAT=../../etc'
is "numbers are checked: registered" "$(has x SEAT)" ../../etc
is "numbers are checked" "$(has x VTNR)" ''
logout x
# what can be stored is, and what cannot takes nothing else with it
login x alice "put XDG_SESSION_DESKTOP=a=b'\"\$(id)" 'item ruser bob' "item rhost $(printf 'a\tb')"
is "quotes stay" "$(has x DESKTOP)" "a=b'\"\$(id)"
is "the other stays" "$(has x REMOTE_USER)" bob
is "a tab does not" "$(has x REMOTE_HOST)" ''
ok "said" waitfor 5 grep -q 'pam_turnstile.*REMOTE_HOST is left out: too long, or control characters' /tmp/syslog
logout x
for n_ in 511 512; do
	v=$(printf "%0${n_}d" 7)
	login x alice "put XDG_SESSION_DESKTOP=$v" "put XDG_SEAT=$(printf 'a\177b')"
	is "$n_ characters" "$(has x DESKTOP | wc -c)" "$([ $n_ = 512 ] && echo 0 || echo 512)"
	is "registered" "$(has x USER)" alice
	is "DEL" "$(has x SEAT)" ''
	logout x
done
finish
