#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every call of a real infohus-core fails once, each way it can: see faults.c.
# SEED= repeats a run, ONE=CALL:N:FAULT:PHASE tries one; FED_KEEP=1 keeps it.
COUNT=${COUNT:-${LONG:+20000}}
COUNT=${COUNT:-500}
. "$(dirname "$0")/rig.sh"

rig faults --nodes="$here/nodes"
attempt "$COUNT" "$SEED" ${ONE:+"$ONE"}
case $? in
0) ok "${ONE:-all that was tried}: borne" ;;
1) no "a fault was not borne (seed $SEED)" ;;
*) no "nothing was tested, for the reason above (seed $SEED)" ;;
esac
