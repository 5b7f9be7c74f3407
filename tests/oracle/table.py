# SPDX-License-Identifier: MIT
"""The three texts of the law, read and made ready to be asked: rules.yaml
(rules.py), places.yaml, workflow.yaml.
"""
from collections import namedtuple

from rules import Rules
from words import (FIELDS, FOREVER, SETTINGS, LawError, allowed, flag, load,
                   time_ms, words_of)


class Places:
    """kommune -> [(from, to, code)] of its politikreds and its region."""

    def __init__(self, text):
        root = load(text)
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
        states = frozenset(FIELDS["state"])
        for one in load(text)["steps"]:
            flags = [flag(one.get(k, "false")) for k in
                    ("joint", "police_looks", "opens", "caseless")]
            roles = allowed(one["role"], FIELDS["from"])
            start = states - {"none"} if one["from"] == "any" else \
                allowed(one["from"], states)
            for kind in one["kind"]:
                for event in one.get("event", ["none"]):
                    for role in roles:
                        for state in start:
                            self._put((kind, event, role, state),
                                      one["to"], flags)

    def _put(self, key, to, flags):
        if key in self.cell:
            raise LawError(f"two steps for {key}")
        self.cell[key] = Step(key[3] if to == "same" else to, *flags)

    def step(self, kind, event, role, state):
        return self.cell.get((kind, event, role, state))


class Law:
    """What a manifest names, as far as a judgement depends on it."""

    def __init__(self, rules, places, workflow, kommuner=()):
        self.switched_on = {
            one["kommune"]: words_of(one["settings"], SETTINGS)
            for one in map(load, kommuner)}
        self.rules = Rules(rules)
        self.places = Places(places)
        self.workflow = Workflow(workflow)

    def settings(self, grounds):
        """What is on in the kommune that acts, else where the person lives."""
        return self.switched_on.get(
            grounds.get("handlekommune") or grounds.get("bopaelskommune"),
            frozenset())
