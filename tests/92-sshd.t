#!/bin/sh
# sshd: a command, a terminal, sftp and scp, five at once of two users
config='stopdelay=0'
. "${0%/*}/lib.sh"
. "${0%/*}/login.sh"
sshd=$(command -v sshd)
[ "$sshd" ] || { echo "1..0 # SKIP sshd is not installed"; exit 0; }
mkuser bob
service bob foo
core bob 'core_services="foo"'
mkdir -p /run/sshd /tmp/ssh
ssh-keygen -q -t ed25519 -N '' -f /tmp/ssh/host
ssh-keygen -q -t ed25519 -N '' -f /tmp/ssh/key
chmod 644 /tmp/ssh/*.pub
cat >/tmp/ssh/sshd_config <<END
Port 2222
ListenAddress 127.0.0.1
HostKey /tmp/ssh/host
UsePAM yes
AuthorizedKeysFile /tmp/ssh/key.pub
StrictModes no
PrintMotd no
MaxStartups 20
$(grep '^Subsystem.*sftp' /etc/ssh/sshd_config)
END
cat >/tmp/ssh/config <<END
Host *
User alice
Port 2222
IdentityFile /tmp/ssh/key
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
END

# a network of its own: a loopback device that no other test sees
unshare --net sh -c 'perl -e "\$up = pack q(a16s), q(lo), 1;
    socket(S, 2, 2, 0) && ioctl(S, 0x8914, \$up) || die \$!" &&
    exec "$0" -D -f /tmp/ssh/sshd_config -E /tmp/log.sshd' "$sshd" &
server=$!
net="nsenter --target $server --net"
net() {
	$net "$@"
}
answering() {
	net ssh-keyscan -p 2222 127.0.0.1 2>/dev/null | grep -q ed25519
}
waitfor 10 answering
daemon

is "a command: its stream" "$(net ssh -F /tmp/ssh/config 127.0.0.1 'look a' </dev/null 2>&1)" 'seen a'
looked "a command" a sshd 'SERVICE=sshd CLASS=user TYPE=tty TTY= REMOTE=1 REMOTE_HOST=127.0.0.1 SEAT='
out "a command" a

terminal b $net ssh -tt -F /tmp/ssh/config 127.0.0.1
waitfor 10 shows b '^\$ $'
type_ b 'look b; echo tty=$(tty)'
waitfor 5 shows b '^tty=/dev'
looked "a shell" b sshd 'SERVICE=sshd CLASS=user TYPE=tty REMOTE=1'
type_ b exit
wait "$(pid b)"
out "a shell" b

# what is copied is what arrives, and nothing of ours is in it
head -c 1000000 /dev/urandom >/tmp/file
net scp -q -F /tmp/ssh/config /tmp/file 127.0.0.1:file >/tmp/said 2>&1
is "scp: status" $? 0
net scp -q -O -F /tmp/ssh/config 127.0.0.1:file /tmp/back >>/tmp/said 2>&1
is "scp -O: status" $? 0
echo 'get file /tmp/back2' | net sftp -q -b - -F /tmp/ssh/config 127.0.0.1 >>/tmp/said 2>&1
is "sftp: status" $? 0
ok "there and back" cmp /tmp/file /tmp/back
ok "and again" cmp /tmp/file /tmp/back2
is "nothing is said" "$(grep -v '^sftp>' /tmp/said)" ''
ok "gone" waitfor 5 gone alice

# five at once
rm -f /tmp/up.*
mkfifo -m 666 /tmp/hold
for i in 1 2 3 4 5; do
	user=alice
	[ $((i % 2)) = 1 ] || user=bob
	$net ssh -F /tmp/ssh/config $user@127.0.0.1 "look c$i >/dev/null; read -r x" </tmp/hold &
	eval "ssh$i=$!"
done
exec 8>/tmp/hold
for i in 1 2 3 4 5; do
	ok "five at once: $i is in" waitfor 15 [ -e /tmp/saw.c$i ]
	is "its session is a file of its own" "$(saw c$i session.LEADER)" \
	    "$(key "sessions/$(saw c$i XDG_SESSION_ID)" LEADER)"
	is "its services are up" "$(saw c$i services)" up
done
is "sessions" "$(nsessions)" 5
is "alice has three" "$(key "users/$(id -u alice)" SESSIONS | wc -w)" 3
is "bob has two" "$(key "users/$(id -u bob)" SESSIONS | wc -w)" 2
is "five IDs" "$(cat /tmp/saw.c? | grep ^XDG_SESSION_ID= | sort -u | wc -l)" 5
is "alice's services were started once" "$(starts alice foo)" 1
is "bob's too" "$(starts bob foo)" 1
for i in 2 4; do
	eval "kill \$ssh$i"
done
ok "bob's connections break: his sessions end" waitfor 10 is_nsessions 3
ok "his services too" waitfor 5 [ ! -e "/run/user/$(id -u bob)" ]
exec 8>&-
ok "the others end" waitfor 10 is_nsessions 0
for i in 1 2 3 4 5; do
	kill "$(saw c$i left)"
done
ok "gone: alice" waitfor 5 gone alice
ok "gone: bob" waitfor 5 gone bob

# sshd itself goes away while somebody is in
terminal d $net ssh -tt -F /tmp/ssh/config 127.0.0.1
waitfor 10 shows d '^\$ $'
kill "$server"
wait "$server"
is "sshd is stopped: its session stays" "$(nsessions)" 1
type_ d exit
wait "$(pid d)"
ok "and ends with the shell" waitfor 5 is_nsessions 0
ok "gone" waitfor 5 gone alice
finish
