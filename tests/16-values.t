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
	ok "no control character" not grep -q '[[:cntrl:]]' "/run/turnstiled/$(session x)"
	is "each line is KEY=value" \
	    "$(grep -avc '^[A-Z_]*=.' "/run/turnstiled/$(session x)")" 0
	logout x
	waitfor 5 is_nsessions 0
done
login x alice "put XDG_SESSION_DESKTOP=$(printf 'GNOME')" 'put XDG_VTNR=99999999999' 'put XDG_SEAT=../../etc'
ok "numbers are checked" not grep -q '^VTNR=9' "/run/turnstiled/$(session x)"
finish
