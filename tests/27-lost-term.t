#!/bin/sh
# who has lost the order to stop is asked again: it has no child that is older than
# the order; whose children are new ones, too
config='stopdelay=0'
. "${0%/*}/lib.sh"
# a manager with a child that it does not tell, as if a runsv that forked just then
# had lost the word; new: the child has one of its own by then
cat >/usr/bin/deaf <<'END'
#!/bin/sh
child=
trap 'sleep 2002 & child=$!' USR1
trap '[ ! "$child" ] || kill $child; exit' TERM
: >/tmp/deaf
while :; do read -r x <>/tmp/never; done
END
cat >/usr/libexec/turnstile/runit <<'END'
deaf &
until [ -e /tmp/deaf ]; do sleep 0.02; done
trap '[ "$(cat /tmp/how)" = none ] || kill -USR1 $!; exit' HUP
echo ready >&3
exec 3>&-
while :; do read -r x <>/tmp/never; done
END
chmod +x /usr/bin/deaf
mkfifo -m 666 /tmp/never
daemon
for how in none new; do
	echo $how >/tmp/how
	rm -f /tmp/deaf
	login a alice
	t=$(now)
	logout a
	ok "$how: gone" waitfor 20 gone alice
	t=$(($(now) - t))
	ok "$how: after an eighth of stoptimeout ($t)" [ $t -ge 150 -a $t -lt 800 ]
	is "$how: nothing was forced" "$(grep 'still run' /tmp/log)" ''
done
finish
