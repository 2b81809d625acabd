#!/bin/sh
# the daemon itself opens and looks at nothing but what is its own or the
# kernel's, whatever users do
config='stopdelay=0'
. "${0%/*}/lib.sh"
needs strace
service alice foo
useradd -m -s /bin/sh bob
daemon
traced -s 300 -e trace=%file,execve,connect,wait4,waitid,flock -o /tmp/calls -p "$daemon"
login a alice
ok "up" waitfor 5 started alice foo
login b bob
login c alice
touch "/run/user/$(id -u alice)/file"
: >/var/lib/turnstiled/linger/alice
: >/var/lib/turnstiled/linger/nobody-of-this-name
kill -KILL "$(managers alice)"
ok "restarted" waitfor 5 started alice foo 2
kill -KILL "$(supervisor bob)"
ok "a killed supervisor" waitfor 5 logged 'was killed'
logout a b c
rm /var/lib/turnstiled/linger/*
ok "gone" waitfor 10 gone alice
ok "gone" waitfor 10 gone bob
kill $strace
wait $strace 2>/dev/null
ok "strace has seen it" [ "$(grep -c openat /tmp/calls)" -gt 20 ]
# whether the runtime directory is still the same: that asks nothing of whatever a user may
# have mounted on it (41-rundir-replaced)
ok "which directory it is" grep -q "name_to_handle_at(AT_FDCWD, \"/run/user/[0-9]*\"" /tmp/calls
grep -v 'name_to_handle_at(AT_FDCWD, "/run/user/[0-9]*"' /tmp/calls | sed -n 's/^[^"]*"\([^"]*\)".*/\1/p' |
    grep '^/' | sort -u >/tmp/paths
is "paths of others" "$(grep -v -e '^/run/turnstiled/' -e '^/proc/[0-9]*/stat$' \
    -e '^/var/lib/turnstiled/*' -e '^/dev/log$' /tmp/paths)" ''
is "nor a user's own part of /run/turnstiled" "$(grep '^/run/turnstiled/[0-9]' /tmp/paths)" ''
is "relative ones" "$(sed -n 's/^[a-z0-9]*at([^,]*, "\([^"/]*\)".*/\1/p' /tmp/calls | sort -u |
    grep -v -e '^\.\{0,1\}[0-9]*$' -e '^linger\.[0-9.]*$')" ''
is "it waits for no child" "$(grep -c -e 'wait4(.* 0, NULL)' /tmp/calls)" 0
finish
