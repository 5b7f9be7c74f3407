# SPDX-License-Identifier: MIT
"""What a message does to its case: docs/protocol.md section 6, workflow.yaml.
"""
from judge import PERMIT, POLICE, covers, without_event

PERSONS_MAX = 64


class Case:
    def __init__(self, case_id, kommune):
        self.id = case_id
        self.state = "received"
        self.apparent = None
        self.claimed_acute = self.police_looked = False
        self.investigation_opened = self.crisis_open = False
        self.kommune = kommune
        self.participants = []
        self.signed = {"kom": [], "pol": []}
        self.persons = []

    def has_participant(self, node, at):
        return any(n == node and start <= at
                   for n, _, start in self.participants)

    def add_participant(self, node, cooperation, at):
        if not any(n == node and c == cooperation and start <= at
                   for n, c, start in self.participants):
            self.participants.append((node, cooperation, at))

    def may_know(self, node, places, at):
        """Whose case it is: who takes part, and police of the place."""
        return self.has_participant(node.id, at) or any(
            covers(places, node, role, self.kommune, at) for role in POLICE)

    def as_object(self):
        """As the table of cases has it (message Case)."""
        out = {"case_id": self.id, "state": self.state,
               "claimed_acute": self.claimed_acute,
               "police_looked": self.police_looked,
               "participant": [{"node": n, "cooperation": c, "from": t}
                               for n, c, t in self.participants],
               "signed_kom": self.signed["kom"],
               "signed_pol": self.signed["pol"],
               "person": self.persons}
        if self.kommune is not None:
            out["bopaelskommune"] = self.kommune
        if self.apparent is not None:
            out["apparent"] = self.apparent
        if self.investigation_opened:
            out["investigation_opened"] = True
        return out


def _enter(case, to, police):
    if case.state == "police_only" and not police:
        case.apparent = to
        return
    if to != "police_only":
        case.apparent = None
    elif case.state != "police_only":
        case.apparent = case.state
    if case.state != to:
        case.signed = {"kom": [], "pol": []}
    case.state = to


def _take_step(case, q, step, transition):
    police = q.header["role"] in POLICE
    event = q.grounds.get("event")
    effective = not step.joint
    if event is not None:
        mine = case.signed["pol" if police else "kom"]
        if event not in mine:
            mine.append(event)
        if step.joint:
            effective = event in case.signed["pol"] and \
                event in case.signed["kom"]
        transition["event"] = event
    if step.police_looks and police:
        case.police_looked = True
    if event == "investigation_opened":
        case.investigation_opened = True
    if effective and (case.state != step.to or case.apparent is not None):
        _enter(case, step.to, police)
    if step.joint:
        transition["joint"] = effective


def advance(q, answer):
    """(the case after this message or None, its Transition or None)."""
    h, case = q.header, q.case
    opens = case is None and "case_id" in h and not q.case_missing and \
        h["kind"] == "concern"
    if (case is None and not opens) or \
            all(r.told.outcome != PERMIT for r in answer.recipients):
        return None, None
    if opens:
        case = Case(h["case_id"], q.grounds.get("bopaelskommune"))
    transition = {"case_id": case.id, "from": "none" if opens else case.state}
    if h["kind"] in ("concern", "addendum") and h["urgency"] == "acute":
        case.claimed_acute = True
    if answer.step is not None and answer.code == "ok" and not opens:
        _take_step(case, without_event(q) if answer.event_ignored else q,
                   answer.step, transition)
    transition["to"] = case.state
    for r in answer.recipients:
        if r.told.outcome == PERMIT and r.node is not None:
            cooperation = q.addressees[r.addressee]["cooperation"]
            case.add_participant(q.sender.id, cooperation, q.at)
            case.add_participant(r.node.id, cooperation, q.at)
    return case, transition


class Persons:
    """How many cases of each person police have alone."""

    def __init__(self):
        self.alone = {}

    def is_alone(self, person):
        return self.alone.get(person, 0) > 0

    def any_alone(self, case):
        return any(self.is_alone(p) for p in case.persons)

    def track(self, case, was_alone, person):
        is_alone = case.state == "police_only"
        if is_alone != was_alone:
            for p in case.persons:
                self.alone[p] = self.alone.get(p, 0) + \
                    (1 if is_alone else -1)
        if person is None or person in case.persons or \
                len(case.persons) == PERSONS_MAX:
            return
        case.persons.append(person)
        if is_alone:
            self.alone[person] = self.alone.get(person, 0) + 1
