# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# built PROGRAM...: ends the test when one is not built yet, before it says
# anything else about it.

built() {
	local program missing=0

	for program; do
		[ -x "$program" ] && continue
		printf 'NOT OK: %s is not built: make tests\n' "$program"
		missing=1
	done
	[ "$missing" = 0 ] || exit 1
}
