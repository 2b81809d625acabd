#!/bin/sh
# whose services cannot be started, and who has no session, is not forgotten
config='stopdelay=0'
. "${0%/*}/lib.sh"
needs strace
service alice foo
mkdir -p /var/lib/turnstiled/linger
daemon
# the first one is for who looks whose the marker is
traced -o /dev/null -p "$daemon" -e trace=clone3 -e inject=clone3:error=ENOMEM:when=2
touch /var/lib/turnstiled/linger/alice
ok "they cannot be started" waitfor 5 logged 'alice.*cannot start its supervisor'
ok "a second later they are" waitfor 5 started alice foo
kill "$strace"
wait "$strace" 2>/dev/null
rm /var/lib/turnstiled/linger/alice
ok "gone" waitfor 5 gone alice
finish
