#!/bin/sh
# a supervisor is killed when it has made the runtime directory and not yet said so, and
# nobody comes any more: the directory goes all the same
config='stopdelay=0'
. "${0%/*}/lib.sh"
needs strace
uid=$(id -u alice)
daemon
# it asks what the directory's handle is when it is mounted
traced -f -o /dev/null -p "$daemon" -e trace=name_to_handle_at \
    --inject=name_to_handle_at:signal=KILL:when=1
comes a alice
ok "killed" waitfor 5 logged 'alice.*was killed'
ok "the directory is there" grep -q " /run/user/$uid " /proc/mounts
kill -KILL "$(pid a)"
kill "$strace"
wait "$strace" 2>/dev/null
ok "nobody is in" waitfor 5 is_nsessions 0
ok "gone" waitfor 10 gone alice
ok "it is no mount" not grep -q " /run/user/$uid " /proc/mounts
rm -f /tmp/s.a.*
finish
