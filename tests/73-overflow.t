#!/bin/sh
# more changes of files than the kernel's queue holds: what the daemon has missed it
# finds out
config='stopdelay=0 logintimeout=30'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
queue=$(cat /proc/sys/fs/inotify/max_queued_events)
[ "$queue" -le 100000 ] || { echo "1..0 # SKIP the kernel's queue is too long to be filled"; exit 0; }
service alice slow
check alice slow '[ -e /tmp/go ]'
core alice 'core_services="slow"'
daemon
comes a alice
ok "starting" waitfor 5 started alice slow
kill -STOP "$daemon"
# two files, so that no event is like the one before; rm once for many of them would
# be quicker, but these are merged
perl -e 'for (0 .. $ARGV[0]) { $f = "/var/lib/turnstiled/linger/x" . $_ % 2; open F, ">", $f; unlink $f }' "$queue"
touch /tmp/go
ok "the supervisor says that it is ready" waitfor 5 \
    grep -qx STATE=ready "/run/turnstiled/private/logins/$(id -u alice)"
t=$(now)
kill -CONT "$daemon"
wait $a
t=$(($(now) - t))
is "the login is in" "$(cat /tmp/a)" 0
ok "in time ($t)" [ $t -lt 800 ]
is "ready" "$(state alice)" ready
is "as one session" "$(nsessions)" 1
logout a
ok "gone" waitfor 5 gone alice
finish
