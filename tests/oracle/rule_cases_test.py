#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The cases of config/rules-tests, judged by this folder's judge too: the
table says the same to both (docs/law.md, "Cases that test the table")."""
import glob
import itertools
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
TOP = f"{HERE}/../.."
sys.path.insert(0, HERE)

from judge import decide  # noqa: E402
from rules import Rules  # noqa: E402
from words import (BASES, CATEGORIES, FIELDS, FLAGS, RELATIONS,  # noqa: E402
                   SETTINGS, load, time_ms)

SETS = {"relation": ("relation", RELATIONS), "basis": ("basis", BASES),
        "carries": ("categories", CATEGORIES),
        "setting": ("settings", SETTINGS)}
EXPECTED = ("expect", "rule", "code", "missing")
SAID = ("says", "law", "example", "at", "source", "only")


class Table:
    def __init__(self):
        with open(f"{TOP}/config/rules.yaml", "rb") as f:
            self.rules = Rules(f.read())


def nothing_said():
    first = {k: "none" if "none" in words else words[0]
             for k, words in FIELDS.items()}
    return {**first, "age": "unknown", **dict.fromkeys(FLAGS, False),
            "basis": frozenset(), "categories": frozenset(),
            "settings": frozenset(), "relation": frozenset(["any"])}


def words_of(key):
    if key in FLAGS:
        return ("false", "true")
    return SETS[key][1] if key in SETS else FIELDS[
        "to" if key == "role" else key]


def turns(key, value):
    """The values that one thing takes in turn."""
    if not isinstance(value, dict):
        return [value]
    words = words_of(key)
    some = value["each"] if "each" in value else \
        [w for w in words if w not in value["not"]]
    return [[w] if key in SETS and not isinstance(w, list) else w
            for w in some]


def fact(f, key, value):
    if key == "role":
        key = "to"
    if key in SETS:
        key, words = SETS[key]
        have = frozenset(value) - {"none"}
        assert have <= set(words), (key, value)
        f[key] = have | {"any"} if key == "relation" else have
    elif key in FLAGS:
        f[key] = {"true": True, "false": False}[value]
    else:
        assert value in FIELDS[key], (key, value)
        f[key] = value


def wrong(table, said, expect, at):
    """How one recipient comes out otherwise, or None."""
    f = nothing_said()
    for key, value in said.items():
        fact(f, key, value)
    j = decide(table, f, at)
    found = {"expect": j.outcome, "code": j.code,
             "rule": j.rule.id if j.rule else None, "missing": list(j.missing)}
    other = {k: (found[k], v) for k, v in expect.items() if found[k] != v}
    return ", ".join(f"{k}: found {a}, expected {b}"
                     for k, (a, b) in other.items())


def beside(only, said):
    """What "only" refuses: each other word in the place of its own."""
    if said["expect"] == "refuse":
        return
    plain = {k: v for k, v in said.items() if k not in EXPECTED}
    for key, lawful in only.items():
        for word in words_of(key):
            if word not in lawful:
                yield {**plain, key: [word] if key in SETS else word,
                       "expect": "refuse"}


def recipients(case):
    """(what it says, facts, expectation) of every recipient and near miss."""
    only = case.get("only", {})
    for to in case["to"]:
        said = {**case["message"], **to}
        yield case["says"], said, case
        for other in beside(only, said):
            yield case["says"], other, case
    for one in case.get("but", []):
        above = {**case["message"], **case["to"][0]}
        for key in EXPECTED:
            above.pop(key, None)
        yield one["says"], {**above, **one}, one
        if "only" in one:
            for other in beside({**only, **one["only"]}, {**above, **one}):
                yield one["says"], other, one


def file_cases(table, path):
    n = bad = 0
    with open(path, "rb") as f:
        root = load(f.read())
    for case in root["cases"]:
        for says, all_said, whose in recipients(case):
            at = time_ms(whose.get("at", case.get("at", root["at"])))
            expect = {k: all_said[k] for k in EXPECTED if k in all_said}
            said = {k: v for k, v in all_said.items()
                    if k not in EXPECTED + SAID}
            for values in itertools.product(
                    *(turns(k, v) for k, v in said.items())):
                n += 1
                other = wrong(table, dict(zip(said, values)), expect, at)
                if other:
                    bad += 1
                    print(f"NOT OK: {os.path.basename(path)}: {says}: "
                          f"{other}")
    return n, bad


def main():
    table, n, bad = Table(), 0, 0
    files = sorted(glob.glob(f"{TOP}/config/rules-tests/*.yaml"))
    for path in files:
        more, faults = file_cases(table, path)
        n, bad = n + more, bad + faults
    print(f"{'NOT OK' if bad or not n else 'ok'}: {len(files)} files of "
          f"cases, {n - bad} of {n} verdicts as expected")
    return 1 if bad or not n else 0


if __name__ == "__main__":
    sys.exit(main())
