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

. "$(dirname "$0")/built.sh"
built "$scenario"
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

# Every code that core can give and every rule of the law, from both sides.
# Those that a peer never hears are shown by unauthenticated-NAME.
shown() {
	grep -qE "^EXPECT .*$1" "$here"/scenarios/*.scn || fault "nothing shows $2"
}
codes=0
while read -r name class; do
	codes=$((codes + 1))
	case $class:$name in
	DECIDED:ok | DECIDED:pending) ;; # no refusals; pending is the client's
	UNAUTHENTICATED:*)
		[ -e "$here/scenarios/unauthenticated-${name//_/-}.scn" ] ||
		    fault "nothing shows $name"
		;;
	UNDECIDABLE:*) shown "reject $name( |$)" "$name" ;;
	*) shown "(refuse|nacked):$name([:/@ ]|$)" "$name" ;;
	esac
done < <(sed -n \
    's/^\tX([0-9]*, [A-Z_]*, "\([a-z_]*\)", \([A-Z]*\),.*/\1 \2/p' \
    proto/codes.h)
[ "$codes" -ge 40 ] || fault "read only $codes codes"
# Rules that core cannot decide yet, or has no message for, each with the
# reason; docs/law.md says the same.
later() {
	case $1 in
	R21 | U4) echo 'the assessment is no step of a case yet' ;;
	R22 | R23 | R44 | U7) echo 'who is responsible for a case is not recorded' ;;
	P21) echo 'no step leads to an effort' ;;
	R35) echo 'no crisis team is recorded' ;;
	R41 | U6) echo 'who got an original is not looked up' ;;
	P22) echo 'core opens no sealed section and so takes none' ;;
	*) return 1 ;;
	esac
}
rules=0
while read -r id; do
	rules=$((rules + 1))
	later "$id" >/dev/null && continue
	case $id in
	P*) shown "refuse:prohibited:$id([@ ]|$)" "$id" ;;
	U1) shown 'notice:child' "$id" ;;
	U2) shown 'notice:112' "$id" ;;
	U3) shown 'notice:both' "$id" ;;
	U5) shown 'notice:informed' "$id" ;;
	R17 | R39b)
		shown "park:$id([/@ ]|$)" "that $id waits"
		shown "permit:$id([/@ ]|$)" "$id approved"
		shown "refuse:no_permit:$id([/@ ]|$)" "what is nearly $id"
		;;
	*)
		shown "permit:$id([/@ ]|$)" "$id"
		file=$(grep -lE "permit:$id([/@ ]|$)" "$here"/scenarios/*.scn |
		    xargs grep -lE 'refuse:(no_permit|prohibited)')
		[ -n "$file" ] || fault "nothing nearly is $id"
		;;
	esac
done < <(sed -n 's/^  - id: //p' config/rules.yaml)
[ "$rules" -ge 30 ] || fault "read only $rules rules"

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

# What docs/testing.md shows first can be run as it stands there.
awk '/^## /{on = /Replay scenarios/} on && /^```/{n++; next} on && n == 1' \
    docs/testing.md >"$work/page.scn"
grep -q '^SEND' "$work/page.scn" && "$scenario" "$work/page.scn" ||
    fault 'the example of docs/testing.md'

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

# What is no scenario, and what is no argument.
refused() {
	local text=$1 got
	shift
	got=$("$scenario" "$@" 2>&1)
	[ $? = 2 ] || fault "scenario $*: expected exit 2"
	[ "${got%%$'\n'*}" = "$text" ] ||
	    fault "scenario $*: expected \"$text\", found \"$got\""
}
: >"$work/empty.scn"
printf '# Nothing.\n\n' >"$work/comment.scn"
unread='cannot be read, expected a scenario'
nothing='found nothing to do, expected a scenario'
refused "$here/no-such.scn:0: $unread" "$here/no-such.scn"
refused "$here:0: $unread" "$here"
refused "$work/empty.scn:0: $nothing" "$work/empty.scn"
refused "$work/comment.scn:2: $nothing" "$work/comment.scn"
refused 'scenario: found no FILE, expected one; see --help'
refused 'scenario: found --no-such-option, expected --seed N, --transcript, --bench N, --words or --help' \
    --no-such-option
refused 'scenario: found x, expected a whole number' --seed x
refused 'scenario: found nothing, expected a whole number' --seed
refused 'scenario: found 0, expected a whole number above 0' --bench 0

"$scenario" --help | grep -q '^scenario .*FILE' || fault 'nothing helps'
"$scenario" --words >"$work/words" || fault "--words: exit $?"
for line in 'SEND SEAT LABEL' '\t\tSEAT receipt LABEL' '\t\tlog KIND'; do
	grep -q "^$(printf '%b' "$line")" "$work/words" ||
	    fault "--words does not say $line"
done

# A run that is killed leaves its folder; the next one takes that away, and
# no folder of a run that lives. This one waits for the rest of its scenario.
folder() {
	find "/proc/$1/fd" -lname '*/infohus.replay.*' -printf '%l\n'
}
mkfifo "$work/waits.scn"
"$scenario" "$work/waits.scn" &
waits=$!
exec 9>"$work/waits.scn"
left=$(folder "$waits")
"$scenario" "$work/page.scn" >"$work/out"
[ -e "${left:-none}/ca.pem" ] ||
    fault "expected the folder of a run that lives to stay, found ${left:-none}"
kill -KILL "$waits"
wait "$waits" 2>/dev/null
exec 9>&-
"$scenario" "$work/page.scn" >"$work/out"
[ ! -e "$left" ] || fault "$left: nobody's, and nobody took it away"

printf '%s faults\n' "$faults"
[ "$faults" = 0 ]
