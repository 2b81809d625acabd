#!/bin/sh
# a service manager that removes the leaf in which services begin gains nothing: the ready
# command is not run outside of the login's cgroup
config='stopdelay=0 backend=S6 corewait=3'
. "${0%/*}/lib.sh"
command -v s6-svscan >/dev/null || { echo "1..0 # SKIP s6-svscan is not installed"; exit 0; }
script=$(find /usr/lib* /usr/libexec -path '*turnstile/s6' | head -n 1)
cat >"$script" <<'END'
#!/bin/sh
case $1 in
run)
	own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	top=${own%/services}
	mkdir "$top/box"
	echo $$ >"$top/box/cgroup.procs"
	rmdir "$top/services"
	: >/tmp/removed
	echo >&3
	exec sleep 1000 ;;
ready)
	sed -n 's/^0:://p' /proc/self/cgroup >/tmp/ready ;;
esac
END
daemon
login a alice
is "the login goes on" "$id" 0
ok "the leaf was removed" [ -e /tmp/removed ]
ok "nobody was outside" [ ! -e /tmp/ready ]
ok "the log says it" logged 'cannot fork'
logout a
ok "gone" waitfor 10 gone alice
ok "no cgroup is left" waitfor 5 eval '[ ! "$(find /sys/fs/cgroup -name "turnstiled.*")" ]'
finish
