#!/bin/sh
# turnstile-sdlogin: what libelogind and libsystemd answer from its files
# alone
config='stopdelay=0'
limit=90
. "${0%/*}/lib.sh"
. /src/tests/polkit.sh
cc -o /usr/bin/asksd /src/tests/asksd.c -l:libsystemd.so.0 2>/tmp/cc.log ||
    { echo "1..0 # SKIP no libsystemd here"; exit 0; }
mkuser bob
uid=$(id -u alice)
service alice foo
core alice 'core_services="foo"'

# asked RE: what the library says has a line like this
asked() {
	asksd >/tmp/asked
	grep -q -e "$1" /tmp/asked
}

# newest: the last session's ID
newest() {
	ls /run/turnstiled/sessions | sort -n | tail -n 1
}

ok "join is refused to who is not pam_exec" eval '! turnstile-sdlogin join 2>/tmp/said'
ok "and told why" grep -q 'join is for pam_exec.so' /tmp/said
ok "so is nonsense" eval '! turnstile-sdlogin nonsense 2>/tmp/said'
ok "with its usage" grep -q '^usage: ' /tmp/said

# before turnstiled is there
sdlogin
for d in sessions users seats machines; do
	ok "$d is there for who watches it" [ -d /run/systemd/$d ]
done
ok "an empty seat" waitfor 5 asked '^seat0 active=- uid=-1 tty=1 sessions=$'
asksd monitor >/tmp/monitor &
monitor=$!
waitfor 5 grep -q watches /tmp/monitor
daemon

onvt a alice 42
ok "a login on a VT" asked "^session 1 uid=$uid active=0 remote=0 state=online seat=seat0 vt=42 service=login type=tty class=user tty=tty42"
ok "her services, for polkit" asked "^session u$uid uid=$uid active=0 remote=0 state=online seat=seat0 vt=42 service=- type=unspecified class=manager"
ok "she" asked "^user $uid state=online display=1 sessions=1 active= seats=seat0"
ok "the seat, nobody in front" asked '^seat0 active=- uid=-1 tty=1 sessions=1$'
ok "whoever watches is told" waitfor 5 grep -q event /tmp/monitor
is "the shell is in a cgroup of its own" "$(cgroup "$shell")" /1
is "services are in another" "$(cgroup "$(lastpid alice foo)" | cut -d/ -f2)" "u$uid"
# watches: how many there are
watches() {
	cat "/proc/$sdlogin/fdinfo/"* | grep -c ^inotify
}
watches=$(watches)
: >/tmp/monitor
vt 42
ok "in front" waitfor 5 asked '^session 1 .*active=1 .*state=active'
ok "her services, too" waitfor 5 asked "^session u$uid .*active=1 .*state=active"
ok "she is active" waitfor 5 asked "^user $uid state=active display=1 sessions=1 active=1 seats=seat0"
ok "the seat's" waitfor 5 asked "^seat0 active=1 uid=$uid tty=1 sessions=1$"
ok "whoever watches is told of that" waitfor 5 grep -q event /tmp/monitor

login r bob 'item rhost far.example'
ok "a remote one" waitfor 5 asked "^session 2 .*active=0 remote=1 state=online seat=- vt=0 service=test"
ok "its user has nothing in front" waitfor 5 asked "^user $(id -u bob) state=online display=- sessions=2 active= seats=$"
ok "the seat has not it" waitfor 5 asked '^seat0 .*sessions=1$'
logout r
ok "it goes" waitfor 5 eval '! asked "^session 2"'
touch /var/lib/turnstiled/linger/bob
ok "a user who lingers" waitfor 5 asked "^user $(id -u bob) state=lingering display=- sessions= active= seats=$"
rm /var/lib/turnstiled/linger/bob
ok "and then not" waitfor 5 eval '! asked "^user $(id -u bob)"'

# guest COMMAND...: join for bob's su, by a process in alice's session; where that is then
guest() {
	sh -c 'echo $$ >/sys/fs/cgroup/1/cgroup.procs; "$@" PAM_TYPE=open_session PAM_SERVICE=su PAM_USER=bob \
	    turnstile-sdlogin join 2>/dev/null; sed -n s/^0:://p /proc/$$/cgroup' sh "$@"
}
is "su leaves the session" "$(guest env)" /
is "also with few descriptors" "$(guest prlimit --nofile=6:6 env)" /
login x bob "put PAM_SERVICE=turnstiled" "put PAM_USER=alice"
is "nobody gets into her services by his words" "$(cgroup "$(pid x)")" /
logout x

# seats that nobody has
for seat in ../../../tmp/nosuchseat seat9; do
	login x bob "put XDG_SEAT=$seat" 'put XDG_VTNR=41'
	ok "seat $seat: none" waitfor 5 asked '^session [0-9]* uid=1002 active=0 .*seat=- vt=0'
	is "seat $seat: its leader is not moved" "$(cgroup "$(pid x)")" /
	logout x
