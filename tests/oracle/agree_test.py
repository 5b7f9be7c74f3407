#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The two judges agree on random messages about the shipped table (200,000,
or 1,000,000 with LONG=1; COUNT=N for another number), and on random tables, so that the agreement does
not rest on what the shipped one says. And a difference would be found: the
daemon's judge is given tables with one place changed.

SEED=N draws others."""
import copy
import multiprocessing
import os
import random
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
TOP = f"{HERE}/../.."
sys.path.insert(0, HERE)

import yaml  # noqa: E402

from agree import AROUND, Found, Job, report, run, shared  # noqa: E402
from random_rules import random_table, table_text  # noqa: E402
from words import FIELDS, FLAGS  # noqa: E402

BUILD = os.environ.get("BUILD", "build")
PROGRAM = f"{BUILD}/tests/random_facts" if BUILD[0] == "/" else \
    f"{TOP}/{BUILD}/tests/random_facts"
SHIPPED = f"{TOP}/config/rules.yaml"
LONG = "LONG" in os.environ
COUNT = int(os.environ.get("COUNT", 1000000 if LONG else 200000))
SEED = int(os.environ.get("SEED", 1))
TABLES, OF_TABLE = (400 if LONG else 30), 2000
PLANT_MOST = 400000


def shipped():
    job = Job(PROGRAM, SHIPPED, None, SEED, COUNT, 4, False)
    out = shared(job, 2)
    good = report(out, f"random messages about the shipped table, seed {SEED}")
    with open(SHIPPED, "rb") as f:
        rules = yaml.load(f, Loader=yaml.CBaseLoader)["rules"]
    decided = {rule for _, _, rule in out.decided}
    never = [r["id"] for r in rules if r["class"] != "duty" and
             r["id"] not in decided]
    if never:
        print(f"NOT OK: never decided: {', '.join(never)}")
    return good and not never


def tables(folder):
    jobs = []
    for i in range(TABLES):
        path = f"{folder}/table-{i}.yaml"
        with open(path, "w", encoding="utf-8") as f:
            f.write(random_table(random.Random(SEED * 1000 + i), AROUND,
                                 90 + i // 15 if i % 15 == 0 else 0))
        jobs.append(Job(PROGRAM, path, None, SEED + i, OF_TABLE, 4, False))
    out = Found()
    with multiprocessing.Pool(2) as pool:
        for job, one in zip(jobs, pool.imap(run, jobs)):
            if one.different:
                with open(job.rules, encoding="utf-8") as f:
                    print(f.read())
            out.add(one)
    out.decided.clear()
    return report(out, f"random messages about {TABLES} random tables, seed "
                  f"{SEED}")


# ------------------------------------------------------------ one place changed

def _less(words):
    """A set without one of its words."""
    if isinstance(words, dict):
        return {"not": words["not"][:-1]} if len(words["not"]) > 1 else None
    return words[:-1] if isinstance(words, list) and len(words) > 1 else None


def changes(rule, pick):
    """One place of a rule otherwise, and what that is. The purposes that a
    permit leaves out stay: another rule refuses them before."""
    rows = rule.get("either", []) + rule.get("any", []) + \
        rule.get("unless", []) + [rule]
    pick.shuffle(rows)
    for row in rows:
        for key in pick.sample(sorted(row), len(row)):
            value = row[key]
            if key == "purpose" and isinstance(value, dict):
                continue
            if key in FLAGS:
                row[key] = "false" if value == "true" else "true"
                return f"{key}: {row[key]}"
            if (key in FIELDS or key in ("carry", "carries", "basis",
                                         "relation")) and value != "any":
                less = _less(value)
                if less is not None:
                    row[key] = less
                    return f"{key}: {less}"
            if key == "bases" and value != "any" and len(value) > 1:
                row[key] = value[1:]
                return f"bases: {value[1:]}"
    return None


def limit_changes(table):
    """One number of the table otherwise."""
    for part, key in (("socially_exposed", "max_age_days"),
                      ("ksp", "days_before_release"),
                      ("ksp", "days_after_release")):
        other = copy.deepcopy(table)
        number = int(other["limits"][part][key]) + 1
        other["limits"][part][key] = str(number)
        yield f"{part} {key}: {number}", other
    for part in ("socially_exposed", "ksp"):
        other = copy.deepcopy(table)
        other["limits"][part]["judged_by"].pop()
        yield f"{part} judged_by", other
    for i, rule in enumerate(table["rules"]):
        if "within_days" in rule:
            other = copy.deepcopy(table)
            number = int(rule["within_days"]) + 1
            other["rules"][i]["within_days"] = str(number)
            yield f"{rule['id']} within_days: {number}", other


def plants():
    """(what is changed, the table with it)."""
    with open(SHIPPED, "rb") as f:
        table = yaml.load(f, Loader=yaml.CBaseLoader)
    yield from limit_changes(table)
    for i, rule in enumerate(table["rules"]):
        other = copy.deepcopy(table)
        what = changes(other["rules"][i], random.Random(SEED + i))
        if what is not None:
            yield f"{rule['id']} {what}", other


def planted(folder):
    jobs, names = [], []
    for i, (what, table) in enumerate(plants()):
        path = f"{folder}/plant-{i}.yaml"
        with open(path, "w", encoding="utf-8") as f:
            f.write(table_text(table))
        names.append(what)
        jobs.append(Job(PROGRAM, SHIPPED, path, SEED, PLANT_MOST, 8, True))
    bad, took = 0, []
    with multiprocessing.Pool(2) as pool:
        for what, one in zip(names, pool.imap(run, jobs)):
            if one.different:
                took.append((one.first, what))
            else:
                bad += 1
                print(f"NOT OK: not found in {one.n} messages: {what}")
    took.sort()
    if took:
        print(f"{'NOT OK' if bad else 'ok'}: {len(took)} of {len(jobs)} "
              "changes of one place are found, half of them within "
              f"{took[len(took) // 2][0]} messages, the last after "
              f"{took[-1][0]}: {took[-1][1]}")
    return bad == 0 and len(took) > 0


def main():
    with tempfile.TemporaryDirectory() as folder:
        good = [shipped(), tables(folder), planted(folder)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
