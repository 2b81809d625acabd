#!/bin/sh
# su hands on its caller's variables: none that leads into the caller's runtime
# directory, with a daemon and without
config='stopdelay=0'
. "${0%/*}/lib.sh"
mkuser bob
a=/run/user/$(id -u alice) b=/run/user/$(id -u bob)
sed -i '1i auth sufficient pam_permit.so' /etc/pam.d/su /etc/pam.d/sudo
[ ! -e /etc/pam.d/common-session-noninteractive ] || cp $common /etc/pam.d/common-session-noninteractive
printf '%s\n' 'alice ALL=(ALL) NOPASSWD:SETENV: ALL' >/etc/sudoers
chmod 440 /etc/sudoers

# from ENVIRONMENT... -- COMMAND...: what COMMAND, run by alice with that, has; sorted
from() {
	set -- setpriv --reuid alice --regid alice --init-groups env "$@"
	"$@" 2>&1 | grep -e ^DBUS_SESSION_BUS_ADDRESS -e ^XDG_RUNTIME_DIR | LC_ALL=C sort | tr '\n' ' '
}

# each WHAT XDG_RUNTIME_DIR: of bob's, through su and sudo from alice's session
each() {
	dir=${2:+XDG_RUNTIME_DIR=$2 }
	set -- "$1" "XDG_RUNTIME_DIR=$a" "DBUS_SESSION_BUS_ADDRESS=unix:path=$a/bus"
	is "$1: su" "$(from "$2" "$3" su bob -c env)" "$dir"
	is "$1: su -m" "$(from "$2" "$3" su -m bob -c env)" "$dir"
	is "$1: su -" "$(from "$2" "$3" su - bob -c env)" "$dir"
	is "$1: su to root" "$(from "$2" "$3" su -c env)" "${2:+${dir:+XDG_RUNTIME_DIR=/run/user/0 }}"
	is "$1: a bus with a guid" "$(from "$2" "$3,guid=00" su bob -c env)" "$dir"
	is "$1: another's bus elsewhere" "$(from DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/usr1/77/bus su bob -c env)" \
	    "DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/usr1/77/bus $dir"
	is "$1: an abstract one" "$(from "DBUS_SESSION_BUS_ADDRESS=unix:abstract=$a/bus" su bob -c env)" \
	    "DBUS_SESSION_BUS_ADDRESS=unix:abstract=$a/bus $dir"
	is "$1: bob's own" "$(from "XDG_RUNTIME_DIR=$b" "DBUS_SESSION_BUS_ADDRESS=unix:path=$b/bus" su bob -c env)" \
	    "DBUS_SESSION_BUS_ADDRESS=unix:path=$b/bus XDG_RUNTIME_DIR=$b "
	is "$1: nobody's" "$(from DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/x su bob -c env)" \
	    "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/x $dir"
	command -v sudo >/dev/null || return
	is "$1: sudo" "$(from "$2" "$3" sudo -u bob env)" "$dir"
	is "$1: sudo -E" "$(from "$2" "$3" sudo -E -u bob env)" "$dir"
}
command -v sudo >/dev/null || echo "# sudo is not installed"

each "no daemon" ''
daemon
each "no bus" "$b"

# PAM's environment, too; and what the daemon is told
login x bob "put XDG_RUNTIME_DIR=$a" "put DBUS_SESSION_BUS_ADDRESS=unix:path=$a/bus" \
    "setenv DBUS_SESSION_BUS_ADDRESS=unix:path=$a/bus"
is "PAM's environment: the directory" "$(var x XDG_RUNTIME_DIR)" "$b"
is "PAM's environment: it is made" "$(stat -c %a%U "$b")" 700bob
is "PAM's environment: no bus" "$(grep -c ^DBUS /tmp/env.x)" 0
is "the process's own: no bus" "$(tell x 'getenv DBUS_SESSION_BUS_ADDRESS')" '(none)'
logout x
ok "gone" waitfor 5 gone bob

if command -v dbus-daemon >/dev/null; then
	bus bob
	login x bob
	is "a bus: su" "$(from "XDG_RUNTIME_DIR=$a" "DBUS_SESSION_BUS_ADDRESS=unix:path=$a/bus" su bob -c env)" \
	    "DBUS_SESSION_BUS_ADDRESS=unix:path=$b/bus XDG_RUNTIME_DIR=$b "
	login y bob "put DBUS_SESSION_BUS_ADDRESS=unix:path=$a/bus"
	is "a bus: PAM's environment" "$(var y DBUS_SESSION_BUS_ADDRESS)" "unix:path=$b/bus"
	logout x y
fi
finish
