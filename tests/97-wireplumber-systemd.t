#!/bin/sh
# the same with libsystemd, and cgroups with its names
# alone
layout=sdlogin=LayoutSystemd library=
export layout library
. "${0%/*}/97-wireplumber.t"
