#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Replay: every scenario passes, twice with the same bytes; every wrong one
# and every failing one says so with its line, what was found or came, and
# what was expected. Prints the steps per second, which nothing depends on.
set -uo pipefail

BUILD=${BUILD:-build}
here=tests/replay
scenario=$BUILD/tests/scenario
least=140
faults=0

fault() {
	faults=$((faults + 1))
	printf 'NOT OK: %s\n' "$*"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

out=$("$scenario" "$here"/scenarios/*.scn)
status=$?
printf '%s\n' "$out"
[ "$status" = 0 ] || fault "scenarios: exit $status"
n=$(find "$here/scenarios" -name '*.scn' | wc -l)
[ "$n" -ge "$least" ] || fault "found $n scenarios, expected $least"
for f in "$here"/scenarios/*.scn; do
	head -n 1 "$f" | grep -q '^# [A-Z].*[.]$' ||
	    fault "$f: expected a sentence in its head"
done

# One seed is one run; another seed is another.
for k in 1 2; do
	"$scenario" --seed 7 --transcript "$here"/scenarios/*.scn \
	    >"$work/$k" || fault "seed 7: exit $?"
done
cmp "$work/1" "$work/2" || fault 'two runs of one seed differ'
"$scenario" --seed 8 --transcript "$here"/scenarios/*.scn >"$work/3"
[ "$(grep -c '^disk ' "$work/1")" = "$n" ] || fault 'no disk was summed up'
cmp -s <(grep '^disk ' "$work/1") <(grep '^disk ' "$work/3") &&
    fault 'another seed gives the same bytes'

# A file with its message in the head: "# LINE: TEXT", TEXT may go on.
says() {
	local want got

	for f in "$here/$1"/*.scn; do
		want="$f:$(head -n 1 "$f" | cut -c3-)"
		got=$("$scenario" "$f")
		[ $? = "$2" ] || fault "$f: expected exit $2"
		case $got in
		"$want"*) ;;
		*) fault "$f: expected \"$want\", found \"${got%%$'\n'*}\"" ;;
		esac
	done
}
says bad 2
says failing 1

got=$("$scenario" "$here/no-such.scn")
[ $? = 2 ] || fault 'a file that is not there'
[ "${got%%$'\n'*}" = \
    "$here/no-such.scn:0: cannot be read, expected a scenario" ] ||
    fault "a file that is not there: found $got"
"$scenario" --no-such-option >/dev/null 2>&1
[ $? = 2 ] || fault 'an unknown option'

printf '%s faults\n' "$faults"
[ "$faults" = 0 ]
