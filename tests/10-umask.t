#!/bin/sh
# the daemon's files have their modes whatever its umask is
config='stopdelay=0'
. "${0%/*}/lib.sh"
run=/run/turnstiled
for mask in 077 000; do
	rm -rf $run /var/lib/turnstiled
	umask $mask
	daemon
	umask 022
	login a alice
	is "$mask: directories" "$(cd $run && stat -c '%n %a' . private sessions users private/logins | xargs)" \
	    ". 755 private 700 sessions 755 users 755 private/logins 700"
	is "$mask: files" "$(cd $run && stat -c %a sessions/[0-9]* users/[0-9]* private/logins/[0-9]* private/lastid | xargs)" \
	    "644 644 600 600"
	is "$mask: markers" "$(stat -c %a /var/lib/turnstiled /var/lib/turnstiled/linger | xargs)" "755 755"
	is "$mask: the socket" "$(stat -c %a $run/control.sock)" 600
	logout a
	ok "$mask: gone" waitfor 5 gone alice
	kill "$daemon"
	wait "$daemon"
done
daemon=
finish
