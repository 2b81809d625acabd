#!/bin/sh
# OpenRC: its runlevels are reached when the login goes on; all comes down, in order
TURNSTILE_BACKEND=openrc
config='stopdelay=0 corewait=4'
limit=180
. "${0%/*}/lib.sh"
rc=/home/alice/.config/rc
uid=$(id -u alice)

# as_alice COMMAND...: as in a shell of her session
as_alice() {
	setpriv --reuid alice --regid alice --init-groups env -i HOME=/home/alice USER=alice \
	    PATH="$PATH" XDG_RUNTIME_DIR="/run/user/$uid" "$@" >>/tmp/alice.log 2>&1
}

# of_both NAME LINE...: a service that says when it comes and goes
of_both() {
	name=$1
	shift
	printf '%s\n' "$@" "start_post() { echo $name up >>/tmp/order; }" \
	    "stop_post() { echo $name down >>/tmp/order; }" | openrcd alice "$name"
}

: >/tmp/order
chmod 666 /tmp/order
of_both supervised supervisor=supervise-daemon command=/bin/sleep command_args=1001 \
    'depend() { need forked; }'
of_both forked command=/bin/sleep command_args=1002 command_background=yes \
    'pidfile="$XDG_RUNTIME_DIR/forked.pid"'
of_both early command=/bin/sleep command_args=1003 command_background=yes \
    'pidfile="$XDG_RUNTIME_DIR/early.pid"'
mkdir -p $rc/runlevels/boot $rc/runlevels/shutdown
mv $rc/runlevels/default/early $rc/runlevels/boot
echo 'start() { echo bye >>/tmp/order; }' | openrcd alice bye
mv $rc/runlevels/default/bye $rc/runlevels/shutdown
owned alice

daemon
login a alice
is "ready" "$(state alice)" ready
is "boot comes before default, and what is needed first" "$(tr '\n' ' ' </tmp/order)" \
    "early up forked up supervised up "
for i in 1 2 3; do
	is "sleep 100$i runs" "$(pgrep -c -u alice -f "sleep 100$i")" 1
done
is "no complaint" "$(grep 'alice' /tmp/log)" ''
ok "rc-service --user reaches them" as_alice rc-service --user supervised status
ok "it restarts one" as_alice rc-service --user supervised restart
ok "which runs" waitfor 5 eval '[ "$(pgrep -c -u alice -f "sleep 1001")" = 1 ]'
: >/tmp/order
logout a
ok "gone" waitfor 5 gone alice
is "they go down in order, by the runlevel shutdown" "$(sort -u /tmp/order | tr '\n' ' ')" \
    "bye early down forked down supervised down "
is "who needs another one goes before it" "$(grep -n -e supervised -e forked /tmp/order |
    tail -n 2 | sed 's/.*://' | tr '\n' ' ')" "supervised down forked down "
is "killed was none" "$(grep 'still run' /tmp/log)" ''

# a service of the system's, added by the command
mkdir -p /etc/user/init.d
printf '%s\n' "#!$(command -v openrc-run)" command=/bin/sleep command_args=1004 \
    supervisor=supervise-daemon >/etc/user/init.d/systems
chmod 755 /etc/user/init.d/systems
rm -f /home/alice/.cache/rc/dep* # see openrcd()
ok "rc-update --user adds the system's" as_alice rc-update --user add systems default
login a alice
is "it runs" "$(pgrep -c -u alice -f "sleep 1004")" 1
logout a
ok "gone" waitfor 5 gone alice
rm $rc/runlevels/default/systems

# what does not start is named; nobody waits longer than corewait
echo 'start() { return 1; }' | openrcd alice fails
owned alice
: >/tmp/log
login a alice
ok "one that fails: named" waitfor 5 logged '(alice): service fails is not up, login goes on'
is "and no other" "$(grep -c 'is not up' /tmp/log)" 1
is "the others run" "$(pgrep -c -u alice -f "sleep 1001")" 1
logout a
ok "gone" waitfor 5 gone alice
echo 'start() { sleep 1000; }' | openrcd alice fails
owned alice
: >/tmp/log
t=$(now)
login a alice
t=$(($(now) - t))
ok "one that hangs: corewait ($t)" [ $t -ge 400 ]
ok "and no longer" [ $t -lt 1500 ]
ok "named" waitfor 5 logged '(alice): service fails is not up after 4 s'
logout a
ok "gone" waitfor 10 gone alice
rm $rc/runlevels/default/fails

# variables: OpenRC keeps what it is not told of from services
sed -i '1i session required pam_env.so' /etc/pam.d/turnstiled
echo 'FROM_PAM DEFAULT="a b"' >>/etc/security/pam_env.conf
service alice foo 'env >/tmp/foo; exec sleep 1000'
login a alice
ok "a variable of PAM's reaches services" waitfor 5 grep -qx 'FROM_PAM=a b' /tmp/foo
ok "where the bus is, too" grep -q ^DBUS_SESSION_BUS_ADDRESS= /tmp/foo
logout a
ok "gone" waitfor 5 gone alice

# another default runlevel
echo rc_default_runlevel=other >$rc/rc.conf
mkdir -p $rc/runlevels/other
mv $rc/runlevels/default/forked $rc/runlevels/other
owned alice
login a alice
is "rc_default_runlevel's run" "$(pgrep -c -u alice -f "sleep 1002")" 1
is "those of default do not" "$(pgrep -c -u alice -f "sleep 1001")" 0
logout a
ok "gone" waitfor 5 gone alice

# records of one that was killed are not believed
login a alice
procs alice | sed 's/ .*//' | xargs kill -KILL
ok "all killed: started again" waitfor 10 eval '[ "$(pgrep -c -u alice -f "sleep 1002")" = 1 ]'
ok "ready" waitfor 10 is_state alice ready
logout a
ok "gone" waitfor 10 gone alice
finish
