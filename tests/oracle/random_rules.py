# SPDX-License-Identifier: MIT
"""Tables that nobody wrote: small, full of overlaps, in force at odd times.
What two judges make of them shows what they make of every word of the page,
and not of the shipped table alone."""
import json
from datetime import datetime, timedelta, timezone

from words import (BASES, CATEGORIES, FIELDS, FLAGS, RELATIONS, SETTINGS)

MUST = ("kind", "from", "to", "cooperation", "purpose", "state")
MAY = tuple(k for k in FIELDS if k not in MUST)


class Writer:
    def __init__(self, pick, around_ms):
        self.pick, self.groups = pick, {"roles": {}, "categories": {}}
        self.around = datetime.fromtimestamp(around_ms / 1000, timezone.utc)

    def some(self, words, most=6):
        words = list(words)
        return self.pick.sample(words,
                                self.pick.randint(1, min(most, len(words))))

    def set(self, words, groups=None, wide=.3):
        """any, a list, or {not: a list}."""
        n = self.pick.random()
        if n < wide:
            return "any"
        if groups and n < wide + .2:
            out = [self.pick.choice(sorted(groups))]
        else:
            out = self.some(words, max(1, len(words) * 2 // 3))
        return {"not": out} if self.pick.random() < .3 and \
            len(out) < len(words) else out

    def group_of(self, key):
        return self.groups["roles"] if key in ("from", "to") else None

    def conditions(self, keys, out):
        for key in keys:
            if self.pick.random() < .12:
                out[key] = self.set(FIELDS[key], self.group_of(key), 0)
        for key in FLAGS:
            if self.pick.random() < .06:
                out[key] = self.pick.choice(["true", "false"])

    def when(self, hours):
        t = self.around + timedelta(hours=hours)
        return t.strftime("%Y-%m-%dT%H:%M:%SZ")

    def head(self, rule_id, kind):
        start = self.pick.choice([-9999, -1, 0, 0, -24, 1])
        out = {"id": rule_id, "class": kind, "law": f"§ {rule_id}",
               "mark": self.pick.choice(["text", "interpretation"]),
               "valid_from": self.when(start if self.pick.random() < .3
                                       else -9999),
               "text_en": "Made for a test.", "text_da": "Lavet til en prøve."}
        if self.pick.random() < .15:
            out["valid_to"] = self.when(max(start, 0) +
                                        self.pick.choice([1, 2, 100]))
        return out

    def bases(self):
        if self.pick.random() < .3:
            return "any"
        out = []
        for _ in range(self.pick.randint(1, 4)):
            one = sorted(self.some(BASES, 3))
            if one not in out:
                out.append(one)
        return out

    def purpose(self):
        """No permit may take an investigation."""
        lawful = [w for w in FIELDS["purpose"] if w != "investigation"]
        if self.pick.random() < .5:
            return self.some(lawful, 5)
        return {"not": ["investigation"] +
                self.pick.sample(lawful, self.pick.randrange(3))}

    def permit(self, rule_id):
        out = self.head(rule_id, "permit")
        said = {key: self.set(FIELDS[key], self.group_of(key), .5)
                for key in MUST}
        said["purpose"] = self.purpose()
        said["relation"] = self.set(RELATIONS)
        if isinstance(said["relation"], dict):
            said["relation"] = said["relation"]["not"]
        said["bases"] = self.bases()
        said["carry"] = self.set(CATEGORIES, self.groups["categories"], .4)
        self.conditions(MAY, said)
        if self.pick.random() < .25:
            said["setting"] = self.some(SETTINGS, 2)
        if self.pick.random() < .25:
            out["approver"] = self.some(FIELDS["from"], 2)
        if self.pick.random() < .3:
            moved = self.pick.sample(sorted(said), 2)
            out["either"] = [{k: said[k] for k in moved}]
            for _ in range(self.pick.randint(0, 3)):
                other = self.permit_part(moved)
                if other not in out["either"]:
                    out["either"].append(other)
            for k in moved:
                del said[k]
        return {**out, **said}

    def broad(self, rule_id, bases):
        """A permit that is near to everything: what it is that another than
        the first 64 in the file would be nearer shows with many of these."""
        several = []
        for _ in range(3):
            one = sorted(self.some(BASES, 3))
            if one not in several:
                several.append(one)
        return {**self.head(rule_id, "permit"), "kind": "any", "from": "any",
                "to": "any", "relation": "any", "cooperation": "any",
                "purpose": {"not": ["investigation"]}, "state": "any",
                "bases": several if bases else "any",
                "carry": "any" if bases else self.some(CATEGORIES, 8)}

    def permit_part(self, keys):
        part = {}
        for key in keys:
            if key == "purpose":
                part[key] = self.purpose()
            elif key in FIELDS:
                part[key] = self.set(FIELDS[key], self.group_of(key))
            elif key in FLAGS:
                part[key] = self.pick.choice(["true", "false"])
            else:
                part[key] = {
                    "relation": lambda: self.some(RELATIONS, 3),
                    "bases": self.bases,
                    "carry": lambda: self.set(
                        CATEGORIES, self.groups["categories"]),
                    "setting": lambda: self.some(SETTINGS, 2)}[key]()
        return part

    def clause(self):
        out = {}
        self.conditions(FIELDS, out)
        for key, words, groups, often in (
                ("relation", RELATIONS, None, .1),
                ("basis", BASES + ("none",), None, .15),
                ("carries", CATEGORIES, self.groups["categories"], .15),
                ("setting", SETTINGS, None, .1)):
            if self.pick.random() < often:
                out[key] = self.set(words, groups, 0)
        if not out:
            out["kind"] = self.some(FIELDS["kind"])
        return out

    def clauses(self, rule_id, kind):
        out = self.head(rule_id, kind)
        out["any"] = [self.clause() for _ in range(self.pick.randint(1, 3))]
        if self.pick.random() < .5:
            out["unless"] = [self.clause()
                             for _ in range(self.pick.randint(1, 2))]
        if kind == "duty":
            out["notice"] = f"Duty {rule_id}."
            if self.pick.random() < .5:
                out["within_days"] = str(self.pick.randint(1, 60))
        return out

    def table(self, broad=0):
        for i in range(self.pick.randint(1, 3)):
            self.groups["roles"][f"roles_{i}"] = self.some(FIELDS["from"], 9)
            self.groups["categories"][f"cats_{i}"] = self.some(CATEGORIES, 9)
        rules = [self.clauses(f"P{i:02}", "prohibition")
                 for i in range(self.pick.randint(1, 5))]
        rules += [self.permit(f"R{i:02}")
                  for i in range(self.pick.randint(3, 20))]
        rules += [self.broad(f"R{100 + i}", broad % 2)
                  for i in range(broad)]
        rules += [self.clauses(f"U{i}", "duty")
                  for i in range(self.pick.randint(1, 4))]
        limit = {"law": "§", "mark": "interpretation", "text_en": "A limit.",
                 "text_da": "En grænse."}
        return {
            "version": "1", "groups": self.groups, "limits": {
                "socially_exposed": {
                    "judged_by": self.some(FIELDS["from"]),
                    "max_age_days": str(self.pick.randint(1, 400)), **limit},
                "ksp": {
                    "judged_by": self.some(FIELDS["from"]),
                    "days_before_release": str(self.pick.randint(1, 400)),
                    "days_after_release": str(self.pick.randint(1, 400)),
                    **limit}},
            "rules": rules}


def _plain(value):
    """Flow style without quotes, which the strict reader wants for words."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_plain(v)}"
                               for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return value if value.replace("_", "").replace("-", "").isalnum() or \
        value.startswith("20") else json.dumps(value, ensure_ascii=False)


def table_text(t):
    """A table as rules.yaml is written."""
    out = [f"version: {t['version']}", f"groups: {_plain(t['groups'])}",
           f"limits: {_plain(t['limits'])}", "rules:"]
    for rule in t["rules"]:
        lines = [f"{k}: {_plain(v)}" for k, v in rule.items()]
        out.append("  - " + "\n    ".join(lines))
    return "\n".join(out) + "\n"


def random_table(pick, around_ms, broad=0):
    """The text of a rules.yaml; broad: so many permits near everything."""
    return table_text(Writer(pick, around_ms).table(broad))
