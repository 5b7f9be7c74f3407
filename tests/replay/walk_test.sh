#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The walker finds nothing in core, and finds every bug that is planted in it:
# the scenario it prints is short, fails over the broken core and passes over
# the real one. LONG=1 walks much further, from a seed that it prints.
set -uo pipefail

BUILD=${BUILD:-build}
steps=6000
short=6 # lines of a scenario that shows one bug
faults=0

fault() {
	faults=$((faults + 1))
	printf 'NOT OK: %s\n' "$*"
}

. "$(dirname "$0")/built.sh"
planted=()
for file in tests/replay/planted/*.c; do
	planted+=("$(basename "$file" .c)")
done
built "$BUILD"/tests/{scenario,walk} "${planted[@]/#/$BUILD/tests/scenario-}" \
    "${planted[@]/#/$BUILD/tests/walk-}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

walk() {
	"$BUILD/tests/walk" --out "$work/found.scn" "$1" "$2" >"$work/out"
	local status=$?
	cat "$work/out"
	[ "$status" = 0 ] || fault "walk $1 $2: exit $status"
}

walk 1 "$steps"
# Much has to happen on the way, or nothing was tried.
read -r messages offers kills < <(sed -n \
    's/.*: \([0-9]*\) messages.* \([0-9]*\) offers.* \([0-9]*\) kills/\1 \2 \3/p' \
    "$work/out")
[ "${messages:-0}" -ge 500 ] || fault "only ${messages:-0} messages"
[ "${offers:-0}" -ge 500 ] || fault "only ${offers:-0} offers"
[ "${kills:-0}" -ge 20 ] || fault "only ${kills:-0} kills"

if [ -n "${LONG:-}" ]; then
	seed=$(date +%s%N)
	printf 'seed %s\n' "$seed"
	walk "$seed" 1000000
fi

for name in "${planted[@]}"; do
	rm -f "$work/found.scn"
	"$BUILD/tests/walk-$name" --out "$work/found.scn" 1 20000 >"$work/out"
	status=$?
	case $status in
	1) ;;
	0) fault "$name: the walker found nothing" ;;
	*) fault "$name: the walker ended with exit $status" ;;
	esac
	[ -s "$work/found.scn" ] || continue
	grep '^# Walk' "$work/found.scn"
	n=$(grep -vc '^#' "$work/found.scn")
	[ "$n" -le "$short" ] || fault "$name: $n lines, expected at most $short"
	"$BUILD/tests/scenario-$name" "$work/found.scn" >"$work/out"
	[ $? = 1 ] || fault "$name: what was printed does not fail"
	"$BUILD/tests/scenario" "$work/found.scn" >"$work/out" ||
	    fault "$name: what was printed fails without the bug"
done

for wrong in 1 '1 x' 'x 1' '1 0' '1 -5' '-1 5' '1 99999999999999999999'; do
	# shellcheck disable=SC2086 # a list of words
	"$BUILD/tests/walk" $wrong >"$work/out" 2>&1
	[ $? = 2 ] || fault "walk $wrong: expected exit 2"
done

said=$(BUILD=$work "$0")
[[ $? = 1 && $said = *"/tests/walk is not built: make tests"* ]] ||
    fault "nothing is built: found $said"

printf '%s faults\n' "$faults"
[ "$faults" = 0 ]
