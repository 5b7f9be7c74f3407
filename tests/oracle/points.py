# SPDX-License-Identifier: MIT
"""Messages as lines of numbers (tests/rules/random_facts.h): read into the
objects that judge.py takes, and made to begin with, some that fit each row of
a table.
"""
from words import (BASES, CATEGORIES, DAY_MS, FIELDS, FLAGS, RELATIONS,
                   SCHEMA, SETTINGS)

FIELD_NAMES = (
    "at", "kind", "role", "urgency", "has_case", "to", "relation", "placed",
    "settings", "state", "case", "age", "child", "acts_for", "informed",
    "underretning", "event", "necessity_text", "cooperation", "purpose",
    "necessity", "basis", "categories")
N_FIELDS = len(FIELD_NAMES)
CONDITION_NUMBERS, CONSENT_NUMBERS = 5, 4
TEXTS = (None, "", " ", "\n", " \n ", " x ")
CONSENTERS = ("", "B", "b")
PLACED = ("linked_alone", "sender_participant", "recipient_participant",
          "answers_request", "sender_responsible", "recipient_responsible",
          "had_original", "identity_sealed")
TAKES_PART = ("sender_participant", "recipient_participant")
CASE = ("claimed_acute", "police_looked", "investigation_opened",
        "crisis_open")


def _numbers(name):
    return SCHEMA.enum[name].number


def _bits(words, number, base=0):
    """Every bit with its word."""
    return tuple((1 << number[w] - base, w) for w in words)


BIT_RELATION = _bits(RELATIONS, _numbers("Relation"))
BIT_BASIS = _bits(BASES, _numbers("Basis"))
BIT_CATEGORY = _bits(CATEGORIES, _numbers("Category"),
                     min(_numbers("Category").values()))
BIT_SETTING = tuple((1 << i, w) for i, w in enumerate(SETTINGS))


def words_in(bits, table):
    return frozenset(w for bit, w in table if bits & bit)


def bits_of(words, table):
    return sum(bit for bit, w in table if w in words)


# ------------------------------------------------------------------- reading

class Case:
    """As much of a case as a judgement reads."""

    __slots__ = ("state",) + CASE

    def __init__(self, state, bits):
        self.state = state
        for i, name in enumerate(CASE):
            setattr(self, name, bool(bits >> i & 1))


KINDS, ROLES = SCHEMA.enum["Kind"].word, SCHEMA.enum["Role"].word
URGENCIES = SCHEMA.enum["Urgency"].word
STATES = SCHEMA.enum["CaseState"].word
COOPERATIONS = SCHEMA.enum["Cooperation"].word
CONDITIONS = SCHEMA.enum["ConditionKind"].word
OPTIONAL = tuple(  # where it stands, its name in grounds, its words
    (FIELD_NAMES.index(at), name, SCHEMA.enum[enum].word) for at, name, enum
    in (("age", "age", "Age"), ("child", "concerned_child", "ConcernedChild"),
        ("acts_for", "acts_for", "ActsFor"),
        ("informed", "subject_informed", "SubjectInformed"),
        ("event", "event", "Event")))
PURPOSES = SCHEMA.enum["Purpose"].word
NECESSITIES = SCHEMA.enum["Necessity"].word


def _condition(v):
    c = {"kind": CONDITIONS[v[0]]}
    if v[1] >= 0:
        c["judged_by"] = ROLES[v[1]]
    if v[2] >= 0:
        c["judged_at"] = v[2]
    if v[3] >= 0:
        c["release_date"] = v[3]
    if v[4] >= 0:
        c["radicalised"] = v[4] == 1
    return c


def _consent(v):
    c = {"by": CONSENTERS[v[0]],
         "scope": sorted(words_in(v[1], BIT_CATEGORY))}
    if v[2] >= 0:
        c["until"] = v[2]
    if v[3] >= 0:
        c["withdrawn"] = v[3] == 1
    return c


def _statements(v):
    """The conditions and consents behind the fields."""
    at = N_FIELDS + 1
    conditions, consents = [], []
    for _ in range(v[N_FIELDS]):
        conditions.append(_condition(v[at:at + CONDITION_NUMBERS]))
        at += CONDITION_NUMBERS
    n, at = v[at], at + 1
    for _ in range(n):
        consents.append(_consent(v[at:at + CONSENT_NUMBERS]))
        at += CONSENT_NUMBERS
    return conditions, consents


