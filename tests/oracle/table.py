# SPDX-License-Identifier: MIT
"""The three texts of the law, read and made ready to be asked.

rules.yaml as docs/law.md describes it, places.yaml, workflow.yaml. Values
stay words; a set is a frozenset of words. A rule is asked only where its
kind, sender, recipient and urgency can match at all: that is worked out once
for each such route and kept.
"""
from collections import namedtuple
from datetime import datetime, timezone

import yaml

import wire

FOREVER = 1 << 64
DAY_MS = 24 * 3600 * 1000

SCHEMA = wire.Schema()


def _words(name, *more):
    return frozenset(SCHEMA.enum[name].number) | frozenset(more)


# Every field with its words, in the order in which a verdict names them.
FIELDS = {
    "kind": _words("Kind"),
    "from": _words("Role"),
    "to": _words("Role"),
    "urgency": _words("Urgency"),
    "cooperation": _words("Cooperation"),
    "purpose": _words("Purpose", "none"),
    "necessity": _words("Necessity", "none"),
    "age": _words("Age"),
    "concerned_child": _words("ConcernedChild"),
    "socially_exposed": frozenset(["no", "yes", "stale", "wrong_judge"]),
    "ksp": frozenset(["none", "a", "b", "c", "out_of_window", "b_not_minor",
                      "c_no_judgement"]),
    "consent": frozenset(["none", "valid", "out_of_scope", "expired",
                          "withdrawn"]),
    "state": _words("CaseState"),
    "event": _words("Event", "none"),
    "acts_for": _words("ActsFor"),
    "subject_informed": _words("SubjectInformed", "none"),
}
ROUTE = ("kind", "from", "to", "urgency")
FLAGS = {  # what a verdict says is missing when true, when false was wanted
    "has_case": ("case id", "no case id"),
    "police_alone": ("police alone", "not police alone"),
    "police_looked": ("police have looked", "police have not looked"),
    "case_acute": ("claimed acute", "not claimed acute"),
    "sender_participant": ("sender takes part", "sender does not take part"),
    "recipient_participant": ("recipient takes part",
                              "recipient does not take part"),
    "answers_request": ("answers a request", "answers no request"),
    "necessity_text": ("necessity in words", "no necessity in words"),
    "underretning_made": ("underretning made", "no underretning made"),
    "investigation_opened": ("investigation opened",
                             "no investigation opened"),
    "crisis_open": ("crisis team at work", "no crisis team at work"),
    "sender_responsible": ("sender is the responsible authority",
                           "sender is not the responsible authority"),
    "recipient_responsible": ("recipient is the responsible authority",
                              "recipient is not the responsible authority"),
    "had_original": (
        "recipient got the message that this one is about",
        "recipient did not get the message that this one is about"),
    "identity_sealed": ("sealed identity", "identity in plain"),
}
MISSING = {"socially_exposed": "condition: socially_exposed",
           "ksp": "condition: ksp", "consent": "condition: consent"}
RELATIONS = _words("Relation")
SETTINGS = frozenset([
    "pet_report", "regional_notice", "connect_adult", "ssp_minor",
    "staff_feedback", "leader_notice", "journal_note", "progress_reports",
    "crisis_team"])
BASES = _words("Basis")
CATEGORIES = _words("Category")
CATEGORY_ORDER = tuple(SCHEMA.enum["Category"].number)
HEAD = {"id", "class", "law", "mark", "valid_from", "valid_to", "text_en",
        "text_da", "any", "unless", "either", "notice", "approver",
        "within_days"}

Rule = namedtuple("Rule", "id law start end notice approver")


class LawError(ValueError):
    """A text of the law that this reader does not understand."""


def time_ms(text):
    t = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return int(t.replace(tzinfo=timezone.utc).timestamp()) * 1000


def _load(text):
    root = yaml.load(text, Loader=yaml.CBaseLoader)
    if not isinstance(root, dict) or root.get("version") != "1":
        raise LawError("expected version: 1")
    return root


def _flag(value):
    if value not in ("true", "false"):
        raise LawError(f"found {value}, expected true or false")
    return value == "true"


def _list(value, known, groups):
    out = set()
    for word in value:
        if word in groups:
            out |= groups[word]
        elif word in known:
            out.add(word)
        else:
            raise LawError(f"found {word}, a word of no list")
    return frozenset(out)


