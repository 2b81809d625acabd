#!/bin/sh
# what cannot be written is tried again once a second, at the cost of nothing, however many
# orphans a user has that wake his supervisor
config='stopdelay=0'
. "${0%/*}/lib.sh"
needs strace
cat >/tmp/orphans.c <<'END'
#include <sys/wait.h>
#include <unistd.h>
int
main(void)
{
	for (;; usleep(1000))
		if (fork() == 0)
			_exit(fork() != 0);
		else
			wait(NULL);
}
END
cc -o /usr/bin/orphans /tmp/orphans.c
service alice foo 'exec orphans'
daemon
login a alice
ok "up" waitfor 5 started alice foo
sup=$(supervisor alice)

fds() {
	find "/proc/$sup/fd" -type l | wc -l
}

mount -o remount,nr_inodes=$(($(df --output=iused /run | tail -n 1))) /run
kill -KILL "$(managers alice)"
ok "its file cannot be written" waitfor 5 logged 'alice.*cannot write its file'
ok "the services are back" waitfor 5 started alice foo 2
fds=$(fds)
traced -o /tmp/calls -e trace=openat,open -p "$sup"
sleep 4
kill "$strace"
wait "$strace" 2>/dev/null
tries=$(grep -c "private/logins" /tmp/calls)
ok "tried again ($tries times in 4 s)" [ "$tries" -ge 2 ]
ok "but not all the time" [ "$tries" -le 10 ]
ok "no descriptor more" [ "$(fds)" -le "$fds" ]
mount -o remount,nr_inodes=10k /run
ok "written when that can be" waitfor 5 grep -qsx STATE=ready "/run/turnstiled/private/logins/$(id -u alice)"
logout a
ok "gone" waitfor 10 gone alice
finish
