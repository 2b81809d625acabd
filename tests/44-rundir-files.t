#!/bin/sh
# whatever the user has put into the runtime directory goes, quickly, and nothing
# else; others' logins are not slowed.  `tests/44-rundir-files.t 300000` has that
# many files
config='stopdelay=0 rundirsize="64m" rundirinodes="400k"'
files=${1:-30000}
. "${0%/*}/lib.sh"
cc -o /usr/bin/hostile /src/tests/hostile.c -lpthread
useradd -m -s /bin/sh bob
uid=$(id -u alice)
dir=/run/user/$uid
mkdir /run/others
echo precious >/run/others/file
daemon

# left WHAT SH...: alice leaves it
left() {
	login a alice
	as alice "cd $dir && $2" >/tmp/why 2>&1 || sed 's/^/# /' /tmp/why
	[ ! "${3-}" ] || sh -c "cd $dir && $3"
	logout a
	t=$(now)
	login b bob
	ok "$1: another's login is fast" [ $(($(now) - t)) -lt 450 ]
	ok "$1: gone" waitfor 5 [ ! -e "$dir" ]
	logout b
	ok "$1: the login is over" waitfor 5 [ ! -e "/run/turnstiled/users/$uid" ]
	waitfor 5 gone bob
	is "$1: nothing outside" "$(cat /run/others/file)" precious
}

left "links, FIFOs, names, modes" 'ln -s / root; ln -s /run/others others; ln -s . self
	ln -s ../../.. up; ln -s /etc/shadow shadow; mkfifo p; mkdir d; mkfifo d/p; chmod 0 p
	touch -- -rf "$(printf "a\nb")" "$(printf "\351")" " " "$(printf %0255d 1)"; mkdir ... ".. "
	mkdir -p a/b/c; touch a/b/c/f; chmod 0 a/b/c a/b a; chmod 0 .'
left "devices, immutable and root's files" 'touch f; mkdir d; touch d/f' 'mknod null c 1 3
	mknod disk b 8 0; chmod 666 null disk; chattr +i f d/f d 2>/dev/null
	mkdir -m 700 mine; touch mine/file; ln -s /run/others mine/link'
left "a deep tree" "hostile deep . 2000"
left "$files files" "mkdir d && hostile files d $files"
left "in use" 'hostile hold . & mkdir d; cd d; sleep 1000 & sleep 0.1'
pkill -TERM -x hostile
pkill -TERM -x sleep

# its limits are its own
login a alice
used=$(df --output=used /run | tail -n 1)
as alice "cat /dev/zero >$dir/big" 2>/dev/null
ok "it can be filled" not as alice "echo more >$dir/more"
is "others have their space" "$(df --output=used /run | tail -n 1)" "$used"
login b bob
is "and their login" "$(var b XDG_RUNTIME_DIR)" "/run/user/$(id -u bob)"
ok "and their own space" as bob 'echo more >"/run/user/$(id -u)/more"'
logout b
rm "$dir/big"
logout a
ok "gone" waitfor 5 gone alice
finish