def _set(value, known, groups=None):
    """any, a list, or {not: a list}, as (the words, is it a not)."""
    groups = groups or {}
    if value == "any":
        return known, False
    if isinstance(value, dict):
        return _list(value["not"], known, groups), True
    return _list(value, known, groups), False


def _allowed(value, known, groups=None):
    words, negated = _set(value, known, groups)
    return known - words if negated else words


class Row:
    """One way through a permit, or one clause: what must hold, all of it.

    must: field or flag -> the words it may have. The rest is (words that one
    must be of, words that none may be of), or None.
    """

    def __init__(self, must, relation, basis, bases, categories, carry,
                 setting):
        self.must, self.setting = must, setting
        self.relation, self.basis, self.bases = relation, basis, bases
        self.categories, self.carry = categories, carry
        self.tests = tuple((k, v) for k, v in must.items()
                           if k not in ROUTE and v is not FIELDS.get(k))

    def is_on(self, route):
        return all(word in self.must[key] if key in self.must else True
                   for key, word in zip(ROUTE, route))

    def fits(self, f):
        """Everything but the route."""
        for key, words in self.tests:
            if f[key] not in words:
                return False
        return not (
            (self.relation is not None and
             not _meets(self.relation, f["relation"])) or
            (self.bases is not None and not self.bases_fit(f)) or
            not self.setting_fits(f) or
            (self.carry is not None and not f["categories"] <= self.carry) or
            (self.basis is not None and
             not _meets(self.basis, f["basis"] or NO_BASIS)) or
            (self.categories is not None and
             not _meets(self.categories, f["categories"])))

    def setting_fits(self, f):
        """A permit asks for all it names, a clause for one of them."""
        if self.setting is None:
            return True
        words, negated, permit = self.setting
        return words <= f["settings"] if permit else \
            _meets((words, negated), f["settings"])

    def bases_fit(self, f):
        return any(alternative <= f["basis"] for alternative in self.bases)


NO_BASIS = frozenset(["none"])


def _meets(wanted, have):
    words, negated = wanted
    return words.isdisjoint(have) == negated


def _read_row(rows, groups, permit):
    must, relation, basis, bases = {}, None, None, None
    categories = carry = setting = None
    for key, value in rows.items():
        if key in FIELDS:
            must[key] = _allowed(
                value, FIELDS[key],
                groups["roles"] if key in ("from", "to") else None)
        elif key in FLAGS:
            must[key] = frozenset([_flag(value)])
        elif key == "relation":
            relation = None if value == "any" else _set(value, RELATIONS)
        elif key == "basis" and not permit:
            basis = None if value == "any" else _set(
                value, BASES | NO_BASIS)
        elif key == "bases" and permit:
            bases = None if value == "any" else tuple(
                _list(one, BASES, {}) for one in value)
        elif key == "carries" and not permit:
            categories = None if value == "any" else _set(
                value, CATEGORIES, groups["categories"])
        elif key == "carry" and permit:
            carry = _allowed(value, CATEGORIES, groups["categories"])
        elif key == "setting":
            setting = (*_set(value, SETTINGS), permit)
        else:
            raise LawError(f"found the key {key}, which no rule has")
    return Row(must, relation, basis, bases, categories, carry, setting)


