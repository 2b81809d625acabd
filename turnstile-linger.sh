#!/bin/sh
# turnstile-linger.sh MARKERDIR LETTERDIR: looks up, for turnstiled, whose the linger
# markers are, and leaves a letter for each.  The name service may hang: each name
# is asked about by itself, side by side and in bounded time.  Names that nobody
# has (yet) are asked about again, less and less often.
dir=$1 box=$2 pause=1

command -v timeout >/dev/null || timeout() { shift; "$@"; }

letter() # NUMBER, and its lines: it appears whole
{
	cat >"$box/.linger.$$.$1" && mv "$box/.linger.$$.$1" "$box/linger.$$.$1" ||
	    rm -f "$box/.linger.$$.$1"
}

complain() # NUMBER TEXT: once
{
	text=$(printf %s "$2" | tr '[:cntrl:]' '?')
	grep -qsxF -e "$text" "$box/.said" && return
	echo "$text" >>"$box/.said"
	echo "ERROR=$text" | letter "$1"
}

# fails if it is to be asked again; what a helper before this one still asks about
# is not asked about twice
lookup() # NUMBER NAME
{
	case $2 in
	*[[:cntrl:]]*) bad=1 ;;
	*) bad= ;;
	esac
	if [ "$bad" ] || [ -L "$dir/$2" ] || [ ! -f "$dir/$2" ]; then
		[ -e "$dir/$2" ] || [ -L "$dir/$2" ] || return 0
		complain "$1" "$dir/$2 is ignored: a marker is a plain file with a user's name"
		return 0
	fi
	find "$box/.asks.$2" -prune -mmin +1 -exec rmdir {} + 2>/dev/null
	mkdir "$box/.asks.$2" 2>/dev/null || return 1
	if command -v getent >/dev/null; then
		entry=$(timeout -s KILL 3 getent passwd "$2")
	else
		entry=$(grep -F -- "$2:" /etc/passwd)
	fi
	rmdir "$box/.asks.$2"
	# not in a pipe: a subshell's variables are lost
	while IFS=: read -r user _ uid gid _ home shell; do
		[ "$user" = "$2" ] || continue
		printf '%s\n' "UID=$uid" "GID=$gid" "USER=$user" "HOME=${home:-/}" \
		    "SHELL=${shell:-/bin/sh}" | letter "$1"
		return
	done <<-END
		$entry
	END
	complain "$1" "$dir/$2: there is no user $2 (yet), asking again now and then"
	return 1
}

gather() # PID...
{
	for p; do wait "$p" || missing=1; done
}

while :; do
	missing='' n=0
	set --
	for f in "$dir"/*; do
		n=$((n + 1))
		lookup "$n" "${f##*/}" &
		set -- "$@" "$!"
		if [ $# = 16 ]; then # so many at once
			gather "$@"
			set --
		fi
	done
	gather "$@"
	[ "$missing" ] || exit 0
	sleep $pause
	[ $pause -ge 64 ] || pause=$((pause * 2))
done
