#!/bin/sh
# what a user writes into the readiness FIFO comes into the log printable, and not
# without end
config='stopdelay=0'
. "${0%/*}/lib.sh"
service alice foo 'printf "!one\033[2J\001\177two\n" >"$TURNSTILE_DIR/ready"
i=0
while [ $((i += 1)) -le 100 ]; do echo "!complaint $i"; done >"$TURNSTILE_DIR/ready"
printf "!%03000d\n" 1 >"$TURNSTILE_DIR/ready"
sleep 0.5
: >/tmp/go
exec sleep 1000'
check alice foo '[ -e /tmp/go ]'
core alice 'core_services="foo"'
daemon
login a alice
ok "the login has not taken one for readiness" [ -e /tmp/go ]
ok "a complaint is in the log" waitfor 5 logged '(alice): one?\[2J??two$'
ok "without control characters" lacks /tmp/log '[[:cntrl:]]'
n_=$(grep -c '(alice): complaint ' /tmp/log)
ok "some of a hundred are ($n_)" [ "$n_" -gt 5 ]
ok "and no more" [ "$n_" -lt 20 ]
ok "syslog has it, too" waitfor 5 grep -q '(alice): one?\[2J??two$' /tmp/syslog
# of each start
: >/tmp/log
kill -KILL "$(managers alice)"
ok "it starts again" waitfor 8 started alice foo 2
ok "and complains again" waitfor 5 logged '(alice): one'
ok "its supervisor bears it all" not logged 'was killed'
finish
