# SPDX-License-Identifier: MIT
"""rules.yaml, read and made ready to be asked (docs/law.md).

Each way through a permit and each clause of a prohibition or duty is a row,
and each row a bit. For every word that a fact may be, it is worked out once
which rows let it pass; a message then meets all rows at the same time, with
one AND for each of its facts. Counting what each row lacks goes the same way,
column by column.
"""
from bisect import bisect_right
from collections import namedtuple

from words import (BASES, CATEGORIES, DAY_MS, FIELDS, FLAGS, FOREVER, MISSING,
                   RELATIONS, ROUTE, SETTINGS, LawError, allowed, flag, load,
                   set_of, time_ms, words_of)

__all__ = ["Rules", "Rule"]

HEAD = {"id", "class", "law", "mark", "valid_from", "valid_to", "text_en",
        "text_da", "any", "unless", "either", "notice", "approver",
        "within_days"}
NOTHING, NO_BASIS = frozenset(), frozenset(["none"])
ALL_SETTINGS = frozenset(SETTINGS)

Rule = namedtuple("Rule", "id law start end notice approvers within_ms")
Best = namedtuple("Best", "rule missing bases")


class _Words:
    """Rows that one word of a one-valued fact lets pass; None: those that do
    not speak of it."""

    def __init__(self, words):
        self.rows = dict.fromkeys([*words, None], 0)

    def add(self, bit, words, said):
        for word in words if said else self.rows:
            self.rows[word] |= bit


class _Sets:
    """Rows that a set of words lets pass: one of these, none of those."""

    def __init__(self):
        self.free, self.one_of, self.none_of = 0, {}, {}

    def add(self, bit, words, negated):
        table = self.none_of if negated else self.one_of
        for word in words:
            table[word] = table.get(word, 0) | bit
        if negated:
            self.free |= bit

    def rows(self, have):
        out, barred = self.free, 0
        for word in have:
            out |= self.one_of.get(word, 0)
            barred |= self.none_of.get(word, 0)
        return out & ~barred


class _Bases:
    """Rows of which one alternative is claimed whole."""

    def __init__(self):
        self.free, self.alternative = 0, {}

    def add(self, bit, alternatives):
        for one in alternatives:
            self.alternative[one] = self.alternative.get(one, 0) | bit

    def rows(self, claimed):
        out = self.free
        for one, bits in self.alternative.items():
            if one <= claimed:
                out |= bits
        return out


class _Periods:
    """Rows in force at a time."""

    def __init__(self, spans):
        self.times = sorted({t for start, end, _ in spans
                             for t in (start, end)})
        self.masks = [0] + [
            sum(bits for start, end, bits in spans if start <= t < end)
            for t in self.times]

    def rows(self, at):
        return self.masks[bisect_right(self.times, at)]


def _add(planes, rows):
    """Counts one more for each of rows; planes are the count's digits."""
    for i, plane in enumerate(planes):
        planes[i], rows = plane ^ rows, plane & rows
        if not rows:
            return
    planes.append(rows)


def _least(alive, planes):
    """Those of alive with the smallest count."""
    for plane in reversed(planes):
        alive = alive & ~plane or alive
    return alive


def _first(rows):
    return (rows & -rows).bit_length() - 1


