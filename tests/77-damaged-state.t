#!/bin/sh
# state files that are damaged, older, forged or half-written: what can be read
# is, nothing that is not proven to be ours is killed, nothing crashes
# with each service manager
config='stopdelay=0 stoptimeout=2 killtimeout=1 logintimeout=5'
limit=240
. "${0%/*}/lib.sh"

# restart: the daemon is killed; and started when COMMAND... has been done
starts=1
restart() {
	crash
	"$@"
	starts=$((starts + 1))
	daemon
	waitfor 5 ready
}

ready() {
	[ "$(grep -c ' is ready$' /tmp/log)" -ge $starts ]
}

uid=$(id -u alice)
private=/run/turnstiled/private
file=$private/logins/$uid

# set_ FILE KEY [VALUE]: changes a line, or removes it
set_() {
	sed -i "/^$2=/d" "$1"
	[ $# = 2 ] || echo "$2=$3" >>"$1"
}

# a stranger of alice's and one of root's, which nobody may touch
strangers() {
	not ended "$hers" && not ended "$roots"
}

service alice foo
core alice 'core_services="foo"'
turnstile-client pty setpriv --reuid alice --regid alice --init-groups sleep 3001 >/tmp/hers 2>&1 &
waitfor 5 eval '[ "$(procs alice)" ]'
hers=$(procs alice | sed 's/ .*//')
sleep 3002 &
roots=$!

works() {
	login w alice
	is "$1: a login works" "$id $(var w XDG_RUNTIME_DIR)" "0 /run/user/$uid"
	logout w
	ok "$1: one session" waitfor 5 is_nsessions 1
	ok "$1: the daemon lives" not ended "$daemon"
	ok "$1: strangers too" strangers
}


daemon
login a alice
waitfor 5 is_state alice ready
manager=$(managers alice)

# ended_ WHAT CHANGE...: a supervisor's file that cannot be read counts as a killed
# one's: what it left is ended, then its services start again
ended_() {
	what=$1
	shift
	manager=$(managers alice) supervisor=$(sed -n 's/^PID=//p' $file)
	restart "$@"
	works "$what"
	ok "$what: the supervisor is ended" waitfor 5 ended "$supervisor"
	ok "$what: ready again" waitfor 10 is_state alice ready
	ok "$what: with new services" [ "$(managers alice)" != "$manager" ]
	is "$what: of one service manager" "$(managers alice | wc -l)" 1
}

restart eval "echo FUTURE=1 >>$file"
works "a key of another time"
is "a key of another time: the services are the same" "$(managers alice)" "$manager"
ended_ "an older version" set_ $file VERSION 0
ok "the log says so" logged 'was killed; stopping what it left'
ended_ "unknown lines" eval "echo nonsense >>$file; printf 'half a li' >>$file"
ended_ "no name" set_ $file USER
ended_ "a state that there is not" set_ $file STATE bogus
ended_ "an order that there is not" set_ $file ORDER 99999999999999999999
ended_ "a runtime directory that there is not" set_ $file RUNDIR bogus
ended_ "a strange number of an order" set_ $file SERIAL -1
logout a
ok "and end with the last logout" waitfor 10 [ ! -e "/run/turnstiled/users/$uid" ]
is "all of them" "$(managers alice)" ''

# wrong pids: somebody else's are not signalled
login a alice
waitfor 5 is_state alice ready
for pid in $hers $roots 1 $$ 0 -1 2147483647 99999999999999; do
	supervisor=$(sed -n 's/^PID=//p' $file)
	cat $file >/tmp/file
	restart eval "kill -KILL $supervisor; set_ $file MANAGER $pid; set_ $file PID $pid"
	works "pid $pid"
	ok "pid $pid: ready" waitfor 5 is_state alice ready
done
ok "one service manager" waitfor 5 eval '[ "$(managers alice | wc -l)" = 1 ]'

# the file is gone, empty, a directory, a link, huge, binary; the supervisor is killed
mess() {
	supervisor=$(sed -n 's/^PID=//p' $file)
	kill -KILL "$supervisor"
	case $1 in
	gone) rm $file ;;
	empty) : >$file ;;
	garbage) head -c 3000 /dev/urandom >$file ;;
	zeros) head -c 3000 /dev/zero >$file ;;
	huge) head -c 3000000 /dev/zero | tr '\0' 'A' >$file ;;
	directory) rm $file; mkdir $file ;;
	link) rm $file; echo precious >/tmp/precious; ln -s /tmp/precious $file ;;
	truncated) cp $file /tmp/file; head -c $2 /tmp/file >$file ;;
	esac
}

while read -r how; do
	restart mess $how
	works "$how"
	ok "$how: ready" waitfor 10 is_state alice ready
	is "$how: one service manager" "$(managers alice | wc -l)" 1
	is "$how: alice's" "$(key "users/$uid" NAME)" alice
done <<END
truncated 10
truncated 60
truncated 100
truncated 150
truncated 200
gone
empty
garbage
zeros
huge
link
END
is "what a link pointed to is as it was" "$(cat /tmp/precious)" precious
logout a
ok "all of hers is gone" waitfor 10 [ ! -e "/run/turnstiled/users/$uid" ]
ok "but strangers" strangers

# sessions
login a alice
s=/run/turnstiled/$(session a)
dir=${s%/*}
restart eval "
	cp $s $dir/777 && set_ $dir/777 LEADER $hers && set_ $dir/777 START 0
	cp $s $dir/778 && set_ $dir/778 LEADER $roots
	cp $s $dir/779 && set_ $dir/779 LEADER
	cp $s $dir/780 && set_ $dir/780 START
	cp $s $dir/781 && set_ $dir/781 UID
	head -c 9000 /dev/urandom >$dir/783
	: >$dir/784
	head -c 40 $s >$dir/785
	cp $s $dir/.786
	cp $s $dir/notanumber
	cp $s $dir/0
	cp $s $dir/-5
	cp $s $dir/99999999999999999999
	ln -s /etc/passwd $dir/791"
ok "sessions: the daemon lives" not ended "$daemon"
is "sessions: one is proven" "$(find $dir -type f)" "$s"
ok "sessions: strangers live" strangers
ok "sessions: links are not followed" [ -s /etc/passwd ]
login b alice
ok "sessions: the next ID is a new one" [ "$(basename "$(session b)")" -gt 791 ]
restart set_ $s VERSION 0
ok "an older version's is taken back" waitfor 5 is_nsessions 2
logout a b
ok "gone" waitfor 5 [ ! -e "/run/turnstiled/users/$uid" ]

# what is nobody's
crash
mkdir -p /run/turnstiled/4711/sv /run/turnstiled/users
mkfifo /run/turnstiled/4711/ready
echo NAME=nobody >/run/turnstiled/users/4712
echo NAME=nobody >/run/turnstiled/users/.4713
echo x >$private/logins/.4714
echo x >/run/turnstiled/sessions/.4715
mkdir -p /run/user/4716
: >$private/logins/nonsense
daemon
ok "half-written and nobody's files are cleaned away" waitfor 10 eval \
    '[ ! "$(find /run/turnstiled -name "*471[1-5]")" ]'
find /run/turnstiled -name "*471?*" | sed 's/^/# left: /'
ok "a directory that is not ours stays" [ -d /run/user/4716 ]
rmdir /run/user/4716
rm -f $private/logins/nonsense
login a alice
is "a login works" "$id" 0
logout a
ok "gone" waitfor 5 [ ! -e "/run/turnstiled/users/$uid" ]
ok "strangers live" strangers
kill $hers $roots
waitfor 5 ended $hers
finish