def message(v):
    """(header, grounds, addressee, what facts_of() is told besides)."""
    header = {"kind": KINDS[v[1]], "role": ROLES[v[2]],
              "urgency": URGENCIES[v[3]]}
    if v[4]:
        header["case_id"] = b"\0" * 16
    grounds = {}
    grounds["condition"], grounds["consent"] = _statements(v)
    for at, name, words in OPTIONAL:
        if v[at] >= 0:
            grounds[name] = words[v[at]]
    if v[15] >= 0:
        grounds["underretning_made"] = v[15] == 1
    if v[17]:
        grounds["necessity"] = TEXTS[v[17]]
    addressee = {"cooperation": COOPERATIONS[v[18]],
                 "basis": words_in(v[21], BIT_BASIS),
                 "section": words_in(v[22], BIT_CATEGORY)}
    if v[19] >= 0:
        addressee["purpose"] = PURPOSES[v[19]]
    if v[20] >= 0:
        addressee["necessity"] = NECESSITIES[v[20]]
    besides = {name: bool(v[7] >> i & 1) for i, name in enumerate(PLACED)}
    besides.update(at=v[0], to=ROLES[v[5]],
                   relation=words_in(v[6], BIT_RELATION),
                   case=Case(STATES[v[9]], v[10]) if v[9] >= 0 else None,
                   settings=words_in(v[8], BIT_SETTING))
    return header, grounds, addressee, besides


# ------------------------------------------------------- facts as numbers

ENUM_OF = {"kind": "Kind", "from": "Role", "to": "Role", "urgency": "Urgency",
           "cooperation": "Cooperation", "purpose": "Purpose",
           "necessity": "Necessity", "age": "Age",
           "concerned_child": "ConcernedChild", "state": "CaseState",
           "event": "Event", "acts_for": "ActsFor",
           "subject_informed": "SubjectInformed"}
NUMBER = tuple(
    (k, {w: str(SCHEMA.enum[ENUM_OF[k]].number.get(w, 0))
         if k in ENUM_OF else str(i) for i, w in enumerate(words)})
    for k, words in FIELDS.items())
FLAG_BITS = tuple((k, 1 << i) for i, k in enumerate(FLAGS))


def facts_line(f):
    flags = 0
    for key, bit in FLAG_BITS:
        if f[key]:
            flags |= bit
    return " ".join([number[f[key]] for key, number in NUMBER]) + \
        f" {flags} {bits_of(f['basis'], BIT_BASIS)} " \
        f"{bits_of(f['relation'], BIT_RELATION)} " \
        f"{bits_of(f['categories'], BIT_CATEGORY)} " \
        f"{bits_of(f['settings'], BIT_SETTING)}"


# -------------------------------------------------------------------- making

