#!/bin/sh
# one more entry in config.h: a shell script as service manager
. "${0%/*}/lib.sh"
cat >/usr/local/bin/mysv <<'END'
#!/bin/sh
# starts what is executable in the directory $1, says so, and stops it on USR1
trap 'kill $pids $!; wait; echo stopped >>/tmp/mysv; exit' USR1
for s in "$1"/*; do
	"$s" 3>&- & pids="$pids $!"
done
echo "started $#" >&3
exec 3>&-
while :; do sleep 1000 & wait $!; done
END
chmod +x /usr/local/bin/mysv
mkdir -p /home/alice/.mysv
printf '#!/bin/sh\nsleep 0.3\necho $$ >/tmp/one\nexec sleep 1000\n' >/home/alice/.mysv/one
chmod +x /home/alice/.mysv/one
chown -R alice: /home/alice/.mysv

mkdir /tmp/src
cp -R /src/[!t]* /src/turnstile* /tmp/src
cd /tmp/src || exit 1
sed 's|\(backend *=\) [A-Za-z]*|\1 My|; s|\(stopdelay *=\) 2|\1 0|
/^enum { None, /s/}/, My }/
/^} backends\[\] = {/a\
	[My] = { "my", "exec mysv \\"$HOME/.mysv\\"",\
		"echo \\"$1\\" >>/tmp/mysv; until [ -e /tmp/one ]; do sleep 0.02; done",\
		SIGUSR1, { "MYSV=%h/.mysv" } },' \
    config.def.h >config.h
ok "it compiles" make -s all
make -s install
cd /
daemon
login a alice
is "its readiness is the ready command's argument" "$(cat /tmp/mysv)" "started 1"
ok "which the login has waited for" [ -e /tmp/one ]
is "the login's environment" "$(var a MYSV)" /home/alice/.mysv
one=$(cat /tmp/one)
is "as alice" "$(stat -c %U "/proc/$one")" alice
login b alice
is "shared" "$(cat /tmp/one)" "$one"
logout a b
ok "gone" waitfor 5 gone alice
is "stopped by its signal" "$(tail -n 1 /tmp/mysv)" stopped
finish
