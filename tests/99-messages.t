#!/bin/sh
# what goes wrong is said in one line: who, what, why, and what to do
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=1 logintimeout=3'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
sv=/home/alice/.config/service

# says WHAT LINE: it is in the log, whole and once; then it is emptied.  A line
# of the module's begins with pam_turnstile.
says() {
	log=/tmp/log line=$2
	case $2 in
	pam_turnstile*) log=/tmp/syslog ;;
	esac
	ok "$1: said" waitfor 5 grep -q -e " $line\$" $log
	is "$1: once" "$(grep -c -e " $line\$" $log)" 1
	: >/tmp/log
}

# in_ WHAT: alice is, and has what is hers, whatever is the matter
in_() {
	login a alice
	is "$1: opens" "$id" 0
	is "$1: is tracked" "$(nsessions)" 1
	is "$1: has a directory" "$(var a XDG_RUNTIME_DIR)" "/run/user/$uid"
}
out_() {
	logout a
	waitfor 10 gone alice || echo "# alice is not gone"
}

# case WHAT LINE: alice logs in, and that is said
case_() {
	in_ "$1"
	says "$1" "uid $uid (alice): $2"
	out_
	: >/tmp/log
}

## the module
login a alice
says "no daemon" 'pam_turnstile(test:session): alice is not registered and has no services: turnstiled is not running'
logout a
daemon
sed -i 's/pam_turnstile.so/& clas=user debug/' /etc/pam.d/test
in_ "a wrong argument"
says "a wrong argument" 'pam_turnstile(test:session): unknown argument clas=user is ignored; there are debug, norundir, class=, desktop= and type='
sed -i 's/ clas=user debug//' /etc/pam.d/test
out_
process x 'start test nosuchuser'
tell x open >/tmp/told
says "no such user" 'pam_turnstile(test:session): there is no user nosuchuser'

## the home
mv /home/alice /home/was
case_ "no home" "home /home/alice is not there, login does not wait for services"
mkdir -m 755 /home/alice
case_ "a home that cannot be written" \
    "cannot make $sv/turnstile-ready/run: Permission denied, login does not wait for services"
rmdir /home/alice
mv /home/was /home/alice

## the directories
mv $sv $sv.was
ln -s /nowhere/sv $sv
case_ "a dangling link" "$sv is a dangling link, login does not wait for services"
rm $sv
mkdir $sv
case_ "root's directory" "cannot make $sv/turnstile-ready/run: Permission denied, login does not wait for services"
rmdir $sv
mv $sv.was $sv
rm -r /home/alice/.config/service-env
touch /home/alice/.config/service-env
case_ "no environment directory" "cannot make /home/alice/.config/service-env: File exists"
rm /home/alice/.config/service-env
touch $sv/turnstile-ready/down
case_ "turnstile-ready is down" "$sv/turnstile-ready/down exists, login does not wait for services"
rm $sv/turnstile-ready/down

## the services
service alice foo 'exit 1'
core alice 'core_services="foo"'
case_ "a core service that fails" "core service foo not up after 1 s, login goes on; see sv status $sv/foo"
core alice 'core_services="foa"'
case_ "a core service that is not there" "core service foa is not in $sv, login does not wait for it"
core alice 'core_services="foo'
case_ "a syntax error" "$sv/turnstile-ready/conf ignored, it fails or takes over 2 s: .*[Ss]yntax error.*"
core alice ''
hide
in_ "no runsvdir"
ok "no runsvdir: said" waitfor 5 grep -q \
    " uid $uid (alice): no runsvdir in PATH (/[^ ]*), login does not wait for services$" /tmp/log
ok "no runsvdir: and what comes of it" waitfor 5 grep -q \
    " uid $uid (alice): its service manager (runit) ended, status 127; starting it again" /tmp/log
out_
unhide
mv /etc/pam.d/turnstiled /tmp
echo 'session required pam_deny.so' >/etc/pam.d/turnstiled
in_ "no PAM session"
ok "no PAM session: said" waitfor 5 grep -q \
    " uid $uid (alice): no PAM session for its services: .*; see /etc/pam.d/turnstiled$" /tmp/log
out_
mv /tmp/turnstiled /etc/pam.d
: >/tmp/log

## markers
touch /var/lib/turnstiled/linger/nosuch
says "a marker for nobody" \
    '/var/lib/turnstiled/linger/nosuch: there is no user nosuch (yet), asking again now and then'
rm /var/lib/turnstiled/linger/nosuch
mkdir /var/lib/turnstiled/linger/alice
says "a marker that is none" \
    "/var/lib/turnstiled/linger/alice is ignored: a marker is a plain file with a user's name"
rmdir /var/lib/turnstiled/linger/alice
finish