class Rules:
    def __init__(self, text):
        root = _load(text)
        groups = {"roles": {}, "categories": {}}
        for kind, known in (("roles", _words("Role")),
                            ("categories", CATEGORIES)):
            for name, words in root.get("groups", {}).get(kind, {}).items():
                groups[kind][name] = _list(words, known, groups[kind])
        self.prohibitions, self.permits, self.duties = [], [], []
        self._route = {}
        for one in root["rules"]:
            self._read_rule(one, groups)
        self._read_limits(root["limits"])

    def _read_rule(self, one, groups):
        rule = Rule(one["id"], one["law"], time_ms(one["valid_from"]),
                    time_ms(one["valid_to"]) if "valid_to" in one
                    else FOREVER, one.get("notice"), one.get("approver"))
        shared = {k: v for k, v in one.items() if k not in HEAD}
        if one["class"] == "permit":
            for more in one.get("either", [{}]):
                self.permits.append(
                    (rule, _read_row({**shared, **more}, groups, True)))
            return
        if shared or one["class"] not in ("prohibition", "duty"):
            raise LawError(f"{one['id']}: not a rule of a known class")
        clauses = [[_read_row(c, groups, False) for c in one.get(part, [])]
                   for part in ("any", "unless")]
        (self.prohibitions if one["class"] == "prohibition"
         else self.duties).append((rule, clauses[0], clauses[1]))

    def _read_limits(self, limits):
        exposed, ksp = limits["socially_exposed"], limits["ksp"]
        self.exposed_judges = frozenset(exposed["judged_by"])
        self.exposed_age = int(exposed["max_age_days"]) * DAY_MS
        self.ksp_judges = frozenset(ksp["judged_by"])
        self.ksp_before = int(ksp["days_before_release"]) * DAY_MS
        self.ksp_after = int(ksp["days_after_release"]) * DAY_MS

    def on_route(self, route):
        """(prohibitions, permits) that can match on this route."""
        found = self._route.get(route)
        if found is None:
            found = self._route[route] = (
                [(rule, [c for c in yes if c.is_on(route)],
                  [c for c in no if c.is_on(route)])
                 for rule, yes, no in self.prohibitions
                 if any(c.is_on(route) for c in yes)],
                [(rule, row) for rule, row in self.permits
                 if row.is_on(route)])
        return found


class Places:
    """kommune -> [(from, to, code)] of its politikreds and its region."""

    def __init__(self, text):
        root = _load(text)
        area = {}
        for kind in ("regions", "politikredse"):
            area[kind] = {one["code"]: self._span(one, (0, FOREVER))
                          for one in root[kind]}
        self.politikreds, self.region = {}, {}
        for one in root["kommuner"]:
            for out, key, kind in (
                    (self.politikreds, "politikreds", "politikredse"),
                    (self.region, "region", "regions")):
                value = one[key]
                out[one["code"]] = [
                    self._period(v, area[kind]) for v in
                    (value if isinstance(value, list) else [value])]

    @staticmethod
    def _span(one, whole):
        return (time_ms(one["from"]) if "from" in one else whole[0],
                time_ms(one["to"]) if "to" in one else whole[1])

    def _period(self, value, areas):
        if isinstance(value, dict):
            return (*self._span(value, areas[value["code"]]), value["code"])
        return (*areas[value], value)

    def has(self, kommune):
        return kommune in self.politikreds

    def code(self, place, kommune, at):
        """The code of the place of that kind that kommune belongs to."""
        if place == "kommune":
            return kommune
        table = self.politikreds if place == "politikreds" else self.region
        for start, end, code in table.get(kommune, ()):
            if start <= at < end:
                return code
        return None


Step = namedtuple("Step", "to joint police_looks opens caseless")


class Workflow:
    def __init__(self, text):
        self.cell = {}
        states = FIELDS["state"]
        for one in _load(text)["steps"]:
            flag = [_flag(one.get(k, "false")) for k in
                    ("joint", "police_looks", "opens", "caseless")]
            roles = _allowed(one["role"], FIELDS["from"])
            start = states - {"none"} if one["from"] == "any" else \
                _allowed(one["from"], states)
            for kind in one["kind"]:
                for event in one.get("event", ["none"]):
                    for role in roles:
                        for state in start:
                            self._put((kind, event, role, state),
                                      one["to"], flag)

    def _put(self, key, to, flag):
        if key in self.cell:
            raise LawError(f"two steps for {key}")
        self.cell[key] = Step(key[3] if to == "same" else to, *flag)

    def step(self, kind, event, role, state):
        return self.cell.get((kind, event, role, state))


class Law:
    """What a manifest names, as far as a judgement depends on it."""

    def __init__(self, rules, places, workflow, kommuner=()):
        self.switched_on = {}
        for one in map(_load, kommuner):
            self.switched_on[one["kommune"]] = _list(
                one["settings"], SETTINGS, {})
        self.rules = Rules(rules)
        self.places = Places(places)
        self.workflow = Workflow(workflow)

    def settings(self, grounds):
        """What is on in the kommune that acts, else where the person lives."""
        return self.switched_on.get(
            grounds.get("handlekommune") or grounds.get("bopaelskommune"),
            frozenset())
