#!/bin/sh
# greetd: the greeter's light session, whose home it cannot write, then a login
config='stopdelay=0'
. "${0%/*}/lib.sh"
. "${0%/*}/login.sh"
needs greetd
echo alice:secret | chpasswd
useradd -M -d /nonexistent/greeter -s /bin/sh greeter

# a greeter says JSON to greetd, each record behind its length
cat >/tmp/greeter <<'END'
#!/usr/bin/perl
use IO::Socket::UNIX;
system 'look g >&2';
my $greetd = IO::Socket::UNIX->new($ENV{GREETD_SOCK}) or die $!;
sub ask {
	print $greetd pack('L/a', $_[0]);
	$greetd->flush;
	read $greetd, my $len, 4;
	read $greetd, my $answer, unpack 'L', $len;
	warn "$_[0] $answer\n";
}
sub wait_for { until (-e $_[0]) { select undef, undef, undef, 0.05 } }
wait_for '/tmp/go';
ask '{"type":"create_session","username":"alice"}';
ask '{"type":"post_auth_message_response","response":"secret"}';
ask '{"type":"start_session","cmd":["/tmp/session"]}';
END
chmod 755 /tmp/greeter
cat >/tmp/greetd.toml <<'END'
[terminal]
vt = "none"
[general]
service = "greetd"
[default_session]
user = "greeter"
command = "/tmp/greeter"
END
mkfifo -m 666 /tmp/hold
printf '#!/bin/sh\nlook a\nread -r x </tmp/hold\n' >/tmp/session
chmod 755 /tmp/session
daemon
greetd --config /tmp/greetd.toml >/tmp/log.greetd 2>&1 &
server=$!
looked greeter g greetd 'me=greeter CLASS=greeter SEAT=seat0 REMOTE=0 services='
is "greeter: its home is no matter" "$(grep '(greeter)' /tmp/log)" ''
left=$(saw g left)
rm /tmp/saw.g
touch /tmp/go
looked "the login" a greetd 'SERVICE=greetd CLASS=user SEAT=seat0 REMOTE=0'
ok "the login: the greeter's session has ended" waitfor 5 is_nsessions 1
ok "the login: what the greeter left lives" not ended "$left"
ok "the login: the greeter's directory is gone" waitfor 5 [ ! -e "/run/user/$(id -u greeter)" ]
rm /tmp/go
kill "$left"
echo >/tmp/hold
looked "the greeter again" g greetd 'me=greeter CLASS=greeter services='
ok "the login has ended" waitfor 5 is_nsessions 1
ok "what it left lives" not ended "$(saw a left)"
kill "$(saw a left)"
ok "all of it is gone" waitfor 5 gone alice
kill "$server"
procs greeter | sed 's/ .*//' | xargs -r kill
ok "greetd ends: all is gone" waitfor 5 gone greeter

# its initial_session, without a password, has no type unless PAM's file says one
cat >>/tmp/greetd.toml <<'END'
[initial_session]
user = "alice"
command = "/tmp/session"
END
# initial WHAT TYPE
initial() {
	rm -rf /run/greetd* /tmp/saw.*
	greetd --config /tmp/greetd.toml >>/tmp/log.greetd 2>&1 &
	server=$!
	looked "$1" a greetd "SERVICE=greetd CLASS=user TYPE=$2"
	echo >/tmp/hold
	kill "$(saw a left)"
	ok "$1: all of it is gone" waitfor 10 gone alice
	waitfor 10 [ -e /tmp/saw.g ]
	kill "$server"
	procs greeter | sed 's/ .*//' | xargs -r kill
	ok "$1: the greeter, too" waitfor 10 gone greeter
}
initial "initial_session" unspecified
sed -i '1a -session optional pam_turnstile.so type=wayland class=user' /etc/pam.d/greetd
initial "initial_session, as README says" wayland
finish
