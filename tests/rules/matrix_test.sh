#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# infohus rules matrix: what the terminal says fits and is what the table
# says, and the page holds everything and asks nothing of the network.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 3

infohus=${BUILD:-build}/bin/infohus
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
faults=0

no() {
	printf 'NOT OK: %s\n' "$1"
	head -20 "$folder/out"
	faults=$((faults + 1))
}

# expect STATUS TEXT SENTENCE ARGS...
expect() {
	local status=$1 text=$2 sentence=$3 found=0
	shift 3
	timeout 60 "$infohus" rules matrix "$@" >"$folder/out" 2>&1 || found=$?
	if [ "$found" = "$status" ] && grep -qF -- "$text" "$folder/out"; then
		printf 'ok: %s\n' "$sentence"
	else
		no "$sentence: exit $found, expected $status and: $text"
	fi
}

cat >"$folder/small.yaml" <<'END'
version: 1
limits:
  socially_exposed: {judged_by: [social], max_age_days: 1, law: l,
    mark: text, text_en: e, text_da: d}
  ksp: {judged_by: [social], days_before_release: 1, days_after_release: 1,
    law: l, mark: text, text_en: e, text_da: d}
rules:
  - {id: P01, class: prohibition, law: lov 1, mark: text,
     valid_from: 2016-02-29T23:00:00Z, text_en: never school, text_da: aldrig skole,
     any: [{to: [skole], state: {not: [assessed]}}]}
  - {id: R01, class: permit, law: lov 2, mark: interpretation,
     valid_from: 2016-02-29T23:00:00Z, text_en: "a </script> text", text_da: en tekst,
     from: [jobcenter], to: [skole, social], relation: any, cooperation: [none],
     bases: any, kind: [info_answer], purpose: {not: [investigation]},
     state: any, carry: [identity, d6]}
  - {id: R02, class: permit, law: lov 3, mark: text,
     valid_from: 2016-02-29T23:00:00Z, text_en: waits, text_da: venter,
     approver: [godkender],
     from: [jobcenter], to: [pet], relation: any, cooperation: [none],
     bases: any, kind: [info_answer], purpose: {not: [investigation]},
     state: any, carry: [logistics]}
  - {id: R03, class: permit, law: lov 4, mark: text,
     valid_from: 2016-02-29T23:00:00Z, valid_to: 2017-02-28T23:00:00Z,
     text_en: is over, text_da: er forbi,
     from: [mentor], to: [pet], relation: any, cooperation: [none],
     bases: any, kind: [info_answer], purpose: {not: [investigation]},
     state: any, carry: [logistics]}
END
small=(--rules "$folder/small.yaml")

expect 0 'jobcenter              1  1  1' 'every pair has the number of its kinds' \
	"${small[@]}"
expect 0 '  -> skole, social' 'recipients that may get the same stand together' \
	"${small[@]}" --list
expect 0 'info_answer (R01*)' 'an interpretation is marked' "${small[@]}" --list
expect 0 'info_answer (R02?)' 'and what waits for an approver' "${small[@]}" --list
expect 0 'R01  interpretation lov 2' 'each rule is cited with its law' \
	"${small[@]}" --from jobcenter
expect 0 '  -> social' 'what a prohibition forbids in every situation is not there' \
	"${small[@]}" --list --state closed
grep -q skole "$folder/out" && no 'a school is told in a closed case'
expect 0 '  -> skole, social' 'and what it does not forbid is' \
	"${small[@]}" --list --state closed,assessed
expect 0 'to: 1:pet' 'a category leaves those that may carry it' \
	"${small[@]}" --category logistics
expect 0 'to: 1:skole, 2:social' 'whichever it is' "${small[@]}" --category d6
expect 1 'nobody may tell anybody anything' 'nothing left is told' \
	"${small[@]}" --category d7
expect 2 '--category: found more than one, expected a category' \
	'one category is asked for at a time' "${small[@]}" --category d6,logistics
expect 1 'nobody may tell anybody anything' 'a rule that has ended is not there' \
	"${small[@]}" --from mentor
expect 0 'mentor                 1' 'but at its time' "${small[@]}" \
	--from mentor --at 2016-12-24T00:00:00Z
expect 0 'to: 1:pet' 'rules are left out by name' "${small[@]}" --without R01
expect 2 '--without: found R99, expected a permit' 'but none that is not there' \
	"${small[@]}" --without R99
expect 2 '--kind: found letter, expected a word, such as "concern"' \
	'an unknown word is told' "${small[@]}" --kind letter
expect 2 'expected --config or --rules' 'a table must be named'
expect 2 'found no "limits"' 'a broken table is told' \
	--rules tests/rules/bad.no-limits.yaml

# The shipped table.
table=(--rules config/rules.yaml)
expect 0 'underretning (R24)' 'whoever worries about a child may tell its unit' \
	"${table[@]}" --list
awk '{ gsub(/[\200-\277]/, ""); if (length($0) > 100) exit 1 }' "$folder/out" ||
	no 'a line is longer than 100 columns'
