#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# infohus rules diff: every example it gives is judged by rules explain as the
# group says, by both tables; what changed besides is listed apart.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 3

infohus=${BUILD:-build}/bin/infohus
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
faults=0

# expect STATUS TEXT SENTENCE ARGS...: exit status, and a text that it prints.
expect() {
	local status=$1 text=$2 sentence=$3 found=0
	shift 3
	timeout 60 "$infohus" rules diff "$@" >"$folder/out" 2>&1 || found=$?
	if [ "$found" = "$status" ] && grep -qF -- "$text" "$folder/out"; then
		printf 'ok: %s\n' "$sentence"
	else
		printf 'NOT OK: %s: exit %s, expected %s and: %s\n' \
		    "$sentence" "$found" "$status" "$text"
		head -30 "$folder/out"
		faults=$((faults + 1))
	fi
}

# change NAME ID SED: the shipped table with one rule changed.
change() {
	sed "/^  - id: $2\$/,/^\$/ { $3 }" config/rules.yaml >"$folder/$1.yaml"
	cmp -s config/rules.yaml "$folder/$1.yaml" && {
		echo "NOT OK: $1 changes nothing"
		faults=$((faults + 1))
	}
}

old=config/rules.yaml
change law R08 's/^    law: /    law: lov nr. 1, /'
change park R08 's/^    class: permit$/    class: permit\n    approver: [godkender]/'
change gone R02 's/^    class: permit$/    class: permit\n    valid_to: 2017-02-28T23:00:00Z/'
change later R02 's/^    class: permit$/    class: permit\n    valid_to: 2047-02-28T23:00:00Z/'
change feedback R31 's/^    class: permit$/    class: permit\n    approver: [leder]/'
change duty U1 's/^    any:$/    any:\n      - {kind: [info_answer]}/'
sed 's/max_age_days: 180/max_age_days: 90/' $old >"$folder/limit.yaml"

expect 0 'No message is judged differently.' 'a table is like itself' $old $old
[ "$(wc -l <"$folder/out")" = 1 ] || {
	echo 'NOT OK: and nothing more is said'
	faults=$((faults + 1))
}
expect 0 '  R08 (law)' 'other words are listed apart' $old "$folder/law.yaml"
expect 0 'No message is judged differently.' 'and change no verdict' \
	$old "$folder/law.yaml"
expect 1 'IS PARKED, an approver decides' 'what an approver must decide is said' \
	$old "$folder/park.yaml"
expect 1 ' permit R08 -> park R08' 'with the rule' $old "$folder/park.yaml"
expect 1 'BECOMES PERMITTED' 'the other way round it is permitted' \
	"$folder/park.yaml" $old
expect 1 'BECOMES REFUSED' 'what nothing permits any more is refused' \
	$old "$folder/gone.yaml"
expect 0 'R02 (validity)' 'a rule that ends later changes nothing now' \
	$old "$folder/later.yaml"
expect 0 'compare again with --at' 'but one is told to look again' \
	$old "$folder/later.yaml"
expect 1 ' permit R02 -> refuse' 'and then sees it' $old "$folder/later.yaml" \
	--at 2048-01-01T00:00:00Z
expect 1 'limit socially_exposed max_age_days: 180 -> 90' \
	'a limit that changed is said' $old "$folder/limit.yaml"
expect 1 'No message is judged differently once its statements are measured.' \
	'and what it means' $old "$folder/limit.yaml"
expect 1 '  U1 (conditions)' 'a duty that changed is said' \
	$old "$folder/duty.yaml"
expect 2 'found no "limits"' 'a broken table is told' \
	$old tests/rules/bad.no-limits.yaml
expect 3 'No such file' 'and a missing one' $old "$folder/none.yaml"
expect 2 'expected OLD NEW' 'two are compared' $old

python3 - "$infohus" "$folder" $old <<'END' || faults=$((faults + 1))
import json, subprocess, sys

infohus, folder, old = sys.argv[1:4]
tried = 0

def judged(table, example):
    with open(folder + "/example.json", "w", encoding="utf-8") as f:
        json.dump(example["draft"], f)
    p = subprocess.run([infohus, "rules", "explain", folder + "/example.json", "--rules", table,
                        "--json"] + example["options"], capture_output=True, text=True, timeout=60)
    if p.returncode not in (0, 1):
        print("NOT OK: explain takes no such draft:", p.stderr, example)
        sys.exit(1)
    return json.loads(p.stdout)["addressee"][0]

for a, b in ((old, folder + "/park.yaml"), (folder + "/gone.yaml", old), (old, folder + "/gone.yaml"),
             (old, folder + "/feedback.yaml")):
    p = subprocess.run([infohus, "rules", "diff", a, b, "--json"], capture_output=True, text=True, timeout=60)
    groups = json.loads(p.stdout)["groups"]
    if not groups:
        print("NOT OK: no group")
        sys.exit(1)
    for g in groups[:25]:
        for table, want in ((a, g["old"]), (b, g["new"])):
            got = judged(table, g["example"])
            rule = None if got["code"] == "no_permit" else got["rule"]
            if (got["outcome"], rule) != (want["outcome"], want["rule"]):
                print("NOT OK: %s judges %s %s, the group says %s: %s" %
                      (table, got["outcome"], rule, want, g["example"]))
                sys.exit(1)
            if got["facts"]["to"] not in g["to"] or got["facts"]["from"] not in g["from"] or \
               got["facts"]["kind"] not in g["kind"]:
                print("NOT OK: the example is not of its group:", g)
                sys.exit(1)
            tried += 1
print("ok: %d examples are judged by explain as their group says" % tried)
END
[ $faults = 0 ]
