#!/bin/sh
# a uid is given to somebody else while its old owner's services run: they end, and
# the new one finds nothing of them
# with each service manager
config='stopdelay=0 stoptimeout=2 killtimeout=1'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
uid=$(id -u alice)
service alice foo
core alice 'core_services="foo"'
daemon

# becomes WHAT LINE: whose uid it is now
becomes() {
	sed -i "/^[a-z]*:x:$uid:/d" /etc/passwd
	sed -i '/^bob:/d' /etc/shadow
	echo "$1:x:$uid:$uid::$2:$3" >>/etc/passwd
	echo "$1:*:::::::" >>/etc/shadow
}

touch /var/lib/turnstiled/linger/alice
ok "she lingers" waitfor 8 is_state alice ready
foo=$(lastpid alice foo)
touch /run/user/$uid/hers
becomes bob /home/bob /bin/sh
mkdir -p /home/bob
service bob bar 'env >/tmp/bar; exec sleep 1000'
core bob 'core_services="bar"'
chown -R "$uid" /home/bob
login b bob
is "the new one logs in" "$id" 0
ok "the old one's services have ended" ended "$foo"
is "his own run" "$(starts bob bar)" 1
is "his name in his file" "$(key "users/$uid" NAME)" bob
is "his home" "$(sed -n 's/^HOME=//p' /tmp/bar)" /home/bob
is "he is registered" "$(has b USER)" bob
is "with a directory" "$(var b XDG_RUNTIME_DIR)" "/run/user/$uid"
ok "in which nothing of the old one's is" [ ! -e "/run/user/$uid/hers" ]
ok "the log says so" logged "$uid.*\(alice\|bob\)"
login c bob
is "a second session shares it" "$(starts bob bar)" 1
logout b c
ok "gone" waitfor 8 gone bob

# another home, another shell
becomes bob /home/other /bin/sh
login b bob
ok "in" waitfor 5 is_nsessions 1
mv /home/bob /home/moved
# with dinit and OpenRC they name it
sed -i 's|/home/bob|/home/moved|' /home/moved/.config/dinit.d/bar /home/moved/.config/rc/init.d/bar 2>/dev/null
becomes bob /home/moved /bin/sh
login c bob
is "another home: services are there" "$(starts bob bar)" 2
is "another home: in it" "$(sed -n 's/^HOME=//p' /tmp/bar)" /home/moved
is "another home: both sessions are open" "$(nsessions)" 2
logout b c
ok "another home: gone" waitfor 8 gone bob

# another name alone, with the same home
login b bob
ok "a file of bob's" touch "/run/user/$uid/his"
becomes carol /home/moved /bin/sh
login c carol
is "another name: services are there anew" "$(starts bob bar)" 4
ok "another name: nothing of the old one's" [ ! -e "/run/user/$uid/his" ]
is "another name: in the file" "$(key "users/$uid" NAME)" carol
logout b c
ok "another name: gone" waitfor 8 gone carol
rm -f /var/lib/turnstiled/linger/*
becomes alice /home/alice /bin/sh
finish
