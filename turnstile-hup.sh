#!/bin/sh
# turnstile-hup.sh BINARY RUNDIR LETTERDIR: asks, for turnstiled, whether the
# installed binary can take over here, and leaves a letter that says so or why not
said=$(timeout -s KILL 5 "$1" -t 2>&1 </dev/null | head -c 1000)
if [ "$said" = "turnstiled: the configuration is good, files are in $2" ]; then
	letter=EXEC=1
else
	said=$(printf %s "$said" | tr '[:cntrl:]' ' ' | cut -c 1-300)
	letter="ERROR=$1 cannot take over, going on as before; $1 -t says: ${said:-nothing}"
fi
printf '%s\n' "$letter" >"$3/.hup.$$" && mv "$3/.hup.$$" "$3/hup.$$" || {
	rm -f "$3/.hup.$$"
	echo "turnstiled: cannot tell the daemon of $1, going on as before" >&2
}
