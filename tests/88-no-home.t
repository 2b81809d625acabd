#!/bin/sh
# a home that cannot be entered: the service manager runs in /
config='stopdelay=0 backend=S6'
. "${0%/*}/lib.sh"
cat >/usr/libexec/turnstile/s6 <<'END'
#!/bin/sh
if [ "$1" = run ]; then
	pwd >/tmp/pwd.$USER
	echo ready >&3
	exec sleep 1000
fi
END
daemon
mkuser bob
mv /home/alice /home/was
login a alice
login b bob
is "one whose home is there" "$(cat /tmp/pwd.bob)" /home/bob
is "one whose home is not" "$(cat /tmp/pwd.alice)" /
ok "it is said" logged '(alice): cannot enter its home /home/alice'
is "ready" "$(state alice)" ready
finish
