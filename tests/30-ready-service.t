#!/bin/sh
# the service turnstile-ready is made at the first login, and put right
config='stopdelay=0'
. "${0%/*}/lib.sh"
sv=/home/alice/.config/service
daemon
login a alice
is "made" "$(readlink $sv/turnstile-ready/run)" /usr/libexec/turnstile/turnstile-ready.sh
is "alice's" "$(stat -c %U $sv $sv/turnstile-ready | sort -u)" alice
is "TURNSTILE_ENV_DIR is made" "$(stat -c %a%U /home/alice/.config/service-env)" 700alice
manager=$(procs alice | sed -n 's/ runsvdir$//p')
ok "log: in ps" grep -aq 'log: \.\.\.' "/proc/$manager/cmdline"
logout a
waitfor 5 gone alice

# what the C++ turnstile leaves
rm $sv/turnstile-ready/run
printf '#!/bin/sh\necho ran >/tmp/foreign\nexec pause\n' >$sv/turnstile-ready/run
chmod +x $sv/turnstile-ready/run
service alice foo
core alice '# mine
core_services="foo"'
cp -p $sv/turnstile-ready/conf /tmp/conf
login b alice
ok "core services are up" started alice foo
is "replaced" "$(readlink $sv/turnstile-ready/run)" /usr/libexec/turnstile/turnstile-ready.sh
ok "the foreign one was not run" [ ! -e /tmp/foreign ]
ok "conf is as it was" cmp $sv/turnstile-ready/conf /tmp/conf
is "nor touched" "$(stat -c %Y%U $sv/turnstile-ready/conf)" "$(stat -c %Y%U /tmp/conf | sed s/root/alice/)"
logout b
waitfor 5 gone alice

rm -r $sv
mkdir -p /home/alice/sv
chown alice: /home/alice/sv
ln -s /home/alice/sv $sv
service alice bar
core alice 'core_services="bar"'
chown -R alice: /home/alice
login c alice
ok "the directory may be a link" started alice bar
finish
