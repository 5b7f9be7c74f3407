#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The oracle's judge, without a ledger: every message of config/examples, in
order, from the nodes of tests/demo/nodes, against the verdicts that its file
expects. Also how long a judgement takes."""
import base64
import glob
import json
import os
import random
import re
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
TOP = f"{HERE}/../.."
sys.path.insert(0, HERE)

from cases import Persons, advance  # noqa: E402
from judge import (REQUESTS, Law, Node, Question, decide,  # noqa: E402
                   judge)
from words import (BASES, CATEGORIES, DAY_MS, FIELDS, FLAGS,  # noqa: E402
                   RELATIONS, SCHEMA, SETTINGS, time_ms)

START = time_ms("2026-06-01T12:00:00Z")
UNIT = {"s": 1000, "m": 60000, "h": 3600000, "d": DAY_MS}


def law():
    return Law(*(open(f"{TOP}/config/{name}.yaml", "rb").read()
                 for name in ("rules", "places", "workflow")))


def grant(text):
    words = text.split(",")
    role, _, where = words[0].partition("@")
    place, _, code = where.partition(":")
    span = dict(w.split("=") for w in words[1:])
    return (role, place or None, code or None,
            time_ms(span["from"]) if "from" in span else 0,
            time_ms(span["to"]) if "to" in span else 1 << 64)


def registry():
    out = {}
    for line in open(f"{TOP}/tests/demo/nodes", encoding="utf-8"):
        if line.strip() and line[0] != "#":
            name, _, _, _, roles = (w.strip() for w in line.split("|"))
            out[name] = Node(name, False, tuple(map(grant, roles.split())))
    return dict(sorted(out.items()))


def value(f, v, now):
    if f.type == "message":
        return made(f.of, v, now)
    if f.type == "bytes":
        return base64.b64decode(v)
    if f.type == "uint64" and isinstance(v, str):
        m = re.fullmatch(r"now(?:([+-])(\d+)([smhd]))?", v)
        if not m:
            return time_ms(v)
        return now + (int(m[1] + m[2]) * UNIT[m[3]] if m[1] else 0)
    return v


def made(m, draft, now):
    """An object of the protocol out of a draft's JSON."""
    out = {name: [] for name in m.repeated}
    for name, v in draft.items():
        f = m.by_name[name]
        out[name] = [value(f, one, now) for one in v] if f.repeated else \
            value(f, v, now)
    return out


class Play:
    """Cases and messages so far, as core would have them."""

    def __init__(self):
        self.law, self.registry = law(), registry()
        self.cases, self.persons, self.sent = {}, Persons(), {}

    def send(self, draft, at):
        """(Question, Answer)"""
        m = SCHEMA.message["Draft"]
        d = made(m, {k: v for k, v in draft.items() if k != "sections"}, at)
        h = {"sender": d["from"], "role": d["role"], "kind": d["kind"],
             "urgency": d.get("urgency", "ordinary"),
             "message_id": d.get("message_id", os.urandom(16)),
             "expires": d.get("expires", at + 30 * DAY_MS)}
        for name in ("case_id", "in_reply_to"):
            if name in d:
                h[name] = d[name]
        if d["kind"] == "concern":
            h.setdefault("case_id", h["message_id"])
        cpr = draft.get("sections", {}).get("identity", {}).get("cpr")
        q = self.question(h, d, cpr, at)
        answer = judge(self.law, q)
        self.keep(q, answer, cpr)
        return q, answer

    def question(self, h, d, cpr, at):
        sender, case, missing, alone = self.registry[h["sender"]], None, \
            False, False
        if "case_id" in h:
            found = self.cases.get(h["case_id"])
            if h["case_id"] == h["message_id"]:
                missing = found is not None
            elif found is None or \
                    not found.may_know(sender, self.law.places, at):
                missing = True
            else:
                case = found
            alone = self.persons.is_alone(cpr) or \
                (case is not None and self.persons.any_alone(case))
        return Question(h, d.get("grounds", {"condition": [], "consent": []}),
                        d["addressee"], sender, self.registry, case, missing,
                        alone, True, at, lambda n: self.asked(h, n))

    def asked(self, h, node):
        q, answer = self.sent.get((node, h.get("in_reply_to")), (None, None))
        return q is not None and q.header["kind"] in REQUESTS and any(
            r.told.outcome == "permit" and r.node is not None and
            r.node.id == h["sender"] for r in answer.recipients)

    def keep(self, q, answer, cpr):
        self.sent[(q.header["sender"], q.header["message_id"])] = (q, answer)
        alone = q.case is not None and q.case.state == "police_only"
        case, _ = advance(q, answer)
        if case is not None:
            self.persons.track(case, alone, cpr)
            self.cases[case.id] = case


def differs(want, r):
    """What is not as the file expects, in words; None when all is."""
    j = r.real
    found = {"outcome": j.outcome, "rule": j.rule and j.rule.id,
             "code": j.code, "node": r.node and r.node.id}
    want = dict(want)
    if want.get("code") == "pending":
        del want["code"]
        if r.told.outcome != "permit":
            return f"the sender is told {r.told.code}, expected nothing"
    wrong = {k: v for k, v in want.items() if found[k] != v}
    return f"found {found}, expected {wrong}" if wrong else None


def examples():
    play, bad, verdicts = Play(), 0, 0
    files = sorted(glob.glob(f"{TOP}/config/examples/*.json"))
    for i, path in enumerate(files):
        with open(path, encoding="utf-8") as f:
            draft = json.load(f)
        _, answer = play.send(draft, START + i * 1000)
        for k, want in enumerate(draft["expect"]):
            verdicts += 1
            r = [r for r in answer.recipients if r.addressee == k]
            wrong = differs(want, r[0]) if r else "no verdict"
            if wrong:
                bad += 1
                print(f"NOT OK: {os.path.basename(path)}: {wrong}")
    print(f"ok: {len(files)} examples, {verdicts - bad} of {verdicts} "
          "verdicts as expected")
    return bad


def facts(pick):
    f = {k: pick.choice(sorted(v)) for k, v in FIELDS.items()}
    f.update((k, pick.random() < .5) for k in FLAGS)
    for key, words in (("basis", BASES), ("relation", RELATIONS),
                       ("categories", CATEGORIES), ("settings", SETTINGS)):
        f[key] = frozenset(pick.sample(sorted(words), pick.randrange(4)))
    f["relation"] |= {"any"}
    return f


def speed():
    table, pick = law(), random.Random(1)
    some = [facts(pick) for _ in range(2000)]
    for f in some:
        decide(table, f, START)
    for nearest in (False, True):
        t = time.process_time()
        for f in some:
            decide(table, f, START, nearest)
        print(f"{(time.process_time() - t) / len(some) * 1e6:.0f} us a "
              f"judgement{', with the nearest permit' if nearest else ''}")


if __name__ == "__main__":
    failed = examples()
    speed()
    sys.exit(1 if failed else 0)
