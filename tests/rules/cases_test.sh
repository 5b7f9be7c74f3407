#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# infohus rules test: every case of config/rules-tests comes out as the law
# wants it, a case that does not is told with its line, and bad files are told
# whole.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 3

infohus=${BUILD:-build}/bin/infohus
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
faults=0

# expect STATUS TEXT SENTENCE ARGS...: exit status, and all that is printed
# when TEXT begins with =, else a text in it.
expect() {
	local status=$1 text=$2 sentence=$3 found=0
	shift 3
	timeout 60 "$infohus" rules test "$@" >"$folder/out" 2>&1 || found=$?
	if [ "$found" = "$status" ] && case $text in
	=*) [ "$(cat "$folder/out")" = "${text#=}" ] ;;
	*) grep -qF -- "$text" "$folder/out" ;;
	esac then
		printf 'ok: %s\n' "$sentence"
		return
	fi
	printf 'NOT OK: %s: exit %s, expected %s and: %s\n' "$sentence" \
	    "$found" "$status" "$text"
	head -20 "$folder/out"
	faults=$((faults + 1))
}

table=(--rules config/rules.yaml)

expect 0 ' 0 not as expected' 'every shipped case comes out as it should' \
	"${table[@]}"
expect 0 '=' 'quiet, it says nothing of that' "${table[@]}" --quiet

wrong=$folder/wrong.yaml
cat >"$wrong" <<'END'
version: 1
about: expectations that are wrong
at: 2026-11-21T10:00:00Z
cases:
  - says: a warning needs no ground
    law: none
    message: {kind: concern, from: skole, urgency: acute}
    to:
      - {role: pol_vagt, expect: refuse, code: no_permit, missing: [basis]}
    but:
      - {says: "nor at night", expect: permit, rule: R00}
      - {says: "and it passes", expect: permit, rule: R43}
  - says: a purpose that nobody may have
    law: none
    message: {kind: concern, from: skole, urgency: acute}
    to:
      - {role: pol_vagt, purpose: investigation, expect: park, rule: R43}
END
expect 1 "=$wrong:9: a warning needs no ground: to pol_vagt: found permit by \
R43; expected refuse (no_permit), missing: basis
$wrong:11: nor at night: to pol_vagt: found permit by R43; expected permit by \
R00
$wrong:17: a purpose that nobody may have: to pol_vagt: found refuse \
(prohibited) by P01; expected park by R43
4 cases, 4 recipients judged, 3 not as expected" \
	'what comes out otherwise is told with its line' "${table[@]}" "$wrong"
expect 1 '"says": "nor at night"' 'as JSON too' "${table[@]}" --json "$wrong"
expect 1 '"recipients": 4' 'with the counts' "${table[@]}" --json "$wrong"

turning=$folder/turning.yaml
cat >"$turning" <<'END'
version: 1
about: one line for many
at: 2026-11-21T10:00:00Z
cases:
  - says: a warning goes to police
    law: none
    message: {kind: concern, from: skole, urgency: acute}
    to:
      - {role: pol_vagt, expect: permit, rule: R43}
    only: {role: [pol_vagt], kind: [concern, addendum]}
    but:
      - {says: "whoever sends it", from: {not: [jobcenter]}, expect: permit,
         rule: R43}
      - {says: "in two states", state: {each: [closed, action]},
         expect: refuse}
      - {says: "nobody else hears of it at night either", state: closed,
         expect: permit, rule: R43, only: {kind: [concern]}}
END
expect 1 "$turning:10: a warning goes to police: to pol_tovholder, role: \
pol_tovholder: found permit by R43; expected refuse
$turning:14: in two states: to pol_vagt, state: closed: found permit by R43; \
expected refuse
$turning:14: in two states: to pol_vagt, state: action: found permit by R43; \
expected refuse
$turning:17: nobody else hears of it at night either: to pol_tovholder, \
role: pol_tovholder: found permit by R43; expected refuse
$turning:17: nobody else hears of it at night either: to pol_vagt, kind: \
addendum: found permit by R43; expected refuse" \
	'one line stands for each of its words' "${table[@]}" --quiet "$turning"

cat >"$folder/strange.yaml" <<'END'
version: 1
about: rules that no table has
at: 2026-11-21T10:00:00Z
cases:
  - says: a warning goes to police
    law: none
    message: {kind: concern, from: skole, urgency: acute}
    to:
      - {role: pol_vagt, expect: permit, rule: R430}
    but:
      - {says: "whoever sends it", from: {each: [jobcenter, social]},
         expect: permit, rule: R99}
END
expect 1 "=$folder/strange.yaml:9:48: found \"R430\", expected a rule of the \
table
$folder/strange.yaml:12:32: found \"R99\", expected a rule of the table" \
	'a rule that the table lacks is a fault of the file' "${table[@]}" \
	"$folder/strange.yaml"

sed -n '/^    version: 1$/,/rule: P13/s/^    //p' docs/law.md |
	sed -n '/^about: what a jobcenter/,$p' |
	sed '1i version: 1' >"$folder/page.yaml"
expect 0 '2 cases, 2 recipients judged, 0 not as expected' \
	'the case file of docs/law.md passes as it stands' "${table[@]}" \
	"$folder/page.yaml"

bad=tests/law/bad
expect 1 "=$(cat $bad/bad.cases-none.expect $bad/bad.cases-nothing.expect)" \
	'one run tells the faults of all files' "${table[@]}" \
	$bad/bad.cases-none.yaml $bad/bad.cases-nothing.yaml
expect 1 "tests/rules/bad.no-limits.yaml:" 'and those of the table' \
	--rules tests/rules/bad.no-limits.yaml "$wrong"
expect 3 "$folder/none.yaml" 'a missing file is an error' \
	"${table[@]}" "$folder/none.yaml"
cp config/rules.yaml "$folder"
expect 3 'expected case files' 'a table without cases is not called tested' \
	--rules "$folder/rules.yaml"
mkdir "$folder/rules-tests"
cp "$wrong" "$folder/rules-tests/one.yaml"
expect 1 'rules-tests/one.yaml:11: nor at night' \
	'without operands it takes the cases beside the table' \
	--rules "$folder/rules.yaml"
expect 2 'expected --config or --rules' 'one table must be named' "$wrong"
expect 0 'Exit 0' 'help is there' --help

[ "$faults" = 0 ]
