#!/bin/sh
# the daemon, supervisors and service managers killed at random and at named
# moments: the short form of tests/stress
limit=600 form=short
. "${0%/*}/stress"
