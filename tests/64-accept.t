#!/bin/sh
# a connection that cannot be accepted for want of something is accepted a little later,
# without another one
config='stopdelay=0'
. "${0%/*}/lib.sh"
needs strace
daemon
traced -o /dev/null -p "$daemon" -e trace=accept4 -e inject=accept4:error=ENFILE:when=1
login a alice
is "it goes on" "$id" 0
is "it is registered" "$(has a USER)" alice
ok "the log says so" logged 'cannot accept: '
kill "$strace"
wait "$strace" 2>/dev/null
logout a
ok "gone" waitfor 5 gone alice
finish
