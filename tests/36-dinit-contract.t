#!/bin/sh
# how dinit and dinitctl are called, by stand-ins that write it down
config='stopdelay=0 corewait=5 backend=Dinit'
. "${0%/*}/lib.sh"
uid=$(id -u alice)
own=/run/turnstiled/$uid/sv
for p in dinit dinitctl dinit-monitor; do
	rm -f "$(command -v $p)"
done
cat >/usr/local/bin/dinit <<'END'
#!/bin/sh
fds=$(readlink /proc/$$/fd/*)
echo "$fds" >/tmp/dinit.fds
printf '%s\n' "$@" >/tmp/dinit.args
env >/tmp/dinit.env
cp /run/turnstiled/*/sv/boot /tmp/dinit.boot
ls /run/turnstiled/*/sv/boot.d/ >/tmp/dinit.bootd
trap 'echo TERM >>/tmp/dinit.signals; kill $!; exit' TERM
printf '/tmp/the socket\0' >&3
exec 3>&-
while :; do sleep 1000 & wait $!; done
END
cat >/usr/local/bin/dinitctl <<'END'
#!/bin/sh
echo "$DINIT_SOCKET_PATH: $*" >>/tmp/ctl
case "$*" in
*--no-wait*) ;;
*is-started*) echo STARTING ;;
*'add-dep waits-for graphical.target panel') exit 1 ;;
*'start good') sleep 0.5; touch /tmp/good ;;
*'start bad') exit 1 ;;
*'start hangs') sleep 1000 ;;
esac
END
chmod +x /usr/local/bin/dinit /usr/local/bin/dinitctl
boot=/home/alice/.config/dinit.d/boot.d
mkdir -p $boot /usr/lib/dinit.d/user/boot.d
touch $boot/good $boot/bad $boot/hangs $boot/panel "$boot/two words" $boot/.hidden $boot/--help
touch /usr/lib/dinit.d/user/boot.d/systems
owned alice
daemon
t=$(now)
login a alice
t=$(($(now) - t))
is "the arguments" "$(tr '\n' '|' </tmp/dinit.args)" \
    "--user|--quiet|--ready-fd|3|-d|$own|-d|/home/alice/.config/dinit.d|-d|/etc/dinit.d/user|-d|/usr/local/lib/dinit.d/user|-d|/usr/lib/dinit.d/user|"
is "descriptors" "$(grep -v -e ^/dev/null -e ^pipe: -e /usr/local/bin/dinit /tmp/dinit.fds)" \
    "/run/turnstiled/$uid/ready"
ok "XDG_RUNTIME_DIR" grep -qx "XDG_RUNTIME_DIR=/run/user/$uid" /tmp/dinit.env
ok "HOME" grep -qx HOME=/home/alice /tmp/dinit.env
ok "no session" lacks /tmp/dinit.env XDG_SESSION_ID
is "boot is empty when dinit reads it" "$(cat /tmp/dinit.bootd)" ''
is "its type" "$(sed -n 1p /tmp/dinit.boot)" 'type = internal'
for f in boot system login.target graphical.monitor graphical.target; do
	is "$f is alice's" "$(stat -c %U $own/$f)" alice
	ok "$f has no path of hers" lacks $own/$f /home
done
is "graphical.target" "$(sed -n 1p $own/graphical.target)" 'type = triggered'
ok "without dinit-monitor no trace of it" lacks $own/graphical.monitor dinit-monitor
for s in good bad hangs 'two words' systems; do
	ok "$s is started by its own dinitctl" grep -qx -e "/tmp/the socket: start $s" /tmp/ctl
done
ok "panel is told to start" grep -q -e "start --no-wait panel" /tmp/ctl
ok "and not waited for" lacks /tmp/ctl ": start panel$"
ok ".hidden is not started" lacks /tmp/ctl hidden
ok "a name that begins with a dash is no option of dinitctl's" lacks /tmp/ctl --help
ok "it is reported" logged "(alice): $boot/--help is not started"
ok "the login has waited" [ -e /tmp/good ]
ok "until corewait ($t)" [ $t -ge 490 ]
ok "and no longer" [ $t -lt 1500 ]
ok "bad is reported" logged '(alice): service bad has failed'
ok "hangs is reported" logged '(alice): service hangs is not up after 5 s'
is "nobody else" "$(grep -c '(alice): service ' /tmp/log)" 2
logout a
ok "gone" waitfor 5 gone alice
is "stopped by SIGTERM" "$(cat /tmp/dinit.signals)" TERM

# none at all
rm /usr/local/bin/dinit
: >/tmp/log
t=$(now)
login b alice
ok "no dinit: no wait" [ $(($(now) - t)) -lt 480 ]
ok "the log says why" waitfor 10 logged '(alice): .*(dinit) ended, status 127'
is "tracked" "$(nsessions)" 1
finish
