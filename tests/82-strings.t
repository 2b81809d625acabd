#!/bin/sh
# names, homes, shells and numbers of all sorts: stored or refused, nothing is
# executed, nothing forged, and the login goes on
config='stopdelay=0'
limit=120
. "${0%/*}/lib.sh"
daemon

# user NAME UID HOME SHELL: as no useradd would make it
user() {
	printf '%s:x:%s:%s::%s:%s\n' "$1" "$2" "$2" "$3" "$4" >>/etc/passwd
	printf '%s:x:%s:\n' "$1" "$2" >>/etc/group
	printf '%s:*:1::::::\n' "$1" >>/etc/shadow
	mkdir -m 700 "$3" 2>/dev/null && chown "$2:$2" "$3"
}

# strange WHAT NAME UID [HOME [SHELL]]: logs in and has services
strange() {
	home=${4:-/home/strange$3}
	user "$2" "$3" "$home" "${5:-/bin/sh}"
	mkdir -p "$home/.config/service/foo"
	printf '#!/bin/sh\nenv >/tmp/saw.%s\nid >>/tmp/saw.%s\npwd >>/tmp/saw.%s\nexec sleep 1000\n' \
	    "$3" "$3" "$3" >"$home/.config/service/foo/run"
	chmod +x "$home/.config/service/foo/run"
	chown -R "$3:$3" "$home/.config"
	login x "$2"
	is "$1: the login goes on" "$id" 0
	is "$1: it has the runtime directory" "$(var x XDG_RUNTIME_DIR)" "/run/user/$3"
	is "$1: which is the user's" "$(stat -c '%a %u %g' "/run/user/$3")" "700 $3 $3"
	is "$1: USER" "$(has x USER)" "$2"
	is "$1: NAME" "$(key "users/$3" NAME)" "$2"
	is "$1: each line is KEY=value" "$(cat "/run/turnstiled/users/$3" \
	    "/run/turnstiled/$(session x)" | grep -avc '^[A-Z_]*=')" 0
	ok "$1: services run" waitfor 5 grep -q "^uid=$3" "/tmp/saw.$3"
	ok "$1: as this user" grep -q "^uid=$3.* gid=$3" "/tmp/saw.$3"
	ok "$1: HOME" grep -qxF "HOME=$home" "/tmp/saw.$3"
	ok "$1: SHELL" grep -qxF "SHELL=${5:-/bin/sh}" "/tmp/saw.$3"
	ok "$1: LOGNAME" grep -qxF "LOGNAME=$2" "/tmp/saw.$3"
	logout x
	ok "$1: all gone" waitfor 8 [ ! -e "/run/turnstiled/users/$3" ]
	ok "$1: its directory too" waitfor 2 [ ! -e "/run/user/$3" ]
}

strange "blanks and quotes" "a b'c\"" 31001 "/home/a b'c\"d"
strange "substitution" '$(touch pwned1)`touch pwned2`' 31002 '/home/$(touch pwned3) `touch pwned4`' '/bin/$(touch pwned5)'
strange "percent" '%s%n%u%h' 31003 '/home/%s%n%u' '/bin/%s%n'
strange "semicolons" ';touch pwned6;' 31004 '/home/;touch pwned7;&' ';touch pwned8'
strange "dots" '..' 31005 '/home/-rf'
strange "UTF-8" 'änne' 31006 '/home/änne'
strange "not UTF-8" "$(printf 'a\351')" 31007 "$(printf '/home/a\351')"
strange "uid 2^31 - 1" big 2147483647
strange "uid 4294967293" bigger 4294967293
ok "nothing was executed" [ ! "$(find / -xdev -name 'pwned*' -not -path '/proc/*' 2>/dev/null)" ]

# what cannot be stored: refused WHAT NAME KEY, which is left out; without a name
# nobody is registered
refused() {
	: >/tmp/syslog
	login x "$2"
	is "$1: the login goes on" "$id" 0
	ok "$1: said" waitfor 5 grep -q "pam_turnstile.*: $3 is left out" /tmp/syslog
	if [ "$3" = USER ]; then
		is "$1: not registered" "$(nsessions)" 0
	else
		is "$1: registered" "$(has x USER)" "$2"
		is "$1: left out" "$(has x "$3")" ''
		[ "$3" = HOME ] && other=/ || other=/bin/sh
		is "$1: instead of it" "$(sed -n "s/^$3=//p" "/run/turnstiled/private/logins/$(id -u "$2")")" $other
		is "$1: no line is forged" "$(grep -c '[[:cntrl:]]' "/run/turnstiled/$(session x)")" 0
	fi
	logout x
	ok "$1: all gone" waitfor 8 is_nsessions 0
}
user "$(printf 'c\tt')" 31010 /home/tab /bin/sh
refused "a tab in the name" "$(printf 'c\tt')" USER
user longhome 31011 "/$(printf %03000d 1)" /bin/sh
refused "a home of 3,000 characters" longhome HOME
user longshell 31012 /home/longshell "/$(printf %020000d 1)"
refused "a shell of 20,000 characters" longshell SHELL
user ctrlhome 31013 "$(printf '/home/\033[2J')" /bin/sh
refused "an escape in the home" ctrlhome HOME

# the same by markers
for u in longhome longshell ctrlhome; do
	: >/var/lib/turnstiled/linger/$u
done
: >"/var/lib/turnstiled/linger/$(printf 'new\nline')"
mkfifo /var/lib/turnstiled/linger/fifo
ln -s /etc/passwd /var/lib/turnstiled/linger/link
: >/var/lib/turnstiled/linger/alice
ok "markers of strange users harm no other" waitfor 8 is_state alice ready
rm -f /var/lib/turnstiled/linger/*
ok "gone" waitfor 8 gone alice
finish
