# SPDX-License-Identifier: MIT
"""What would be lawful instead of what is refused: docs/law.md, "How a message
is judged". At most one of each kind, each judged whole."""
from words import BASES, CATEGORIES, FIELDS

WAYS_MOST = 64
DROPS_MOST = 8
PLACE = {"pol_tovholder": "district_of_subject",
         "pol_vagt": "district_of_subject",
         "behandlingspsykiatri": "region_of_subject"}
UNKNOWN = ("recipient_participant", "recipient_responsible", "had_original",
           "answers_request")
CONDITIONS = (("socially_exposed", ("yes",)), ("ksp", ("a", "b", "c")),
              ("consent", ("valid",)))


class _Asked:
    """The facts against all rows, fact by fact, so that one can be changed
    without asking the others again."""

    def __init__(self, rules, f, at):
        self.rules, self.f = rules, f
        self.valid = rules.valid.rows(at)
        self.column = {key: rows[f[key]] for key, rows in rules.column}
        self.relation = rules.relation.rows(f["relation"])
        self.basis = rules.basis_rows(f["basis"])
        self.category = rules.category.rows(f["categories"])
        self.setting = rules.setting_rows(f["settings"])
        # rest: all columns, relation and settings; once: one of them may fail
        lacks, twice = ~(self.relation & self.setting), 0
        for rows in self.column.values():
            twice |= lacks & ~rows
            lacks |= ~rows
        self.rest = self.valid & ~lacks
        self.once = self.valid & ~twice

    def but(self, *keys):
        """What the columns, except these, and the settings let pass; the
        relation too unless it is among them."""
        out = self.valid & self.setting
        if "relation" not in keys:
            out &= self.relation
        for key, rows in self.column.items():
            if key not in keys:
                out &= rows
        return out

    def permit(self, rows):
        """The permit that decides among fitting rows; None when none does, or
        a prohibition or an approver."""
        permits = rows & self.rules.permits & ~self.rules.parking
        if not permits or self.rules.prohibition(rows) is not None:
            return None
        return self.rules.rule_of(permits)


def _bits(rows):
    while rows:
        yield rows & -rows
        rows &= rows - 1


def _ways(rules, rows):
    """(row, one set of its bases or None), in the order of the file."""
    for bit in _bits(rows & rules.permits & ~rules.parking):
        row = bit.bit_length() - 1
        for bases in rules.row_bases[row] or [None]:
            yield row, bases


def _leave_out(rules, rule, rows, without_category, have):
    """Categories that a prohibition would have left out."""
    _, yes, no = rule
    out = set()
    for bit in _bits(rows & yes):
        carries = rules.row_carries.get(bit)
        if carries is None or carries[1]:
            break
        out |= carries[0]
    else:
        return out & have
    for bit in _bits(without_category & no):
        words, negated = rules.row_carries[bit]
        if negated:
            return words & have
    return set()


def _drop(asked):
    rules, f = asked.rules, asked.f
    have = f["categories"]
    rest = asked.rest & asked.basis
    ways = [(len(have - rules.row_carry[row]), i, row) for i, (row, bases) in
            zip(range(WAYS_MOST), (
                (row, bases) for row, bases in _ways(rules, rest)
                if bases is None or bases <= f["basis"]))]
    for _, _, row in sorted(ways):
        left = have & rules.row_carry[row]
        for _ in range(DROPS_MOST + 1):
            rows = rest & rules.category.rows(left)
            prohibition = rules.prohibition_row(rows)
            if prohibition is None:
                permit = asked.permit(rows)
                if permit is not None and left != have:
                    return "drop: " + ", ".join(
                        c for c in CATEGORIES
                        if c in have and c not in left), permit
                break
            more = _leave_out(rules, prohibition, rows, rest, left)
            if not more:
                break
            left = left - more
    return None


def _basis(asked):
    rules, claimed = asked.rules, asked.f["basis"]
    rest = asked.rest & asked.category
    sets = []
    for i, (_, bases) in zip(range(WAYS_MOST), (
            w for w in _ways(rules, rest) if w[1] is not None)):
        for k, one in enumerate((claimed | bases, bases)):
            if one != claimed:
                sets.append((len(one ^ claimed), i, k, one))
    for _, _, _, one in sorted(sets, key=lambda s: s[:3]):
        permit = asked.permit(rest & rules.basis_rows(one))
        if permit is not None:
            return "basis: " + " + ".join(
                b for b in BASES if b in one), permit
    return None


def _condition(asked):
    rules, f = asked.rules, asked.f
    if not asked.once & asked.basis & asked.category & rules.permits:
        return None
    for key, words in CONDITIONS:
        column = rules.rows_of[key]
        rest = asked.but(key) & asked.basis & asked.category
        for word in words:
            if word == f[key] or (word == "b" and f["age"] != "minor"):
                continue
            permit = asked.permit(rest & column[word])
            if permit is not None:
                return f"condition: {key}", permit
    return None


def _to(asked):
    rules, f = asked.rules, asked.f
    column = rules.rows_of
    rest = asked.but("to", "relation", *UNKNOWN) & asked.basis & \
        asked.category
    for key in UNKNOWN:
        rest &= column[key][False]
    if not rest & rules.permits:
        return None
    for role in FIELDS["to"]:
        if role == f["to"]:
            continue
        rows = rest & column["to"][role]
        if not rows & rules.permits:
            continue
        rows &= rules.relation.rows(
            ("any", PLACE.get(role, "kommune_of_subject")))
        permit = asked.permit(rows)
        if permit is not None:
            return f"to: {role}", permit
    return None


def instead(rules, f, at):
    """[(alternative in words, the permit that then decides)] of a refusal."""
    asked = _Asked(rules, f, at)
    found = (_drop(asked), _basis(asked), _condition(asked), _to(asked))
    return [one for one in found if one is not None]