done
login x bob 'item rhost far.example' 'put XDG_SEAT=seat0' 'put XDG_VTNR=41'
ok "seat0 from far away: none" waitfor 5 asked '^session [0-9]* uid=1002 active=0 .*seat=- vt=0'
logout x
login x bob 'put XDG_SESSION_CLASS=background' 'put XDG_SEAT=seat0' 'put XDG_VTNR=41'
ok "of what runs by itself: none" waitfor 5 asked '^session [0-9]* uid=1002 active=0 .*seat=- vt=0'
logout x
login x bob 'put XDG_VTNR=41'
ok "a VT alone: none" waitfor 5 asked '^session [0-9]* uid=1002 active=0 .*seat=- vt=0'
logout x
login x bob 'put XDG_SEAT=seat0'
ok "without a VT: none" waitfor 5 asked '^session [0-9]* uid=1002 active=0 .*seat=- vt=0'
logout x
login x bob 'put XDG_SEAT=seat0' 'put XDG_VTNR=42'
ok "a VT that somebody has is not taken" waitfor 5 asked '^session [0-9]* uid=1002 active=0 .*seat=- vt=0'
ok "who has it is in front" waitfor 5 asked '^session 1 .*active=1'
logout x
login g bob 'put XDG_SESSION_CLASS=greeter'
is "a greeter without a seat is not moved" "$(cgroup "$(pid g)")" /
logout g
# but from a greeter
login g bob 'put XDG_SESSION_CLASS=greeter' 'put XDG_SEAT=seat0' 'put XDG_VTNR=41'
login x bob 'put XDG_SEAT=seat0' 'put XDG_VTNR=41'
both() { [ "$(asksd | grep -c '^session [0-9]* uid=1002 .*seat=seat0 vt=41')" = 2 ]; }
ok "a greeter makes way" waitfor 5 both
logout g x
waitfor 5 is_nsessions 1

# many marks: guests are found among them
for i in 11 12 13 14 15 16 17 18 19; do
	login m$i bob 'put XDG_SEAT=seat0' "put XDG_VTNR=$i"
done
is "nine marks more" "$(find /run/systemd/turnstile -name '[0-9]*' | wc -l)" 10
rm -f /tmp/guest
passwd -qd bob
echo 'su bob -c "echo \$\$ >/tmp/guest; exec sleep 1000" &' >/tmp/do.a
waitfor 10 [ -s /tmp/guest ]
is "su among many marks leaves the session" "$(cgroup "$(cat /tmp/guest)")" /
kill "$(cat /tmp/guest)"
for i in 11 12 13 14 15 16 17 18 19; do
	logout m$i
done
waitfor 5 is_nsessions 1
ok "their marks go" waitfor 5 eval '[ "$(find /run/systemd/turnstile -name "[0-9]*" | wc -l)" = 1 ]'
ok "and nothing more is watched" waitfor 5 eval '[ "$(watches)" = "$watches" ]'

# two sessions of hers: services are in front with either
onvt b alice 43
b=$(newest)
ok "a second one of hers" waitfor 5 asked "^session $b .*active=0 .*vt=43"
vt 43
ok "the second in front" waitfor 5 asked "^session $b .*active=1"
ok "the first is not" waitfor 5 asked '^session 1 .*active=0'
ok "she is" waitfor 5 asked "^user $uid state=active display=$b sessions=$b,1 active=$b"

vt 42
ok "the older one in front" waitfor 5 asked "^user $uid state=active display=1 sessions=$b,1 active=1"

# what a session leaves behind
echo 'setsid sh -c "echo \$\$ >/tmp/left; exec sleep 1000" & sleep 0.2; exit' >/tmp/do.b
ok "its end" waitfor 5 eval '! asked "^session $b "'
waitfor 5 [ -s /tmp/left ]
vt 43
left=$(cat /tmp/left)
is "who is left stays in its cgroup" "$(cgroup "$left")" "/$b"
ok "which is no session" eval '! asksd | grep -q "^session $b "'
vt 42
ok "the first is in front again" waitfor 5 asked '^session 1 .*active=1'
sleep 1 # nothing else wakes it then
kill "$left"
ok "with the last process its cgroup goes" waitfor 5 [ ! -e "/sys/fs/cgroup/$b" ]
ok "and its mark" waitfor 5 [ ! -e "/run/systemd/turnstile/$b" ]

# idle is asleep
sleep 1
strace -qf -o /tmp/strace -p "$sdlogin" 2>/tmp/strace.log &
strace=$!
waitfor 5 [ -s /tmp/strace ]
sleep 2
kill "$strace"
wait "$strace"
is "idle it sleeps" "$(grep -c . /tmp/strace)" 1

# values that the libraries' parser could stumble over
while IFS='|' read -r given wanted; do
	login x bob "put XDG_SESSION_DESKTOP=$(printf "$given")"
	waitfor 5 [ -e "/run/systemd/sessions/$(var x XDG_SESSION_ID)" ]
	is "DESKTOP=$given" "$(asksd desktop "$(var x XDG_SESSION_ID)")" "$wanted"
	logout x
