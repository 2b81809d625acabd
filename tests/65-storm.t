#!/bin/sh
# fork storms, SIGSTOP and SIGKILL in one's own services: others do not notice
# alone: it leaves others no processor
config='stopdelay=0 stoptimeout=1 killtimeout=1 corewait=2 logintimeout=5'
limit=400
. "${0%/*}/lib.sh"
cc -o /usr/bin/hostile /src/tests/hostile.c -lpthread
useradd -m -s /bin/sh bob
service bob fine
check bob fine 'exit 0'
core bob 'core_services="fine"'

# bob_is_fine WHAT
bob_is_fine() {
	rm -f /tmp/up.bob.*
	t=$(now)
	login b bob
	ok "$1: another's login is answered" [ $(($(now) - t)) -lt 2000 ]
	ok "$1: with services" waitfor 5 started bob fine
	is "$1: and directory" "$(var b XDG_RUNTIME_DIR)" "/run/user/$(id -u bob)"
	logout b
	ok "$1: and his logout" waitfor 5 gone bob
}

# evil WHAT SH: a service does it
evil() {
	rm -rf "$(svdir alice)" /tmp/up.alice.*
	service alice evil "$2"
	login a alice
	ok "$1: runs" waitfor 8 [ -s /tmp/up.alice.evil ]
	bob_is_fine "$1"
	t=$(now)
	logout a
	ok "$1: ended" waitfor 25 gone alice
	ok "$1: bounded" [ $(($(now) - t)) -lt 2500 ]
	ok "$1: the daemon lives" not ended "$daemon"
}

daemon
evil "stops all of its own" 'trap "" TERM; kill -STOP -1'
evil "kills all of its own" 'sleep 0.1; kill -KILL -1'
evil "stops its manager" 'kill -STOP $PPID $(sed -n "s/^PPid:.//p" /proc/$PPID/status); exec sleep 1000'
evil "a stopped terminal" 'exec script -qc "stty tostop; cat & kill -STOP \$\$" /dev/null'
evil "floods the FIFO" 'exec hostile flood "$TURNSTILE_DIR/ready"'
evil "touches files" 'exec hostile touches "$XDG_RUNTIME_DIR"'
evil "a fork bomb" 'exec hostile bomb 150'
mount -t tmpfs none /sys/fs/cgroup
evil "a fork bomb, no cgroup" 'exec hostile bomb 150'
finish
