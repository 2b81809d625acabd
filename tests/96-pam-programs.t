#!/bin/sh
# programs that use PAM in ways of their own: a screen locker, which only
# authenticates; two sessions in one process; a fork whose child ends PAM silently
config='stopdelay=0'
. "${0%/*}/lib.sh"
. "${0%/*}/login.sh"
mkuser bob
service bob foo
core bob 'core_services="foo"'
daemon

# noecho TTY: a password can be typed
noecho() {
	stty -a <"/dev/$1" | grep -q -e ' -echo '
}

if command -v vlock >/dev/null; then
	echo alice:secret | chpasswd
	terminal l su - alice
	waitfor 10 shows l '^\$ $'
	type_ l 'look l'
	looked su l su 'SERVICE=su-l'
	cat /run/turnstiled/sessions/* /run/turnstiled/users/* >/tmp/before
	type_ l 'vlock; echo unlocked'
	waitfor 5 shows l ENTER
	type_ l ''
	waitfor 5 shows l Password:
	waitfor 5 noecho "$(saw l session.TTY)"
	is "locked: one session" "$(nsessions)" 1
	type_ l secret
	ok "unlocked" waitfor 10 shows l '^unlocked'
	cat /run/turnstiled/sessions/* /run/turnstiled/users/* >/tmp/after
	ok "a locker changes nothing" cmp /tmp/before /tmp/after
	is "nor restarts a service" "$(starts alice foo)" 1
	type_ l exit
	wait "$(pid l)"
	out su l
	rm -f /tmp/up.alice.foo
else
	echo "# vlock is not installed: no screen locker"
fi

t='item tty pts/7'
process two "start test alice" "$t" open "start test bob" "$t" open
is "two users in one process" "$(nsessions)" 2
is "services of one" "$(state alice) $(starts alice foo)" "ready 1"
is "services of the other" "$(state bob) $(starts bob foo)" "ready 1"
tell two env >/tmp/env.two
is "each has its own directory" "$(var two XDG_RUNTIME_DIR)" "/run/user/$(id -u bob)"
tell two 'use 0' silent
login after alice
is "a child that ends PAM silently ends nothing" "$(nsessions)" 3
logout after
tell two 'use 0' close end >/tmp/told
ok "the first closes: it is gone" waitfor 5 gone alice
is "the second is not" "$(nsessions) $(state bob)" "1 ready"
tell two 'use 1' silent
is "a silent child again" "$(nsessions) $(state bob)" "1 ready"
tell two 'use 1' close end >/tmp/told
ok "the second closes: it is gone" waitfor 5 gone bob
tell two exit
rm -f /tmp/s.two.*
finish
