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
while read -r line; do case $line in Sig*) echo "$line" ;; esac; done </proc/$$/status
cat /proc/$PPID/cmdline | tr "\0" "\n" | head -1
readlink /proc/$PPID/fd/*
cat /proc/$PPID/oom_score_adj
: >/tmp/foo.done
exec sleep 1000'
export EVIL=1
trap '' PIPE USR1
# shellcheck disable=SC3045
ulimit -n 1000
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
	ok "no $v" not grep -q "^$v=" /tmp/foo
done
ok "groups" grep -qx '.*wheelers.*' /tmp/foo
ok "alice's limit" grep -qx 333 /tmp/foo
# shellcheck disable=SC2154
ok "the service's own directory" grep -qx "$dir" /tmp/foo
# dinit's services ignore SIGPIPE
[ $backend = dinit ] || ok "no signal is ignored" grep -q '^SigIgn:[[:blank:]]*0*$' /tmp/foo
ok "none is blocked" grep -q '^SigBlk:[[:blank:]]*0*$' /tmp/foo
ok "oom_score_adj" grep -qx 0 /tmp/foo

manager=$(managers alice)
is "standard input" "$(readlink "/proc/$manager/fd/0")" /dev/null
is "standard output" "$(readlink "/proc/$manager/fd/1")" /dev/null
is "nothing foreign" "$(readlink /proc/"$manager"/fd/* |
    grep -v -e ^/dev/null -e ^/home/alice -e ^pipe: -e ^anon_inode: -e ^socket:)" ''
ok "no pipe but its own" [ "$(readlink /proc/"$manager"/fd/* | grep ^pipe: | sort -u | wc -l)" -le 1 ]
ok "no socket but its own" [ "$(readlink /proc/"$manager"/fd/* | grep -c ^socket:)" = \
    "$([ $backend = dinit ] && echo 1 || echo 0)" ]
is "umask" "$(grep Umask "/proc/$manager/status" | tr -dc 0-9)" "$(umask)"
ok "its parent is root's" [ "$(stat -c %U /proc/"$(awk '/^PPid/{print $2}' "/proc/$manager/status")")" = root ]
is "working directory" "$(readlink "/proc/$manager/cwd" | grep -c ^/home/alice)" 1
ok "the daemon keeps its own limits" not grep -q 'open files *333 ' "/proc/$daemon/limits"
finish
