#!/bin/sh
# remote is who comes from another host
config='stopdelay=0'
. "${0%/*}/lib.sh"
daemon
process x

# remote HOST WANTED
remote() {
	is "opened" "$(tell x 'start test alice' "item rhost $1" 'item ruser bob' open)" 0
	is "host '$1'" "$(has x REMOTE)" "$2"
	[ "$2" = 0 ] || is "REMOTE_HOST" "$(has x REMOTE_HOST)" "$1"
	is "REMOTE_USER" "$(has x REMOTE_USER)" bob
	tell x close end >/dev/null
}

remote '' 0
remote localhost 0
remote localhost.localdomain 0
remote LocalHost 0
remote foo.localhost 0
remote foo.localhost.localdomain 0
remote localhost.example.org 1
remote notlocalhost 1
remote 127.0.0.1 1
remote ::1 1
remote example.org 1
tell x exit
rm /tmp/s.x.*
finish
