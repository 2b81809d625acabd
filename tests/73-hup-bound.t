#!/bin/sh
# the runtime directory of another module stays over SIGHUP, when the session that came
# with it has ended and others have it still
config='stopdelay=0'
. "${0%/*}/lib.sh"
. /src/tests/hostile.sh
service alice foo
core alice 'core_services="foo"'
mkdir /tmp/their
chown alice: /tmp/their
daemon
login a alice 'put XDG_RUNTIME_DIR=/tmp/their'
login b alice
is "another has the same" "$(var b XDG_RUNTIME_DIR)" /tmp/their
logout a
ok "who brought it has gone" waitfor 5 is_nsessions 1
hup
login c alice
is "afterwards, too" "$(var c XDG_RUNTIME_DIR)" /tmp/their
is "services go on" "$(starts alice foo)" 1
is "it is said so" "$(key "users/$(id -u alice)" RUNTIME)" /tmp/their
logout b c
ok "gone" waitfor 5 gone alice
finish
