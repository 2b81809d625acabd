# shellcheck shell=sh disable=SC2154
# What the tests of turnstile-sdlogin share, after lib.sh: a system bus, an action that
# polkit allows to active sessions alone, real logins on virtual terminals.
needs pkcheck dbus-daemon login perl
[ -e /sys/fs/cgroup/cgroup.procs ] || { echo "1..0 # SKIP no cgroup2 here"; exit 0; }
for tty in 0 42 43; do
	mknod /dev/tty$tty c 4 $tty
done
chmod 600 /dev/tty[0-9]*
(: </dev/tty42) 2>/dev/null || { echo "1..0 # SKIP no virtual terminals here"; exit 0; }
# the line that is a comment there, as README says
sed -i 's/^#\(session .*turnstile-sdlogin join\)/\1/' /etc/pam.d/turnstiled
join=$(grep '^session .*turnstile-sdlogin join' /etc/pam.d/turnstiled)
pamline "$join"
echo "$join" >>/etc/pam.d/test

# vt N: it is in front
vt() {
	perl -e 'open F, "+<", "/dev/tty0" or die $!;
	    ioctl F, $_, $ARGV[0] + 0 or die $! for 0x5606, 0x5607' "$1"
}
vt 1 2>/dev/null || { echo "1..0 # SKIP no virtual terminal can be switched to here"; exit 0; }

mkdir -p /run/dbus /usr/share/polkit-1/actions
cat >/usr/share/polkit-1/actions/test.policy <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<policyconfig>
 <action id="test.active">
  <description>for who is in front</description>
  <message>it is</message>
  <defaults>
   <allow_any>no</allow_any>
   <allow_inactive>no</allow_inactive>
   <allow_active>yes</allow_active>
  </defaults>
 </action>
</policyconfig>
END
dbus-daemon --system --fork --nopidfile

# sdlogin: is started
sdlogin() {
	turnstile-sdlogin 2>>/tmp/sdlogin.log &
	sdlogin=$!
	waitfor 5 [ -e /run/systemd/seats/seat0 ]
}

# over: what was started ends, and VT 1 is in front
over() {
	kill -TERM "$sdlogin"
	pkill -TERM -x dbus-daemon
	vt 1
}

# polkit: polkitd is started, with the library that $library has
polkit() {
	LD_LIBRARY_PATH=$library /usr/lib/polkit-1/polkitd --no-debug >/tmp/polkitd.log 2>&1 &
	polkitd=$!
	waitfor 10 eval 'dbus-send --system --print-reply --dest=org.freedesktop.DBus / \
	    org.freedesktop.DBus.GetNameOwner string:org.freedesktop.PolicyKit1 >/tmp/owner 2>&1'
}

# allowed PID: by polkit; denied PID: and it answered
allowed() {
	pkcheck --action-id test.active --process "$(subject "$1")" >/tmp/pkcheck 2>&1
}

denied() {
	allowed "$1"
	[ $? = 1 ]
}

subject() {
	echo "$1,$(field "$1" 20),$(stat -c %u "/proc/$1")"
}

# onvt NAME USER VT: logs in there, by login; its shell's pid comes to /tmp/shell.NAME,
# and it does what is written to /tmp/do.NAME
onvt() {
	mkfifo -m 666 "/tmp/do.$1"
	home=$(getent passwd "$2" | cut -d: -f6)
	touch "$home/.hushlogin"
	printf '%s\n' "echo \$\$ >/tmp/shell.$1" "exec 9<>/tmp/do.$1" \
	    "while read -r line <&9; do eval \"\$line\"; done" \
	    >"$home/.profile"
	chown "$2:" "$home/.profile" "$home/.hushlogin"
	setsid -c login -f "$2" <"/dev/tty$3" >"/dev/tty$3" 2>&1 &
	waitfor 15 [ -s "/tmp/shell.$1" ]
	shell=$(cat "/tmp/shell.$1")
}

# cgroup PID: in cgroup2
cgroup() {
	sed -n 's/^0:://p' "/proc/$1/cgroup"
}
