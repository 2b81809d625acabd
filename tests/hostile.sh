# shellcheck shell=sh disable=SC2154
# What the tests of attacks share, after lib.sh: the program hostile (hostile.c),
# and others who must not notice.
cc -o /usr/bin/hostile /src/tests/hostile.c -lpthread || exit 1

# daemon_by COMMAND...: the daemon, executed by it
daemon_by() {
	"$@" turnstiled 2>>/tmp/log &
	daemon=$!
	waitfor 5 listening
}

# hup: and it is ready again
hup() {
	hups=$(grep -c ' is ready$' /tmp/log)
	kill -HUP "$daemon"
	waitfor 10 again
}

again() {
	[ "$(grep -c ' is ready$' /tmp/log)" -gt "$hups" ]
}

# ours: the pids of the daemon, the supervisors and the PAM processes
ours() {
	find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname '/usr/sbin/turnstiled*' 2>/dev/null |
	    sed 's|/exe$||; s|.*/||'
}

# no_cgroup: from here on there is no cgroup2
no_cgroup() {
	mount -t tmpfs none /sys/fs/cgroup
}

# registers WHAT USER [HUNDREDTHS]: a login of his is fast and a session; and ends
registers() {
	t=$(now)
	login others "$2"
	t=$(($(now) - t))
	is "$1: another logs in" "$id" 0
	ok "$1: in time (0.$t s)" [ $t -lt "${3:-300}" ]
	is "$1: and is registered" "$(has others USER)" "$2"
	is "$1: and has a directory" "$(var others XDG_RUNTIME_DIR)" "/run/user/$(id -u "$2")"
	logout others
}
