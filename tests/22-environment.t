#!/bin/sh
# what a service sees: environment, groups, limits, signals, descriptors
# with each service manager
config='stopdelay=0'
. "${0%/*}/lib.sh"
groupadd wheelers
usermod -aG wheelers alice
uid=$(id -u alice)
echo 'alice hard nofile 333' >/etc/security/limits.d/alice.conf
echo 'FROM_PROFILE=1; export FROM_PROFILE' >>/etc/profile
sed -i '1i session required pam_env.so conffile=/etc/security/t.conf' /etc/pam.d/turnstiled
echo 'FROM_PAM DEFAULT=pam' >/etc/security/t.conf
# shellcheck disable=SC2016
service alice foo 'exec >/tmp/foo 2>&1
cat /proc/$$/environ | tr "\0" "\n"
id -G -n; pwd; ulimit -n
grep ^Sig /proc/self/status
cat /proc/$PPID/cmdline | tr "\0" "\n" | head -1
readlink /proc/$PPID/fd/*
: >/tmp/foo.done
exec sleep 1000'
own=$(svdir alice)/foo
case $backend in dinit | openrc) own=$own.d ;; esac
# whom PAM does not limit: what the daemon raised for itself is not his
sed -i '/pam_limits/i session [success=1 default=ignore] pam_succeed_if.so quiet user = bob' /etc/pam.d/turnstiled
mkuser bob
service bob foo '(ulimit -S -n; cat /proc/self/oom_score_adj) >/tmp/bob
: >/tmp/bob.done
exec sleep 1000'
# a shell that leaves blocked signals as they are for its children, dash does not; and
# a signal that is ignored and no libc can reset
[ ! -e /bin/bash ] || ln -sf bash /bin/sh
[ "$(uname -m)" != x86_64 ] || turnstiled() {
	exec perl -e '$a = pack "Q4", 1, 0, 0, 0; syscall 13, 33, $a, 0, 8; exec "/usr/sbin/turnstiled"'
}
export EVIL=1
trap '' PIPE USR1
# shellcheck disable=SC3045
ulimit -S -n 500 && ulimit -H -n 1000
exec 7</etc/passwd
daemon
exec 7<&-
login a alice
ok "up" waitfor 5 [ -e /tmp/foo.done ]
sees() {
	ok "$1" grep -qx -e "$1" /tmp/foo
}
sees HOME=/home/alice
sees USER=alice
sees LOGNAME=alice
sees SHELL=/bin/sh
sees "UID=$uid"
sees "GID=$(id -g alice)"
sees "XDG_RUNTIME_DIR=/run/user/$uid"
sees "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$uid/bus"
sees "FROM_PAM=pam"
[ $backend != runit ] || sees "TURNSTILE_ENV_DIR=/home/alice/.config/service-env"
ok "PATH" grep -q '^PATH=/.*/usr/bin' /tmp/foo
for v in EVIL FROM_PROFILE ASAN_OPTIONS XDG_SESSION_ID; do
	ok "no $v" lacks /tmp/foo "^$v="
done
ok "groups" grep -qx '.*wheelers.*' /tmp/foo
ok "alice's limit" grep -qx 333 /tmp/foo
ok "the service's own directory" grep -qx "$own" /tmp/foo
# dinit's services ignore what it ignores itself, SIGPIPE and a terminal's, and
# OpenRC's glibc's own two, by its posix_spawn()
case $backend in dinit) ignored="\(381\|1\)000" ;; openrc) ignored=180000000 ;; *) ignored=0 ;; esac
ok "no signal is ignored" grep -q -e '^SigIgn:[[:blank:]]*0*$' -e "^SigIgn:[[:blank:]]*0*$ignored$" /tmp/foo
ok "none is blocked" grep -q '^SigBlk:[[:blank:]]*0*$' /tmp/foo

login b bob
ok "bob's are up" waitfor 5 [ -e /tmp/bob.done ]
is "the daemon has all the descriptors it may have" \
    "$(awk '/^Max open files/{print $4}' "/proc/$daemon/limits")" 1000
manager=$(managers alice)
is "bob's have as many as before" "$(sed -n 1p /tmp/bob)" 500
if [ "$(cat "/proc/$daemon/oom_score_adj")" = -1000 ]; then
	is "bob's are the out-of-memory killer's choice" "$(sed -n 2p /tmp/bob)" 0
else
	skip "the out-of-memory score" "no CAP_SYS_RESOURCE, nobody's score can be lowered"
fi

kill -HUP "$daemon"
waitfor 5 eval '[ "$(grep -c " is ready$" /tmp/log)" = 2 ]'
logout b
waitfor 5 gone bob
rm /tmp/bob.done
login b bob
waitfor 5 [ -e /tmp/bob.done ]
is "nor have they more after HUP" "$(sed -n 1p /tmp/bob)" 500
is "the manager is in a session of its own" "$(field "$manager" 4)" "$manager"
is "standard input" "$(readlink "/proc/$manager/fd/0")" /dev/null
is "standard output" "$(readlink "/proc/$manager/fd/1")" /dev/null
is "nothing foreign" "$(readlink /proc/"$manager"/fd/* |
    grep -v -e ^/dev/null -e ^/home/alice -e ^/usr/libexec/turnstile/openrc -e ^pipe: -e ^anon_inode: -e /openrc.lock$ -e ^socket:)" ''
ok "no pipe but its own" [ "$(readlink /proc/"$manager"/fd/* | grep ^pipe: | sort -u | wc -l)" -le 1 ]
ok "no socket but its own" [ "$(readlink /proc/"$manager"/fd/* | grep -c ^socket:)" = \
    "$([ $backend = dinit ] && echo 1 || echo 0)" ]
is "umask" "$(grep Umask "/proc/$manager/status" | tr -dc 0-9)" "$(umask)"
ok "its parent is root's" [ "$(stat -c %U /proc/"$(awk '/^PPid/{print $2}' "/proc/$manager/status")")" = root ]
is "working directory" "$(readlink "/proc/$manager/cwd" | grep -c ^/home/alice)" 1
ok "the daemon keeps its own limits" lacks "/proc/$daemon/limits" 'open files *333 '
finish
