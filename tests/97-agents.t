#!/bin/sh
# the other examples, with the real programs: ssh-agent, gpg-agent, a tunnel,
# syncthing, mpd
config='stopdelay=0'
limit=150
. "${0%/*}/lib.sh"
for p in ssh-agent ssh-add ssh-keygen sshd gpg-agent gpgconf syncthing mpd; do
	command -v $p >/dev/null || { echo "1..0 # SKIP $p is not installed"; exit 0; }
done
ex=/usr/share/examples/turnstile
sv=/home/alice/.config/service
run=/run/user/$(id -u alice)
for s in ssh-agent gpg-agent syncthing mpd; do
	mkdir -p $sv/$s
	ln -s $ex/$s.run $sv/$s/run
done
mkdir -p $sv/tunnel $sv/ssh-tunnel /home/alice/.ssh /home/alice/.config/mpd /run/sshd
ln -s $ex/ssh-tunnel.run $sv/tunnel/run
ssh-keygen -q -t ed25519 -N '' -f /home/alice/.ssh/id_ed25519
mkuser bob
mkdir -m 700 /home/bob/.ssh
cp /home/alice/.ssh/id_ed25519.pub /home/bob/.ssh/authorized_keys
chown -R bob: /home/bob/.ssh
ssh-keygen -q -t ed25519 -N '' -f /tmp/hostkey
printf '%s\n' 'Host tunnel' 'HostName 127.0.0.1' 'User bob' 'Port 2022' 'StrictHostKeyChecking no' \
    'LocalForward 127.0.0.1:2080 127.0.0.1:2022' >/home/alice/.ssh/config
printf '%s\n' 'db_file "~/.config/mpd/db"' 'bind_to_address "~/.config/mpd/socket"' \
    'audio_output {' 'type "null"' 'name "none"' '}' >/home/alice/.config/mpd/mpd.conf
chmod 700 /home/alice/.ssh
chown -R alice: /home/alice
ip link set lo up 2>/dev/null
/usr/sbin/sshd -h /tmp/hostkey -p 2022 -o ListenAddress=127.0.0.1 -o PidFile=none
sshd=$(pgrep -x sshd)
daemon
login a alice
as_() {
	as alice "export XDG_RUNTIME_DIR=$run SSH_AUTH_SOCK=$run/ssh-agent; $1"
}
keys() {
	as_ 'ssh-add -l' | grep -q ED25519
}
ok "ssh-agent: answers" waitfor 20 eval '[ -S $run/ssh-agent ]'
as_ 'ssh-add -q ~/.ssh/id_ed25519'
ok "ssh-agent: keeps a key" keys
gpg_answers() {
	as_ "gpg-connect-agent --no-autostart 'GETINFO pid' /bye" | grep -q '^D '
}
ok "gpg-agent: answers" waitfor 20 gpg_answers
is "gpg-agent: one" "$(pgrep -c -u alice -x gpg-agent)" 1
ok "tunnel: is there" waitfor 20 eval 'as_ "ssh-keyscan -p 2080 127.0.0.1 2>/dev/null" | grep -q ed25519'
ok "syncthing: made its key" waitfor 20 eval '[ "$(find /home/alice -name cert.pem)" ]'
ok "mpd: waits for sound" not pgrep -u alice -x mpd
mkdir $run/pulse
perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 5) or die $!; sleep 1000' \
    $run/pulse/native &
ok "mpd: listens" waitfor 20 [ -S /home/alice/.config/mpd/socket ]
kill $!
kill "$sshd"
logout a
ok "all of it is gone, daemons included" waitfor 20 gone alice
finish
