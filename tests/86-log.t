#!/bin/sh
# nobody reads the log: neither its reader nor a full pipe holds a login
config='stopdelay=0 debug=1'
. "${0%/*}/lib.sh"
service alice foo 'for i in 1 2 3 4 5; do echo "!$(printf %0200d 1)" 1<>"$TURNSTILE_DIR/ready"; done
	exec sleep 1000'
mkfifo /tmp/pipe
sleep 1000 <>/tmp/pipe &
turnstiled 2>/tmp/pipe &
daemon=$!
waitfor 5 [ -S /run/turnstiled/control.sock ]
cat /dev/zero >/tmp/pipe &
pkill -STOP -f 'turnstile-client log'
i=0
while [ $((i += 1)) -le 8 ]; do
	t=$(now)
	login a alice
	[ "$(var a XDG_RUNTIME_DIR)" = "/run/user/$(id -u alice)" ] || break
	[ $(($(now) - t)) -lt 450 ] || break
	logout a
	# nearly full, and full, in turn
	head -c 4096 </tmp/pipe >/tmp/why
done
is "logins are not held" $i 9
ok "gone" waitfor 5 gone alice
pkill -CONT -f 'turnstile-client log'
finish