expect 0 '<html lang="da">' 'the page is written' "${table[@]}" --html
cp "$folder/out" "$folder/page.html"
expect 0 '"at_ms": 1790000000000' 'and the same as JSON' "${table[@]}" --json \
	--at 2026-09-21T14:13:20Z
expect 0 'R01' 'a small page' "${small[@]}" --html
cp "$folder/out" "$folder/small.html"

python3 - "$folder/page.html" "$folder/small.html" config/rules.yaml <<'END' || no 'the page is not as it should be'
import json, re, sys, yaml
from html.parser import HTMLParser

def fail(text):
    print("NOT OK:", text)
    sys.exit(1)

class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.labels, self.script, self.data = [], set(), 0, "", ""
        self.inside = None
        self.feed(text)
    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        self.ids.add(attrs.get("id"))
        if tag == "script":
            self.inside = "data" if attrs.get("id") == "data" else "script"
    def handle_endtag(self, tag):
        if tag == "script":
            self.inside = None
    def handle_data(self, text):
        if self.inside == "data":
            self.data += text
        elif self.inside == "script":
            self.script += text

page, small = (Page(open(p, encoding="utf-8").read()) for p in sys.argv[1:3])
for tag, attrs in page.tags:
    if tag in ("link", "img", "iframe", "object") or "src" in attrs or "href" in attrs:
        fail("the page asks for something outside: %s %s" % (tag, attrs))
whole = open(sys.argv[1], encoding="utf-8").read()
for word in ("http:", "https:", "url(", "@import", "fetch(", "XMLHttp"):
    if word in whole:
        fail("the page holds " + word)
if "default-src 'none'" not in whole:
    fail("the page may load something")
for name in ("from", "to", "kind", "cooperation", "state", "carries", "q", "grid", "detail", "rules"):
    if name not in page.ids:
        fail("no element " + name)
# Every text of the page is there in both languages.
texts = re.search(r"const T = \{(.*?)\n\};", page.script, re.S).group(1)
for tag, attrs in page.tags:
    key = attrs.get("data-t")
    if key and not re.search(r"\b%s: \[\"" % key, texts):
        fail("no text " + key)
if page.script.count("{") != page.script.count("}") or page.script.count("(") != page.script.count(")"):
    fail("the script is cut")

data = json.loads(page.data)
table = yaml.safe_load(open(sys.argv[3], encoding="utf-8"))
classes = {"permit": "permits", "prohibition": "prohibitions", "duty": "duties"}
for rule in table["rules"]:
    found = [r for r in data[classes[rule["class"]]] if r["id"] == rule["id"]]
    if len(found) != 1:
        fail("rule %s stands there %d times" % (rule["id"], len(found)))
    r = found[0]
    for ours, theirs in (("law", "law"), ("mark", "mark"), ("da", "text_da"), ("en", "text_en")):
        if r[ours] != rule[theirs].strip():
            fail("%s: %s is %s" % (rule["id"], ours, r[ours]))
    if rule["class"] == "permit":
        if len(r["rows"]) != len(rule.get("either", [1])):
            fail("%s: %d ways" % (rule["id"], len(r["rows"])))
        if not r["parts"][0]["boxes"]:
            fail("%s never decides" % rule["id"])
for name in ("kind", "from", "to", "state", "cooperation", "carries", "basis", "relation"):
    for number, (word, danish) in data["words"][name].items():
        if not word or not danish:
            fail("%s %s has no word" % (name, number))
flags = re.search(r"const FLAG = \{(.*?)\n\};", page.script, re.S).group(1)
facts = re.search(r"const FACT = \{(.*?)\n\};", page.script, re.S).group(1)
for name in data["flags"]:
    if not re.search(r"\b%s: \[" % name, flags):
        fail("the flag %s has no Danish" % name)
for name in data["words"]:
    if not re.search(r"\b%s: \[" % name, facts):
        fail("the field %s has no Danish" % name)

# In the small table every number can be counted by hand.
data = json.loads(small.data)
number = lambda fact, word: next(int(n) for n, w in data["words"][fact].items() if w[0] == word)
permits = {p["id"]: p for p in data["permits"]}
if sorted(permits) != ["R01", "R02"]:
    fail("permits of the small table: %s" % sorted(permits))
def reaches(rule, to, state, category=None):
    parts = [p for p in permits[rule]["parts"] if
             (category is None and not p["carries"]) or
             (category is not None and number("carries", category) in p["carries"])]
    return any(number("to", to) in b[2] and number("state", state) in b[4]
               for p in parts for b in p["boxes"])
for want, got in ((True, reaches("R01", "skole", "assessed")), (False, reaches("R01", "skole", "closed")),
                  (True, reaches("R01", "social", "closed")), (True, reaches("R01", "social", "closed", "d6")),
                  (False, reaches("R01", "social", "closed", "d7")), (False, reaches("R01", "pet", "closed"))):
    if want != got:
        fail("the small table reaches what it should not, or does not what it should")
if permits["R01"]["en"] != "a </script> text":
    fail("a text ended the script")
if [data["words"]["from"][str(n)][0] for n in permits["R02"]["approvers"]] != ["godkender"]:
    fail("the approver is not named")
print("ok: the page holds every rule with law and both texts, and nothing from outside")
END
[ $faults = 0 ]
