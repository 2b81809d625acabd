#!/bin/sh
# the end was ordered and is not heard yet when the daemon is killed or gets HUP: who
# waits is not answered with what is about to go, and has services of his own
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
service alice foo
core alice 'core_services="foo"'

# unheard LINE...: a session that waits while the supervisor, which was told to stop
# everything, does not run
unheard() {
	login a alice
	supervisor=$(supervisor alice)
	kill -STOP "$supervisor"
	logout a
	process b 'start test alice' "$@"
	tell b open >/tmp/b &
	b=$!
	waitfor 5 is_nsessions 1
}

# served WHAT: b is, by what is begun after that
served() {
	ok "$1: it waits" not waitfor 1 [ -s /tmp/b ]
	kill -CONT "$supervisor"
	wait $b
	is "$1: it is in" "$(cat /tmp/b)" 0
	tell b env >/tmp/env.b
	ok "$1: its directory is there" [ -d "$(var b XDG_RUNTIME_DIR)" ]
	ok "$1: and stays" not waitfor 1 [ ! -d "$(var b XDG_RUNTIME_DIR)" ]
}

daemon
ok "an end that is not heard" unheard 'item tty pts/7'
crash
daemon
served killed
ok "killed: it has services of its own" waitfor 5 started alice foo 2
logout b
ok "killed: gone" waitfor 8 gone alice

ok "again" unheard 'item tty pts/7'
ok "HUP" hup
served HUP
ok "HUP: it has services of its own" waitfor 5 started alice foo 4
logout b
ok "HUP: gone" waitfor 8 gone alice

ok "before a light session" unheard
crash
daemon
served light
logout b
ok "light: gone" waitfor 8 gone alice

# what it says when it has heard an order of the daemon before
command -v strace >/dev/null || {
	skip "what it says then is old" "strace is not installed"
	finish
}
login a alice
supervisor=$(supervisor alice)
kill -STOP "$supervisor"
hup
# it looks for a second one, and for 2 s does not see that there is none
ok "watched" traced -o /tmp/reads -e trace=read -e inject=read:delay_exit=2000000:when=2 \
    -p "$supervisor"
kill -CONT "$supervisor"
ok "it has heard" waitfor 5 grep -q 'read(' /tmp/reads
crash
kill -KILL "$(pid a)"
rm /tmp/s.a.*
daemon # which orders the end
process b 'start test alice' 'item tty pts/7'
tell b open >/tmp/b
is "old: it is in" "$(cat /tmp/b)" 0
ok "old: by services of its own" started alice foo 7
tell b env >/tmp/env.b
ok "old: its directory is there" [ -d "$(var b XDG_RUNTIME_DIR)" ]
logout b
ok "old: gone" waitfor 8 gone alice
finish
