#!/bin/sh
# each system call can fail: some of them do, in a story of logins; the short form
# of tests/stress SEED errors, with a seed that is always the same, and one that must not
# be taken for another
limit=240 form=errors seed=1 count=14 seconds=80 first='1 waitid 1 EINTR'
. "${0%/*}/stress"
