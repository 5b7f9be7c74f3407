#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/law.md lists every rule that is marked as interpretation, and no
other; it explains every word that a rule can ask about, and quotes words and
rules as they are."""
import os
import re
import sys

import yaml

TOP = os.path.dirname(os.path.realpath(__file__)) + "/../.."
faults = 0


def fault(text):
    global faults
    faults += 1
    print(f"NOT OK: {text}")


def read(name):
    with open(f"{TOP}/{name}", encoding="utf-8") as f:
        return f.read()


def section(page, title):
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    if not found:
        fault(f"docs/law.md: no section \"{title}\"")
        return ""
    return found[1]


page = read("docs/law.md")
table = yaml.load(read("config/rules.yaml"), Loader=yaml.CBaseLoader)
marked = [r["id"] for r in table["rules"] if r["mark"] == "interpretation"]
marked += ["limits"] if any(one["mark"] == "interpretation"
                            for one in table["limits"].values()) else []
listed = re.findall(r"^\| (limits|[A-Z]\d\d?[a-z]?) \| [^|]+\|$",
                    section(page, "What is our interpretation"), re.M)
for one in sorted(set(marked) - set(listed)):
    fault(f"docs/law.md: {one} is interpretation and is not listed")
for one in sorted(set(listed) - set(marked)):
    fault(f"docs/law.md: {one} is listed and is not interpretation")
for one in sorted({x for x in listed if listed.count(x) > 1}):
    fault(f"docs/law.md: {one} is listed twice")

words = section(page, "What a rule can ask about")
source = read("daemon/law/fields.c")
asked = re.findall(r"\[F(?:IELD|LAG)_[A-Z_]+\] = \{ \"(\w+)\"", source)
if len(asked) < 31:
    fault(f"daemon/law/fields.c: read only {len(asked)} words")
for one in asked:
    if f"`{one}`" not in words:
        fault(f"docs/law.md: does not say what {one} is")
schema = read("proto/infohus.proto")
settings = re.findall(r"\[SETTING_\w+\] = \"(\w+)\"", source)
if len(settings) < 9:
    fault(f"daemon/law/fields.c: read only {len(settings)} settings")
differ = section(page, "Where kommuner differ")
for one in settings:
    if f"`{one}`" not in differ:
        fault(f"docs/law.md: does not say what {one} switches on")
for one in re.findall(r"^  CATEGORY_(\w+) =", schema, re.M):
    if not re.match(r"D[1-9]$", one) and f"`{one.lower()}`" not in words:
        fault(f"docs/law.md: does not say what {one.lower()} holds")

# The words of the protocol stand there by their Danish names, and no others.
labels = read("proto/labels.c")
named = section(page, "Roles, grounds, cooperations")
for head, name in (("role", "role"), ("cooperation", "cooperation"),
                   ("basis", "basis"), ("condition", "condition_kind")):
    lines = re.search(rf"label {name}\[\] = \{{\n(.*?)\n\}};", labels, re.S)
    want = [(word, "".join(re.findall(r'"([^"]*)"', danish)))
            for word, danish in re.findall(
                r'\{ \w+, "(\w+)",((?:\s*"[^"]*")+) \}', lines[1])]
    rows = re.search(rf"^\| {head} \| Danish \|\n\|---\|---\|\n((?:\|.*\n)*)",
                     named, re.M)
    found = re.findall(r"^\| `(\w+)` \| (.+) \|$", rows[1] if rows else "",
                       re.M)
    if len(want) < 4 or len(want) != lines[1].count("{"):
        fault(f"proto/labels.c: read only {len(want)} of {name}")
    for word, danish in want:
        if (word, danish) not in found:
            fault(f"docs/law.md: does not say that {word} is \"{danish}\"")
    for word, danish in found:
        if (word, danish) not in want:
            fault(f"docs/law.md: {word} is not \"{danish}\"")

# The rule that is shown as an example is that rule.
example = re.search(r"^    - id: R08 .*?(?=^\S)", page, re.M | re.S)
shown = yaml.load(example[0], Loader=yaml.CBaseLoader)[0] if example else {}
rule = next(r for r in table["rules"] if r["id"] == "R08")
for key in sorted(set(rule) | set(shown)):
    if key not in ("text_da", "text_en") and rule.get(key) != shown.get(key):
        fault(f"docs/law.md: R08 is shown with another \"{key}\"")

# A rule that is named on the page is one of the table.
ids = {r["id"] for r in table["rules"]} | {"R37"}
for one in sorted(set(re.findall(r"\b[RPUE]\d\d[a-z]?\b", page)) - ids):
    fault(f"docs/law.md: {one} is no rule of the table")

print(f"{faults} faults; {len(listed)} interpretations of "
      f"{len(table['rules'])} rules, {len(asked)} words")
sys.exit(1 if faults else 0)
