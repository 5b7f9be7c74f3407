#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The power goes, over and over, while a real infohus-core works: see cuts.c.
# Then the same with disks that lie: cuts that find nothing there would find
# nothing anywhere. SEED= repeats the choice of states.
COUNT=${COUNT:-${LONG:+30000}}
COUNT=${COUNT:-1000}
. "$(dirname "$0")/rig.sh"

# GOOD BAD COUNT [LIE]
cut() {
	attempt "$infohus" "$3" "$SEED" ${4:+"$4"}
	case $? in
	0) ok "$1" ;;
	1) no "$2 (seed $SEED)" ;;
	*) no "nothing was cut, for the reason above (seed $SEED)" ;;
	esac
}

rig cuts
cut "$COUNT cuts lost nothing" 'a power cut lost something' "$COUNT"
for lie in fsync fdatasync synchronous; do
	cut "a disk that lies about $lie is found out" \
	    "a disk that lies about $lie is not noticed" 60 "$lie"
done
