#!/bin/sh
# a runtime directory where nothing can be mounted: whatever is in it is removed,
# and nothing else
config='stopdelay=0'
. "${0%/*}/lib.sh"
cc -o /tmp/hostile /src/tests/hostile.c -lpthread
uid=$(id -u alice)
dir=/run/user/$uid

# root without the right to mount
cat >/usr/sbin/bound <<-'END'
	#!/bin/sh
	exec setpriv --bounding-set -sys_admin /usr/sbin/turnstiled
END
chmod +x /usr/sbin/bound
bound 2>>/tmp/log &
daemon=$!
waitfor 5 [ -S /run/turnstiled/control.sock ]

login a alice
is "it is there" "$(stat -c '%a %U' "$dir")" "700 alice"
ok "a plain directory" not mountpoint -q "$dir"
mkdir -m 777 /run/others /run/mine
echo precious | tee /run/others/file /run/mine/file >/tmp/precious
ln /run/others/file "$dir/hard"
as alice "cd $dir && mkdir -p a/b/c/d/e/f/g/h/i/j/k l/m/n .0 .1/x '.2 
' && touch a/b/.3 .4 .1/.5
	ln -s /run/others a/link; ln -s / a/b/c/root; ln -s ../../.. up; mkfifo a/fifo
	touch '-rf' \"\$(printf 'new\nline')\" a/b/c/\$(printf %0255d 1)
	chmod 0 a/b/c/d l/m; /tmp/hostile deep $dir/l 2000; /tmp/hostile files $dir 3000"
mkdir "$dir/mnt" "$dir/l/mnt"
mount --bind /run/mine "$dir/mnt"
mount -t tmpfs other "$dir/l/mnt"
touch "$dir/l/mnt/file"
logout a
ok "the supervisor lives through it" not logged 'was killed'
ok "what is not ours stays" waitfor 8 logged "$dir cannot be removed"
ok "behind the bind mount" [ -s /run/mine/file ]
ok "behind the other mount" [ -e "$dir/l/mnt/file" -o -e "$dir"/.*/mnt/file ]
ok "behind links" [ -s /run/others/file -a -s /etc/passwd ]
ok "the login is over" waitfor 5 [ ! -e "/run/turnstiled/users/$uid" ]
while read -r _ where _; do
	case $where in "$dir"/*) umount -l "$where" ;; esac
done </proc/mounts

login b alice
is "the next one has it" "$(var b XDG_RUNTIME_DIR)" "$dir"
as alice "touch $dir/x"
logout b
ok "nothing is left of it" waitfor 8 gone alice
ok "nobody was killed" not logged 'was killed'
finish