class Rules:
    def __init__(self, text):
        root = load(text)
        self.groups = {"roles": {}, "categories": {}}
        for kind, known in (("roles", FIELDS["from"]),
                            ("categories", CATEGORIES)):
            for name, words in root.get("groups", {}).get(kind, {}).items():
                self.groups[kind][name] = words_of(words, known,
                                                   self.groups[kind])
        self.word = {k: _Words(v) for k, v in FIELDS.items()}
        self.flag = {k: _Words((True, False)) for k in FLAGS}
        self.relation, self.basis, self.category = _Sets(), _Sets(), _Sets()
        self.setting, self.off = _Sets(), _Sets()
        self.bases = _Bases()
        self.row_rule, self.row_bases, self.row_carry = [], [], []
        self.row_carries = {}  # bit -> (the words, is it a not)
        self.prohibitions, self.duties = [], []
        self.permits = self.parking = self.prohibiting = 0
        spans = []
        for one in root["rules"]:
            rule, rows = self._read_rule(one)
            spans.append((rule.start, rule.end, rows))
        self.valid = _Periods(spans)
        self._columns()
        self._read_limits(root["limits"])

    # --------------------------------------------------------------- reading

    def _read_rule(self, one):
        within = one.get("within_days")
        rule = Rule(one["id"], one["law"], time_ms(one["valid_from"]),
                    time_ms(one["valid_to"]) if "valid_to" in one
                    else FOREVER, one.get("notice"),
                    words_of(one["approver"], FIELDS["from"],
                             self.groups["roles"])
                    if "approver" in one else None,
                    int(within) * DAY_MS if within is not None else None)
        shared = {k: v for k, v in one.items() if k not in HEAD}
        if one["class"] == "permit":
            rows = sum(self._read_row(rule, {**shared, **more}, True)
                       for more in one.get("either", [{}]))
            self.permits |= rows
            if rule.approvers is not None:
                self.parking |= rows
            return rule, rows
        if shared or one["class"] not in ("prohibition", "duty"):
            raise LawError(f"{one['id']}: not a rule of a known class")
        yes, no = (sum(self._read_row(rule, c, False)
                       for c in one.get(part, []))
                   for part in ("any", "unless"))
        if one["class"] == "prohibition":
            self.prohibitions.append((rule, yes, no))
            self.prohibiting |= yes
        else:
            self.duties.append((rule, yes, no))
        return rule, yes | no

    def _read_row(self, rule, said, permit):
        """One row more; its bit."""
        bit = 1 << len(self.row_rule)
        said = dict(said)
        self.row_rule.append(rule)
        for key, table in self.word.items():
            is_said = key in said
            table.add(bit, allowed(
                said.pop(key, "any"), FIELDS[key],
                self.groups["roles"] if key in ("from", "to") else None),
                is_said)
        for key, table in self.flag.items():
            is_said = key in said
            table.add(bit, [flag(said.pop(key))] if is_said else [], is_said)
        self.relation.add(bit, *set_of(said.pop("relation", "any"),
                                       RELATIONS))
        if permit:
            self._read_permit(bit, said)
        else:
            self._read_clause(bit, said)
        if said:
            raise LawError(f"found the keys {', '.join(said)}, which no rule "
                           "has")
        return bit

    def _read_permit(self, bit, said):
        bases = said.pop("bases", "any")
        if bases == "any":
            self.row_bases.append(None)
            self.bases.free |= bit
        else:
            self.row_bases.append([words_of(one, BASES) for one in bases])
            self.bases.add(bit, self.row_bases[-1])
        self.row_carry.append(allowed(said.pop("carry", "any"), CATEGORIES,
                                      self.groups["categories"]))
        self.category.add(bit, frozenset(CATEGORIES) - self.row_carry[-1],
                          True)
        self.off.add(bit, words_of(said.pop("setting", []), SETTINGS), True)
        self.basis.free |= bit
        self.setting.free |= bit

    def _read_clause(self, bit, said):
        self.row_bases.append(None)
        self.row_carry.append(None)
        self.basis.add(bit, *set_of(said.pop("basis", "any"),
                                    BASES + ("none",)))
        if "carries" in said:
            self.row_carries[bit] = set_of(said.pop("carries"), CATEGORIES,
                                           self.groups["categories"])
        self.category.add(bit, *self.row_carries.get(bit, (NOTHING, True)))
        self.setting.add(bit, *set_of(said.pop("setting", "any"), SETTINGS))
        self.off.free |= bit
        self.bases.free |= bit

    def _columns(self):
        """Facts that some row tells apart: (key, its rows by word)."""
        every = (1 << len(self.row_rule)) - 1
        self.rows_of = {k: t.rows for k, t in
                        [*self.word.items(), *self.flag.items()]}
        self.column = [
            (key, table.rows) for key, table in
            [*self.word.items(), *self.flag.items()]
            if any(rows != every for rows in table.rows.values())]

    def _read_limits(self, limits):
        exposed, ksp = limits["socially_exposed"], limits["ksp"]
        roles = self.groups["roles"]
        self.exposed_judges = words_of(exposed["judged_by"], FIELDS["from"],
                                       roles)
        self.exposed_age = int(exposed["max_age_days"]) * DAY_MS
        self.ksp_judges = words_of(ksp["judged_by"], FIELDS["from"], roles)
        self.ksp_before = int(ksp["days_before_release"]) * DAY_MS
        self.ksp_after = int(ksp["days_after_release"]) * DAY_MS

    # ---------------------------------------------------------------- asking

    def fitting(self, f, at):
        """The rows in force that fit the facts whole."""
        out = self.valid.rows(at)
        for key, rows in self.column:
            out &= rows[f[key]]
        return (out & self.relation.rows(f["relation"]) &
                self.basis_rows(f["basis"]) &
                self.category.rows(f["categories"]) &
                self.setting_rows(f["settings"]))

    def basis_rows(self, claimed):
        return self.bases.rows(claimed) & self.basis.rows(claimed or NO_BASIS)

    def setting_rows(self, on):
        return self.setting.rows(on) & self.off.rows(ALL_SETTINGS - on)

    def rule_of(self, rows):
        """The rule of the first row in the file."""
        return self.row_rule[_first(rows)]

    def prohibition_row(self, fitting):
        """(rule, its clauses under any, those under unless) of the first
        prohibition that matches, or None."""
        if fitting & self.prohibiting:
            for one in self.prohibitions:
                if fitting & one[1] and not fitting & one[2]:
                    return one
        return None

    def prohibition(self, fitting):
        found = self.prohibition_row(fitting)
        return found and found[0]

    def nearest(self, f, at):
        """The permit that fits best, and what it lacks; None without any."""
        alive = self.valid.rows(at) & self.permits
        if not alive:
            return None
        route, rest = [], []
        for key, rows in self.column:
            lacks = alive & ~rows[f[key]]
            if not lacks:
                continue
            if key not in ROUTE:
                _add(rest, lacks)
                continue
            _add(route, lacks)
            if key == "kind":
                _add(route, lacks)
        for rows in (self.relation.rows(f["relation"]),
                     self.bases.rows(f["basis"]),
                     *(~self.off.none_of.get(s, 0)
                       for s in ALL_SETTINGS - f["settings"]),
                     self.category.rows(f["categories"])):
            _add(rest, alive & ~rows)
        row = _first(_least(_least(alive, route), rest))
        return self.row_rule[row], self._missing(row, f)

    def _missing(self, row, f):
        """What a permit lacks, in the order of a verdict."""
        bit, out = 1 << row, []
        lacks = [key for key, rows in self.column if not rows[f[key]] & bit]
        out = [MISSING.get(key, key) for key in lacks if key in FIELDS]
        if not self.relation.rows(f["relation"]) & bit:
            out.append("relation")
        if not self.bases.rows(f["basis"]) & bit:
            out.append("basis")
        out += [FLAGS[key][0 if self.flag[key].rows[True] & bit else 1]
                for key in lacks if key in FLAGS]
        out += [f"setting: {s}" for s in SETTINGS
                if s not in f["settings"] and
                self.off.none_of.get(s, 0) & bit]
        out += [f"category: {c}" for c in CATEGORIES
                if c in f["categories"] and c not in self.row_carry[row]]
        return tuple(out)
