#!/bin/sh
# a preloaded library has put a variable elsewhere: the titles that ps shows are
# written into what is left of the memory, and nowhere else
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
cat >/tmp/moved.c <<'END'
#include <stdlib.h>
#include <string.h>
__attribute__((constructor)) static void
moved(void)
{
	static char text[20000];

	memset(text, 'x', sizeof(text) - 1);
	setenv("MOVED", text, 1); /* on the heap from here on */
}
END
cc -shared -fPIC -o /usr/lib/moved.so /tmp/moved.c
cat >/usr/sbin/movedaemon <<'END'
#!/bin/sh
exec env -i PATH="$PATH" LD_PRELOAD=/usr/lib/moved.so FIRST="some text, so that there is room" \
    MOVED=here turnstiled
END
chmod +x /usr/sbin/movedaemon
service alice foo
core alice 'core_services="foo"'
movedaemon 2>>/tmp/log &
daemon=$!
waitfor 5 logged ' is ready'
login a alice
is "the first login finds its services" "$(starts alice foo)" 1
sup=$(supervisor alice)
is "its supervisor is named" "$(tr '\0' ' ' <"/proc/$sup/cmdline" | sed 's/ *$//')" "turnstiled: alice"
logout a
ok "gone" waitfor 8 gone alice
ok "nobody was killed" not logged killed
finish
