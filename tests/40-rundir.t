#!/bin/sh
# the runtime directory, made and removed
config='stopdelay=0 rundirsize="1m"'
. "${0%/*}/lib.sh"
daemon
dir=/run/user/$(id -u alice)
login a alice
is "in the login" "$(var a XDG_RUNTIME_DIR)" "$dir"
is "its mode and owner" "$(stat -c %a%U%G "$dir")" 700alicealice
is "a tmpfs" "$(stat -f -c %T "$dir")" tmpfs
ok "nosuid, nodev" grep -q "$dir tmpfs [^ ]*nosuid,nodev" /proc/mounts
is "mounted once" "$(grep -c " $dir " /proc/mounts)" 1
ok "has a limit" not as alice "head -c 2000000 /dev/zero >$dir/big"
rm -f "$dir/big"
is "su has it too" "$(shell alice 'echo $XDG_RUNTIME_DIR')" "$dir"
as alice "mkdir -p $dir/a/b/c; touch $dir/a/f; ln -s /etc/passwd $dir/l; mkfifo $dir/p"
touch /tmp/precious
ln -s /tmp "$dir/a/tmp"
logout a
ok "gone" waitfor 5 gone alice
ok "nothing mounted" lacks /proc/mounts /run/user/
ok "nothing behind links was touched" [ -e /tmp/precious -a -s /etc/passwd ]

# what root has mounted there stays
login b alice
mkdir /tmp/mine "$dir/mnt"
touch /tmp/mine/file
mount --bind /tmp/mine "$dir/mnt"
logout b
ok "with a mount below it: gone" waitfor 5 gone alice
ok "what was mounted is as it was" [ -e /tmp/mine/file ]

# a mount that is there already is not ours
mkdir -p "$dir"
mount -t tmpfs none "$dir"
touch "$dir/file"
login c alice
is "the login goes on" "$id" 0
is "mounted once" "$(grep -c " $dir " /proc/mounts)" 1
logout c
waitfor 5 is_nsessions 0
finish
