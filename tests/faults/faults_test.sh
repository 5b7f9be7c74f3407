#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every call of a real infohus-core fails once, each way it can: see faults.c.
# SEED= repeats a run, ONE=CALL:N:FAULT:PHASE tries one and keeps it.
. "$(dirname "$0")/../federation/fed.sh"

COUNT=${COUNT:-${LONG:+20000}}
COUNT=${COUNT:-500}
SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
# On a disk that is none: what is durable is what the record says.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm

fed new faults --nodes="$(dirname "$0")/nodes"
must fed stop
# shellcheck disable=SC2086
"$BUILD/tests/faults/faults" "$BUILD/bin/infohus-core" \
    "$BUILD/tests/faults/shim.so" "$fed" "$BUILD/tests/oracle" "$COUNT" "$SEED" ${ONE:-} ||
    no "a fault was not borne (seed $SEED)"
[ "$fed_faults" != 0 ] || ok "${ONE:-$COUNT faults}: borne"
