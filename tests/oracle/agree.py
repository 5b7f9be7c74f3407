#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Do the daemon's judge and this folder's agree? Random messages and what the
library of the law makes of them come from tests/rules/random_facts, are judged
here once more, on the whole way from grounds and addressee to the verdict, and
every difference is told in words.

    agree.py [--rules FILE] [--theirs FILE] [--seed N] [--count N]
             [--processes N] [--starts N] PROGRAM

--rules is the table that is judged by here, --theirs the one that the program
is given (the same, unless somebody wants to see a difference found). Exit code
0: they agree; 1: they do not; 2: wrong arguments.
"""
import argparse
import collections
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
TOP = f"{HERE}/../.."
sys.path.insert(0, HERE)

from judge import decide_all, facts_of  # noqa: E402
from points import facts_line, message, starts  # noqa: E402
from rules import Rules  # noqa: E402
from words import FIELDS, FLAGS, time_ms  # noqa: E402

AROUND = time_ms("2026-11-21T10:00:00Z")
OUTCOMES = {"refuse": "0", "permit": "1", "park": "2"}
SHOWN = 5


class Table:
    """A law of which only rules.yaml matters here."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.rules = Rules(f.read())


def mine(law, line):
    """(Judgement, alternatives, what the program must say)."""
    header, grounds, addressee, besides = message(
        [int(n) for n in line.split(" ")])
    at = besides["at"]
    f = facts_of(law, header, grounds, addressee, **besides)
    j, other, due = decide_all(law, f, at)
    return j, other, (f"{facts_line(f)}|{OUTCOMES[j.outcome]} {j.code} "
                  f"{j.rule.id if j.rule else '-'}|{';'.join(j.missing)}|"
                  f"{';'.join(f'{t} by {r.id}' for t, r in other)}|" +
                  ";".join(f"{r.id} {t}" for r, t in due))


# ------------------------------------------------------- telling a difference

def in_words(line):
    """A message as its senders would say it."""
    header, grounds, addressee, besides = message(
        [int(n) for n in line.split(" ")])
    case = besides.pop("case")
    out = [f"{k}: {v}" for part in (header, addressee, besides)
           for k, v in part.items() if v not in (False, None, frozenset())]
    out = [x.replace("frozenset(", "").replace(")", "") for x in out]
    out += [f"{k}: {v}" for k, v in grounds.items() if v != []]
    if case is not None:
        out.append("case: " + ", ".join(
            [case.state] + [k for k in case.__slots__[1:]
                            if getattr(case, k)]))
    return "\n    ".join(out)


PARTS = ("facts", "verdict", "missing", "alternatives", "duties")


def tell(line, found, expected):
    out = ["DIFFERENT about\n    " + in_words(line)]
    for name, f, e in zip(PARTS, found.split("|"), expected.split("|")):
        if f == e:
            continue
        if name == "facts":
            names = [*FIELDS, "flags (" + " ".join(FLAGS) + ")", "basis",
                     "relation", "categories", "settings"]
            f, e = (", ".join(f"{n} {a}" for n, a, b in zip(
                names, one.split(), other.split()) if a != b)
                for one, other in ((f, e), (e, f)))
        out.append(f"  {name}: the library {f or 'nothing'}\n"
                   f"  {' ' * len(name)}  here        {e or 'nothing'}")
    return "\n".join(out)


# ------------------------------------------------------------------- comparing

class Found:
    def __init__(self):
        self.n = self.different = 0
        self.first, self.shown = None, []
        self.decided = collections.Counter()
        self.instead = 0

    def add(self, other):
        if other.first is not None:
            self.first = min(self.first or other.first, other.first)
        self.n += other.n
        self.different += other.different
        self.shown += other.shown
        self.decided.update(other.decided)
        self.instead += other.instead


def compare(law, lines, stop=False):
    out, decided = Found(), collections.Counter()
    for line in lines:
        sent, _, found = line.rstrip("\n").partition("|")
        j, other, expected = mine(law, sent)
        out.n += 1
        out.instead += len(other)
        decided[(j.outcome, j.code, j.rule.id if j.rule else "-")] += 1
        if found == expected:
            continue
        out.different += 1
        if out.first is None:
            out.first = out.n
        if len(out.shown) < SHOWN:
            out.shown.append(tell(sent, found, expected))
        if stop:
            break
    out.decided = decided
    return out


Job = collections.namedtuple("Job", "program rules theirs seed count starts "
                             "stop")


def run(job):
    """One process of the program, from messages for every rule on."""
    law = Table(job.rules)
    with tempfile.NamedTemporaryFile("w", suffix=".starts") as f:
        f.write("\n".join(starts(law.rules, random.Random(job.seed), AROUND,
                                 job.starts, min(4000, job.count // 4))) + "\n")
        f.flush()
        with subprocess.Popen(
                [job.program, job.theirs or job.rules, str(job.seed),
                 str(job.count), f.name], stdout=subprocess.PIPE,
                text=True, encoding="utf-8") as p:
            out = compare(law, p.stdout, job.stop)
            if job.stop and out.different:
                p.kill()
                return out
    if p.returncode != 0:
        raise RuntimeError(f"{job.program} {job.theirs or job.rules} "
                           f"{job.seed} {job.count} ended with "
                           f"{p.returncode}")
    return out


def shared(job, processes):
    """The same as one job, over several processes."""
    out, n = Found(), job.count // processes
    with multiprocessing.Pool(processes) as pool:
        for one in pool.imap(run, [job._replace(seed=job.seed + i, count=n)
                                   for i in range(processes)]):
            out.add(one)
    return out


def report(out, what):
    """Says what was decided how often and whether all agreed; did they?"""
    for one in out.shown[:SHOWN]:
        print(one)
    by = collections.Counter()
    for (outcome, _, rule), n in out.decided.items():
        by[(outcome, rule)] += n
    for outcome in OUTCOMES:
        rows = sorted(((r, n) for (o, r), n in by.items() if o == outcome),
                      key=lambda x: (-x[1], x[0]))
        if rows:
            print(f"{outcome} {sum(n for _, n in rows)}: " +
                  ", ".join(f"{r} {n}" for r, n in rows))
    print(f"{'NOT OK' if out.different or not out.n else 'ok'}: {out.n} "
          f"{what}, {out.different} judged differently, {out.instead} lawful "
          "alternatives" +
          (f", the first after {out.first}" if out.different else ""))
    return not out.different and out.n > 0


def main():
    p = argparse.ArgumentParser(description="Do the two judges agree?")
    p.add_argument("program")
    p.add_argument("--rules", default=f"{TOP}/config/rules.yaml")
    p.add_argument("--theirs")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--count", type=int, default=10000)
    p.add_argument("--processes", type=int, default=2)
    p.add_argument("--starts", type=int, default=4)
    p.add_argument("--stop", action="store_true",
                   help="end with the first difference")
    a = p.parse_args()
    job = Job(a.program, a.rules, a.theirs, a.seed, a.count, a.starts, a.stop)
    good = report(shared(job, a.processes), f"random messages, seed {a.seed}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
