#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The power goes, over and over, while a real infohus-core works: see cuts.c.
# Then the same with disks that lie: cuts that find nothing there would find
# nothing anywhere. SEED= repeats the choice of states.
. "$(dirname "$0")/../federation/fed.sh"

COUNT=${COUNT:-${LONG:+30000}}
COUNT=${COUNT:-1000}
SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
# On a disk that is none: what is durable is what the record says.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm

fed new cuts
must fed stop
cut() {
	"$BUILD/tests/faults/cuts" "$BUILD/bin/infohus-core" \
	    "$BUILD/tests/faults/shim.so" "$fed" "$BUILD/tests/oracle" \
	    "$infohus" "$@"
}

cut "$COUNT" "$SEED" && ok "$COUNT cuts lost nothing" ||
    no "a power cut lost something (seed $SEED)"
for lie in fsync fdatasync synchronous; do
	cut 60 "$SEED" "$lie" && ok "a disk that lies about $lie is found out" ||
	    no "a disk that lies about $lie is not noticed"
done
