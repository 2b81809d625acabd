#!/bin/sh
# a process that even SIGKILL does not end: reported, its directory kept, and the
# next login is a new round
config='stopdelay=0 stoptimeout=1 killtimeout=1'
. "${0%/*}/lib.sh"
freezer
uid=$(id -u alice)
useradd -m -s /bin/sh bob
service alice foo
service bob foo
daemon
login a alice
ok "up" waitfor 5 started alice foo
victim=$(lastpid alice foo)
freeze "$victim"
touch "/run/user/$uid/file"
logout a

t=$(now)
login b bob
ok "another user's login is fast" [ $(($(now) - t)) -lt 450 ]
ok "with services" waitfor 5 started bob foo
logout b
ok "and logout" waitfor 5 gone bob

ok "it is reported" waitfor 8 logged "cannot be killed.*[ :]$victim"
ok "the login is over" waitfor 5 [ ! -e "/run/turnstiled/users/$uid" ]
ok "the process is there" not ended "$victim"
ok "its directory is kept" [ -e "/run/user/$uid/file" ]

t=$(now)
login c alice
ok "the next login does not wait" [ $(($(now) - t)) -lt 500 ]
ok "with services" waitfor 5 started alice foo 2
is "and its directory" "$(var c XDG_RUNTIME_DIR)" "/run/user/$uid"
is "mounted once" "$(grep -c " /run/user/$uid " /proc/mounts)" 1

# the service manager dies: what it leaves is stopped first, then it starts again
kill -KILL "$(managers alice)"
ok "it restarts" waitfor 15 started alice foo 3
second=$(lastpid alice foo)
echo "$second" >"$box/cgroup.procs"
kill -KILL "$(managers alice)"
ok "also over a frozen service" waitfor 15 started alice foo 4
ok "which lives" not ended "$(lastpid alice foo)"
logout c
thaw
ok "thawed, it ends" waitfor 5 ended "$victim"
ok "all is gone" waitfor 15 idle alice
login d alice
logout d
ok "the next login takes the directory away" waitfor 8 gone alice

# the supervisor was killed: the next one cannot end it either
login e alice
ok "up" waitfor 5 started alice foo 6
victim=$(lastpid alice foo)
freeze "$victim"
: >/tmp/log
kill -KILL "$(supervisor alice)"
waitfor 5 logged 'was killed'
logout e
ok "it is reported" waitfor 8 logged "cannot be killed.*[ :]$victim"
ok "the login is over" waitfor 8 [ ! -e "/run/turnstiled/users/$uid" ]
ok "its directory is kept" [ -d "/run/user/$uid" ]
thaw
ok "thawed, it ends" waitfor 5 ended "$victim"
login f alice
logout f
ok "the next login takes the directory away" waitfor 8 gone alice
rmdir "$box"
finish
