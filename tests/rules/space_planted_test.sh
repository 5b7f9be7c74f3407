#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The test of the space engine has teeth: each planted/*.patch is one
# deliberate bug, most of them a reduction that goes too far, and space_test
# fails over it with the words below. It passes without them.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 3

build=${BUILD:-build}
faults=0

# NAME WORDS: the bug, and what the test says of it. "unknown" is what the
# engine says when judge() does not agree with an answer of its own.
plants() {
	cat <<-TXT
	classes-merged expected an answer, found none
	bases-merged expected an answer, found none
	exception-forgotten expected an answer, found none
	category-not-cut expected an answer, found none
	park-wins unknown: expected none, found one
	not-the-plainest expected an answer, found one
	relation-not-asked expected an answer, found none
	TXT
}

for patch in tests/rules/planted/*.patch; do
	plant=$(basename "$patch" .patch)
	if ! plants | grep -q "^$plant "; then
		echo "NOT OK: $plant is planted and not tried"
		faults=$((faults + 1))
	fi
done
while read -r plant words; do
	found=$(timeout 120 "$build/planted-space/$plant/space_test" 2>&1) &&
	    found="it passes: $found"
	if grep -qF -- "$words" <<<"$found"; then
		echo "ok: $plant: $words"
	else
		echo "NOT OK: $plant: expected \"$words\""
		tail -5 <<<"$found"
		faults=$((faults + 1))
	fi
done < <(plants)
[ "$faults" = 0 ]
