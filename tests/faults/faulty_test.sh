#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The faults have teeth: cores with one deliberate bug each (planted/*.patch)
# are given a fault that shows it, and exactly that is found. The sound core
# bears the same fault.
COUNT=1 SEED=1
. "$(dirname "$0")/rig.sh"

# NAME FAULT FINDING: the bug, what shows it, what must be said of it.
plants() {
	cat <<-TXT
	sync-ignored fsync:1:EIO:1 core went on after a failed sync
	good-called-bad fstatvfs:1:ENOSPC:1 good was called malformed (no field)
	full-disk-ends-it fstatvfs:1:ENOSPC:1 a full disk needs a restart
	TXT
}

# NAME CORE FAULT STATUS [FINDING]
try() {
	local out status found
	out=$(core=$2 attempt "$COUNT" "$SEED" "$3")
	status=$?
	found=$(sed -n "s/^NOT OK: $3: //p" <<<"$out" | sort -u)
	if [ "$status" = "$4" ] && [ "$found" = "${5:-}" ]; then
		ok "$1, $3: ${found:-borne}"
	else
		printf '%s\n' "$out"
		no "$1, $3: exit $status, found \"$found\", expected exit $4, \"${5:-}\""
	fi
}

rig faults --nodes="$here/nodes"
while read -r name fault finding; do
	try 'sound core' "$BUILD/bin/infohus-core" "$fault" 0
	try "$name" "$BUILD/tests/faults/planted/$name/infohus-core" "$fault" \
	    1 "$finding"
done < <(plants)
# A patch that nobody tries proves nothing.
for patch in "$here"/planted/*.patch; do
	name=$(basename "$patch" .patch)
	plants | grep -q "^$name " || no "$name is planted and not tried"
done