class Points:
    """Messages that fit one row of a table, as far as one can."""

    USUAL = {"socially_exposed": "no", "ksp": "none", "consent": "none",
             "necessity": "assessment", "urgency": "ordinary"}

    def __init__(self, rules, pick, around):
        self.rules, self.pick, self.around = rules, pick, around

    def _word(self, key, bits):
        rows = self.rules.word[key].rows
        words = [w for w in FIELDS[key] if rows[w] & bits == bits] or \
            [w for w in FIELDS[key] if rows[w] & bits] or FIELDS[key]
        usual = self.USUAL.get(key)
        if usual in words and self.pick.random() < .9:
            return usual
        if "none" in words and len(words) > 1 and \
                key in ("purpose", "state", "event") and \
                (key == "event") != (self.pick.random() < .9):
            words = [w for w in words if w != "none"] \
                if key != "event" else ["none"]
        return self.pick.choice(words)

    def _flag(self, key, bits, usual):
        rows = self.rules.flag[key].rows
        able = [v for v in (True, False) if rows[v] & bits == bits]
        if len(able) == 1:
            return able[0]
        return usual if self.pick.random() < .9 else not usual

    def _set(self, sets, bits, words, most):
        """A set that the rows let pass: what they ask for, none they bar."""
        able = [w for w in words if not sets.none_of.get(w, 0) & bits]
        out = set(self.pick.sample(able, min(len(able),
                                             self.pick.randrange(most))))
        while bits:
            bit, bits = bits & -bits, bits & (bits - 1)
            asked = [w for w in able if sets.one_of.get(w, 0) & bit]
            if asked and not sets.free & bit:
                out.add(self.pick.choice(asked))
        return out

    def _at(self, rule):
        if self.pick.random() < .2:
            edge = self.pick.choice([rule.start, min(rule.end, 1 << 42)])
            return max(0, edge + self.pick.choice([-1, 0, 1]))
        return max(rule.start, min(self.around, rule.end - 1)) \
            if rule.start < rule.end else self.around

    def _exposed(self, word, at):
        r = self.rules
        role = _numbers("Role")
        if word == "no":
            return []
        others = [w for w in FIELDS["from"] if w not in r.exposed_judges]
        by = others if word == "wrong_judge" else sorted(r.exposed_judges)
        when = {"yes": [at, at - r.exposed_age, at + DAY_MS],
                "stale": [at - r.exposed_age - 1, -1, at + DAY_MS + 1]}
        return [[1, role[self.pick.choice(by)] if by else -1,
                 max(-1, self.pick.choice(when.get(word, [at]))), -1, -1]]

    def _ksp(self, word, at):
        r, role = self.rules, _numbers("Role")
        if word == "none":
            return []
        letter = {"a": 2, "b": 3, "b_not_minor": 3, "c": 4,
                  "c_no_judgement": 4}.get(word, self.pick.choice([2, 3, 4]))
        when = [at + r.ksp_before, at - r.ksp_after, at] \
            if word != "out_of_window" else \
            [at + r.ksp_before + 1, at - r.ksp_after - 1, -1]
        by = sorted(r.ksp_judges)
        return [[letter, role[self.pick.choice(by)] if by else -1, -1,
                 max(-1, self.pick.choice(when)),
                 1 if word == "c" else self.pick.choice([-1, 0])]]

    def _consents(self, word, at, categories):
        if word == "none":
            return []
        scope = categories or bits_of(["identity"], BIT_CATEGORY)
        if word == "out_of_scope":
            scope = 0
        until = at if word == "expired" else \
            self.pick.choice([-1, at + 1, at + DAY_MS])
        return [[1, scope, until, 1 if word == "withdrawn" else -1]]

    def line(self, row, other=None):
        """A message for that row, and another too if it can be, as text."""
        bit, rule = 1 << row, self.rules.row_rule[row]
        if other is not None:
            bit |= 1 << other
        f = {k: self._word(k, bit) for k in FIELDS}
        at = self._at(rule)
        takes_part = self.pick.random() < .5
        flags = {k: self._flag(k, bit, takes_part if k in TAKES_PART else
                               k in ("has_case", "police_looked"))
                 for k in FLAGS}
        r = self.rules
        claimed = r.row_bases[row] or \
            (other is not None and r.row_bases[other])
        basis = set(self.pick.choice(claimed)) if claimed else \
            self._set(r.basis, bit, BASES, 2) or {self.pick.choice(BASES)}
        if not claimed and r.basis.one_of.get("none", 0) & bit:
            basis = set()
        categories = bits_of(self._set(r.category, bit, CATEGORIES, 4),
                             BIT_CATEGORY)
        settings = self._set(r.setting, bit, SETTINGS, 2) | {
            s for s in SETTINGS if r.off.none_of.get(s, 0) & bit}
        if f["ksp"] == "b" and r.word["age"].rows["minor"] & bit:
            f["age"] = "minor"
        needs_case = f["state"] != "none" or any(
            flags[k] for k in ("police_looked", "case_acute",
                               "investigation_opened", "crisis_open"))
        number = {k: SCHEMA.enum[e].number.get(f[k], -1)
                  for k, e in ENUM_OF.items()}
        placed = [flags["police_alone"] and f["state"] != "police_only",
                  *(flags[k] for k in PLACED[1:])]
        v = [at, number["kind"], number["from"], number["urgency"],
             int(flags["has_case"]), number["to"],
             bits_of(self._set(r.relation, bit, RELATIONS, 3) | {"any"},
                     BIT_RELATION),
             sum(1 << i for i, on in enumerate(placed) if on),
             bits_of(settings, BIT_SETTING),
             number["state"] if needs_case else -1,
             sum(1 << i for i, k in enumerate(
                 ("case_acute", "police_looked", "investigation_opened",
                  "crisis_open")) if flags[k]),
             number["age"], number["concerned_child"], number["acts_for"],
             number["subject_informed"], int(flags["underretning_made"]),
             number["event"], 5 if flags["necessity_text"] else 0,
             number["cooperation"], number["purpose"], number["necessity"],
             bits_of(basis, BIT_BASIS), categories]
        conditions = self._exposed(f["socially_exposed"], at) + \
            self._ksp(f["ksp"], at)
        consents = self._consents(f["consent"], at, categories)
        v += [len(conditions), *sum(conditions, []),
              len(consents), *sum(consents, [])]
        return " ".join(map(str, v))


def _rows(bits):
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


def starts(rules, pick, around, each, pairs):
    """Some messages for every row, for rows that one clause of a prohibition
    or a duty takes and another gives back, and for some of all the other
    pairs: what one permit lets pass and a prohibition or duty meets."""
    points = Points(rules, pick, around)
    out = [points.line(row) for row in range(len(rules.row_rule))
           for _ in range(each)]
    clauses = [(yes, no) for _, yes, no in rules.prohibitions + rules.duties]
    out += [points.line(a, b) for yes, no in clauses for a in _rows(no)
            for b in _rows(yes) for _ in range(each)]
    others = [(a, b) for a in _rows(rules.permits) for yes, no in clauses
              for b in _rows(yes | no)]
    return out + [points.line(a, b) for a, b in
                  pick.sample(others, min(pairs, len(others)))]
