# SPDX-License-Identifier: MIT
"""The words of the law's texts: which fields a rule may speak of, which words
each of them has, and how a set of words is written (docs/law.md).

Values stay words; a set is a frozenset of words.
"""
from datetime import datetime, timezone

import yaml

import wire

FOREVER = 1 << 64
DAY_MS = 24 * 3600 * 1000

SCHEMA = wire.Schema()


def _words(name, *more):
    """In the order of their numbers, 0 first where the schema has none."""
    return more + tuple(SCHEMA.enum[name].number)


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
    "socially_exposed": ("no", "yes", "stale", "wrong_judge"),
    "ksp": ("none", "a", "b", "c", "out_of_window", "b_not_minor",
            "c_no_judgement"),
    "consent": ("none", "valid", "out_of_scope", "expired", "withdrawn"),
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
    "had_original": ("recipient got the message that this one is about",
                     "recipient did not get the message that this one is about"),
    "identity_sealed": ("sealed identity", "identity in plain"),
}
MISSING = {"socially_exposed": "condition: socially_exposed",
           "ksp": "condition: ksp", "consent": "condition: consent"}
RELATIONS = _words("Relation")
BASES = _words("Basis")
CATEGORIES = _words("Category")
SETTINGS = ("pet_report", "regional_notice", "connect_adult", "ssp_minor",
            "staff_feedback", "leader_notice", "journal_note",
            "progress_reports", "crisis_team")


class LawError(ValueError):
    """A text of the law that this reader does not understand."""


def time_ms(text):
    t = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return int(t.replace(tzinfo=timezone.utc).timestamp()) * 1000


def load(text):
    root = yaml.load(text, Loader=yaml.CBaseLoader)
    if not isinstance(root, dict) or root.get("version") != "1":
        raise LawError("expected version: 1")
    return root


def flag(value):
    if value not in ("true", "false"):
        raise LawError(f"found {value}, expected true or false")
    return value == "true"


def words_of(value, known, groups=None):
    """A plain list."""
    out = set()
    for word in value:
        if groups and word in groups:
            out |= groups[word]
        elif word in known:
            out.add(word)
        else:
            raise LawError(f"found {word}, a word of no list")
    return frozenset(out)


def set_of(value, known, groups=None):
    """any, a list, or {not: a list}, as (the words, is it a not)."""
    if value == "any":
        return frozenset(), True
    if isinstance(value, dict):
        return words_of(value["not"], known, groups), True
    return words_of(value, known, groups), False


def allowed(value, known, groups=None):
    words, negated = set_of(value, known, groups)
    return frozenset(known) - words if negated else words
