#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Where nothing was tried, nothing was borne: wrong counts and seeds, faults
# that no run can meet, programs that are not there; and what a killed test
# left is removed by the next.
COUNT=1
. "$(dirname "$0")/rig.sh"

for name in faults cuts; do
	want 1 'COUNT: found "abc", expected a number above 0' \
	    env COUNT=abc "$here/${name}_test.sh"
	want 1 'COUNT: found "0", expected' env COUNT=0 "$here/${name}_test.sh"
done

rig faults --nodes="$here/nodes"
for name in faults cuts; do
	want 1 'not built: ' env BUILD="$fed" "$here/${name}_test.sh"
done

one() {
	want "$1" "$2" attempt 1 "${4:-7}" "$3"
}
one 2 'SEED: found "abc", expected a whole number' malloc:1:ENOMEM:1 abc
one 2 'expected one of them' malloc:99999999:ENOMEM:1
one 2 'expected one of them' malloc:0:ENOMEM:1
one 2 'found no such call' mallok:1:ENOMEM:1
one 2 'it cannot fail so' malloc:1:EIO:1
one 2 'expected CALL:N:FAULT:PHASE' foo
one 2 'expected CALL:N:FAULT:PHASE' malloc:1:ENOMEM:1x
one 0 '' malloc:1:ENOMEM:0

# A shim that is not there, which the loader only mentions.
want 3 'the shim has counted nothing' "$program" "$core" "$fed/no.so" "$fed" \
    "$BUILD/tests/oracle" 5 7
want 3 'cuts: the record: ' "$BUILD/tests/faults/cuts" "$core" "$fed/no.so" \
    "$fed" "$BUILD/tests/oracle" "$infohus" 5 7

# Both killed, shell and keeper; or the shell alone; or still there.
dead=$fed/infohus-dead other=$fed/infohus-other kept=$fed/infohus-kept
mkdir "$dead" "$other" "$kept"
(exec true) &
wait $!
echo $! >"$dead/owner"
leftovers_own "$other"
want 0 "removed: $dead, left by process $!" \
    leftovers_remove "$fed"/infohus-*
same 'what is left' "$(cd "$fed" && echo infohus-*)" 'infohus-kept infohus-other'

# folder PID: of the test that is this process, once its program is at work.
folder() {
	local owner
	owner=$(grep -lx "$1" "${TMPDIR:-/tmp}"/infohus-faults.??????/owner \
	    2>/dev/null) && [ -e "${owner%/owner}/fault-page" ] &&
	    echo "${owner%/owner}"
}
gone() {
	[ ! -e "$1" ]
}
for signal in TERM KILL; do
	COUNT=500 "$here/faults_test.sh" >"$fed/log/killed" 2>&1 &
	pid=$!
	until_true 60 folder "$pid" || no "no folder of process $pid"
	made=$(folder "$pid")
	kill -s "$signal" "$pid"
	wait "$pid" 2>/dev/null
	until_true 60 gone "${made:?}" &&
	    ok "killed by $signal: nothing is left" || no "left: $made"
done