done <<'END'
KDE|KDE
two words|two words
"quoted|_quoted
'single|'single
back\\slash|back_slash
ends in\\|ends in_
$HOME`id`|_HOME_id_
\303\274|__
\377|_
#;=|#;=
END
# many, at random, in files as turnstiled would write them
perl -e '
    my @odd = map { chr } 34, 34, 36, 39, 92, 92, 96, 32, 35, 61, 128 .. 255;
    for my $id (5001 .. 5300) {
	my $v = join "", map { rand() < 0.5 ? $odd[rand @odd] : chr 32 + rand 95 } 1 .. 1 + rand 40;
	open my $f, ">", "/run/turnstiled/sessions/.$id" or die;
	print $f "VERSION=1\nUID=$ARGV[0]\nREMOTE=0\nDESKTOP=$v\nSEAT=\n";
	close $f;
	rename "/run/turnstiled/sessions/.$id", "/run/turnstiled/sessions/$id" or die;
	$v =~ s/[^ -~]|["\\\$`]/_/g;
	print "$v\n";
    }' "$uid" >/tmp/wanted
waitfor 10 eval '[ "$(find /run/systemd/sessions -name "5[0-9][0-9][0-9]" | wc -l)" = 300 ]'
# shellcheck disable=SC2046
asksd desktop $(seq 5001 5300) >/tmp/got
ok "300 values at random" cmp /tmp/wanted /tmp/got
rm /run/turnstiled/sessions/5[0-9][0-9][0-9]
ok "they go" waitfor 10 eval '! asked "^session 5[0-9][0-9][0-9]"'
waitfor 5 asked '^session 1 '

# only one
ok "a second one is refused" eval '! turnstile-sdlogin 2>/tmp/said'
ok "with the reason" grep -q 'does another one run' /tmp/said

# a lock that is not let go of holds no login for long
flock /run/systemd/turnstile/.lock sleep 1000 &
waitfor 5 eval '! flock -n /run/systemd/turnstile/.lock true'
is "a lock that stays: su leaves the session" "$(guest env)" /
t=$(now)
onvt c bob 43
ok "a lock that stays: the login goes on" [ $(($(now) - t)) -lt 800 ]
is "where it was" "$(cgroup "$shell")" /
pkill -TERM -f 'sleep 1000'
pkill -TERM -x flock
echo exit >/tmp/do.c
waitfor 5 is_nsessions 1

# a crash, and what is true no more meanwhile
kill -KILL "$sdlogin"
wait "$sdlogin" 2>/dev/null
echo exit >/tmp/do.a
ok "gone" waitfor 10 gone alice
ok "its files stay" [ -e /run/systemd/sessions/1 ]
sdlogin
ok "until it comes again" waitfor 5 [ ! -e /run/systemd/sessions/1 ]
ok "no user" [ ! -e "/run/systemd/users/$uid" ]
ok "no cgroup" waitfor 5 eval '[ ! -e /sys/fs/cgroup/1 ] && [ ! -e "/sys/fs/cgroup/u$uid" ]'
is "no mark" "$(ls /run/systemd/turnstile)" ''

# who has been started from a session opens sessions when that has ended
onvt q root 43
q=$(newest)
mkfifo /tmp/s.q.in /tmp/s.q.out
echo 'setsid turnstile-client session /tmp/s.q.in /tmp/s.q.out & sleep 0.2; exit' >/tmp/do.q
waitfor 5 eval '[ ! -e "/run/turnstiled/sessions/$q" ]'
tell q 'start test alice' 'put XDG_SEAT=seat0' 'put XDG_VTNR=43' open >/tmp/told
ok "who is left of a session is no host" waitfor 5 asked "^session [0-9]* uid=$uid .*seat=seat0 vt=43"
tell q close end >/tmp/told
waitfor 10 gone alice

# turnstiled started by hand, from a login
kill "$daemon"
wait "$daemon"
onvt d root 43
echo 'turnstiled 2>>/tmp/log & echo $! >/tmp/pid.hand' >/tmp/do.d
waitfor 5 [ -s /tmp/pid.hand ]
daemon=$(cat /tmp/pid.hand)
waitfor 5 listening
onvt e alice 42
is "by hand: services are not in that login's session" \
    "$(cgroup "$(lastpid alice foo)" | cut -d/ -f2)" "u$uid"
echo exit >/tmp/do.e
echo exit >/tmp/do.d
ok "by hand: gone" waitfor 10 gone alice
kill "$daemon"
waitfor 5 ended "$daemon"
daemon
login y root # who has no services: nothing else wakes it
ok "turnstiled anew: its sessions are seen" waitfor 5 asked '^session [0-9]* uid=0 '
logout y

# systemd's, then
kill "$sdlogin" $monitor
wait "$sdlogin"
mkdir /run/systemd/system
ok "it does not begin beside systemd" eval '! turnstile-sdlogin 2>/tmp/said'
ok "with the reason" grep -q 'systemd says here who is logged in' /tmp/said
onvt f alice 42
is "no session is moved" "$(cgroup "$shell")" /
echo exit >/tmp/do.f
ok "gone" waitfor 10 gone alice
vt 1
pkill -TERM -x dbus-daemon
finish
