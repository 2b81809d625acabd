#!/bin/sh
# how the program is built: what the compiler can do against exploits, is done
. "${0%/*}/lib.sh"
module=$(find /lib /usr/lib -name pam_turnstile.so 2>/dev/null | head -n 1)
if [ "$TURNSTILE_SAN" ] || ! command -v readelf >/dev/null; then
	echo "1..0 # SKIP with sanitizers it is built without, or there is no readelf"
	exit 0
fi
ok "position independent" grep -q DYN /dev/fd/0 <<END
$(readelf -h /usr/sbin/turnstiled)
END
for f in /usr/sbin/turnstiled "$module"; do
	readelf -W -l -d -s "$f" >/tmp/elf
	ok "${f##*/}: read-only relocations" grep -q GNU_RELRO /tmp/elf
	ok "${f##*/}: bound at once" grep -q -e BIND_NOW -e 'Flags:.*NOW' /tmp/elf
	ok "${f##*/}: no executable stack" grep -q 'GNU_STACK.* RW ' /tmp/elf
	ok "${f##*/}: stack protector" grep -q __stack_chk_fail /tmp/elf
	ok "${f##*/}: fortified" grep -q '_chk@\|_chk$' /tmp/elf
	ok "${f##*/}: no path to libraries" lacks /tmp/elf 'RPATH\|RUNPATH'
done
is "the module shows its two functions only" "$(readelf -W --dyn-syms "$module" |
    awk '$4 == "FUNC" && $7 != "UND"{print $8}' | sort | xargs)" \
    'pam_sm_close_session pam_sm_open_session'
is "nothing is setuid" "$(find /usr/sbin/turnstiled "$module" /usr/libexec/turnstile -perm /6000)" ''
is "nor for others to write" "$(find /usr/sbin/turnstiled "$module" /usr/libexec/turnstile ! -type l -perm /022)" ''
finish
