# SPDX-License-Identifier: MIT
"""The second judge: who may be told what, from docs/law.md, docs/protocol.md
and the three texts of the law; written apart from the daemon's and sharing
nothing with it but them.

Pure, and callable without a ledger:

    law = Law(rules_text, places_text, workflow_text)
    decide(law, facts, at_ms) -> Judgement   one recipient, facts as words
    judge(law, question) -> Answer           a whole message

Objects of the protocol are dicts as wire.decode() makes them; times are
milliseconds.
"""
from collections import namedtuple

from instead import instead
from table import Law
from words import DAY_MS, FIELDS

__all__ = ["Law", "Node", "Question", "decide", "judge", "facts_of",
           "is_held", "POLICE", "REQUESTS"]

POLICE = frozenset(["pol_tovholder", "pol_vagt"])
REQUESTS = frozenset(["info_request", "meeting_summons", "recommendation",
                      "status_request", "reporter_question"])
EXPIRES_MAX = 30 * DAY_MS
RECIPIENTS_MAX = 96
PLACED_MAX = 16

PERMIT, PARK, REFUSE = "permit", "park", "refuse"
Judgement = namedtuple("Judgement", "outcome code rule missing")
DECIDED_BY_ROLE = "godkender"

# A node as the registry has it; grants are (role, place, code, from, to).
Node = namedtuple("Node", "id suspended grants")

# answers(node): was in_reply_to a request that node sent to this sender?
# approving: of an approval, what the message that it decides says of it.
Question = namedtuple(
    "Question", "header grounds addressees sender registry case case_missing "
    "linked_alone key_valid at answers approving", defaults=(None,))

# told is what the sender may know; real differs only when withheld. instead:
# what would be lawful, in words, when a refusal is told.
Recipient = namedtuple(
    "Recipient", "addressee node role told real flag instead", defaults=((),))
# event_ignored: step and judgements are those of the message without it.
Answer = namedtuple("Answer", "code step recipients event_ignored",
                    defaults=(False,))


# ------------------------------------------------------------- one recipient

def decide(law, f, at, nearest=True):
    """Prohibitions in order, then the first permit that covers it all; one
    that parks only where no other does.

    nearest: on no_permit also find the permit that fits best, which takes
    longer and changes neither outcome nor code.
    """
    return _decide(law.rules, f, at, law.rules.fitting(f, at), nearest)


def _decide(rules, f, at, rows, nearest):
    rule = rules.prohibition(rows)
    if rule is not None:
        return Judgement(REFUSE, "prohibited", rule, ())
    permits = rows & rules.permits
    if permits & ~rules.parking:
        return Judgement(PERMIT, "ok",
                         rules.rule_of(permits & ~rules.parking), ())
    if permits:
        return Judgement(PARK, "pending", rules.rule_of(permits), ())
    best = rules.nearest(f, at) if nearest else None
    return Judgement(REFUSE, "no_permit", *(best or (None, ())))


def _duties(rules, rows, at):
    """[(duty, when it is due or 0)], in the order of the file."""
    return [(rule, at + rule.within_ms if rule.within_ms else 0)
            for rule, yes, no in rules.duties if rows & yes and not rows & no]


def notices(law, f, at):
    """What the duties that a message raises say."""
    return [rule.notice for rule, _ in
            _duties(law.rules, law.rules.fitting(f, at), at)]


def decide_all(law, f, at):
    """(Judgement, [(alternative, its rule)], duties as above)"""
    rows = law.rules.fitting(f, at)
    j = _decide(law.rules, f, at, rows, True)
    due = _duties(law.rules, rows, at)
    return j, instead(law.rules, f, at) if j.outcome == REFUSE else [], due


# --------------------------------------------------------------------- facts

def _exposed(rules, c, at):
    if c.get("judged_by") not in rules.exposed_judges:
        return "wrong_judge"
    judged = c.get("judged_at")
    if judged is None or judged > at + DAY_MS or \
            at - judged > rules.exposed_age:
        return "stale"
    return "yes"


def _ksp(rules, c, age, at):
    if c.get("judged_by") not in rules.ksp_judges:
        return "none"
    release = c.get("release_date")
    if release is None or release - at > rules.ksp_before or \
            at - release > rules.ksp_after:
        return "out_of_window"
    if c["kind"] == "ksp_a":
        return "a"
    if c["kind"] == "ksp_b":
        return "b" if age == "minor" else "b_not_minor"
    return "c" if c.get("radicalised") else "c_no_judgement"


EXPOSED_RANK = {"no": 0, "wrong_judge": 1, "stale": 2, "yes": 3}
KSP_RANK = {"none": 0, "a": 2, "b": 2, "c": 2}


def _conditions(rules, grounds, age, at):
    """Of several statements the best counts, of equals the first."""
    exposed, ksp = "no", "none"
    for c in grounds["condition"]:
        if c["kind"] == "socially_exposed":
            one = _exposed(rules, c, at)
            if EXPOSED_RANK[one] > EXPOSED_RANK[exposed]:
                exposed = one
        else:
            one = _ksp(rules, c, age, at)
            if KSP_RANK.get(one, 1) > KSP_RANK.get(ksp, 1):
                ksp = one
    return exposed, ksp


CONSENT_ORDER = ("valid", "out_of_scope", "expired", "withdrawn")


def _consent(grounds, categories, at):
    """One consent must cover all but the practical details."""
    best = None
    for c in grounds["consent"]:
        scope = set(c["scope"])
        withdrawn = c.get("withdrawn") or any(
            o.get("withdrawn") and o["by"] == c["by"] and
            (not o["scope"] or not scope.isdisjoint(o["scope"]))
            for o in grounds["consent"])
        if withdrawn:
            one = 3
        elif "until" in c and at >= c["until"]:
            one = 2
        elif not scope or not categories - {"logistics"} <= scope:
            one = 1
        else:
            one = 0
        best = one if best is None else min(best, one)
    return "none" if best is None else CONSENT_ORDER[best]


ANY_RELATION = frozenset(["any"])

# What only registry and case can say; false unless told.
PLACED = dict.fromkeys(
    ("sender_participant", "recipient_participant", "answers_request",
     "sender_responsible", "recipient_responsible", "had_original",
     "identity_sealed"), False)


def facts_of(law, header, grounds, addressee, at, to, relation=ANY_RELATION,
             case=None, linked_alone=False, settings=None, **placed):
    """What sender, registry and case say, as the words that rules read."""
    categories = frozenset(addressee["section"])
    age = grounds.get("age", "unknown")
    if grounds["condition"]:
        exposed, ksp = _conditions(law.rules, grounds, age, at)
    else:
        exposed, ksp = "no", "none"
    return {
        "kind": header["kind"], "from": header["role"], "to": to,
        "urgency": header["urgency"],
        "cooperation": addressee["cooperation"],
        "purpose": addressee.get("purpose", "none"),
        "necessity": addressee.get("necessity", "none"),
        "age": age,
        "concerned_child": grounds.get("concerned_child", "none"),
        "socially_exposed": exposed, "ksp": ksp,
        "consent": _consent(grounds, categories, at)
        if grounds["consent"] else "none",
        "state": case.state if case else "none",
        "event": grounds.get("event", "none"),
        "acts_for": grounds.get("acts_for", "itself"),
        "subject_informed": grounds.get("subject_informed", "none"),
        "has_case": "case_id" in header,
        "police_alone": linked_alone or
        (case is not None and case.state == "police_only"),
        "police_looked": case is not None and case.police_looked,
        "case_acute": case is not None and case.claimed_acute,
        "investigation_opened": case is not None and
        case.investigation_opened,
        "crisis_open": case is not None and case.crisis_open,
        "necessity_text": bool(grounds.get("necessity", "").strip(" \n")),
        "underretning_made": grounds.get("underretning_made", False),
        "basis": frozenset(addressee["basis"]),
        "relation": relation | ANY_RELATION,
        "categories": categories,
        "settings": law.settings(grounds) if settings is None else settings,
        **PLACED, **placed,
    }


# ------------------------------------------------------------------- placing

def holds(node, role, at):
    return not node.suspended and any(
        g[0] == role and g[3] <= at < g[4] for g in node.grants)


def covers(places, node, role, kommune, at):
    """Is node granted role for the place that kommune lies in?"""
    if node.suspended or kommune is None:
        return False
    return any(g[0] == role and g[3] <= at < g[4] and
               _grant_covers(places, g, kommune, at) for g in node.grants)


def _grant_covers(places, grant, kommune, at):
    _, place, code, _, _ = grant
    if place == "country":
        return True
    return place is not None and code is not None and \
        places.code(place, kommune, at) == code


def kommune_of(node, at):
    """The one kommune that a node acts for; None for none or several."""
    found = {g[2] for g in node.grants
             if g[1] == "kommune" and g[2] is not None and g[3] <= at < g[4]}
    return found.pop() if len(found) == 1 else None


def _authority(node_id):
    return node_id.split("/")[:2]


def _subject_relation(role):
    if role in POLICE:
        return "district_of_subject"
    if role == "behandlingspsykiatri":
        return "region_of_subject"
    return "kommune_of_subject"


def is_acute_to_police(header, role):
    return header["urgency"] == "acute" and role in POLICE and \
        header["kind"] in ("concern", "addendum")


class _Placing:
    def __init__(self, law, q, addressee):
        self.law, self.q, self.a = law, q, addressee
        self.kommune = self._deciding()
        self.unknown = self.kommune is not None and \
            not law.places.has(self.kommune)
        if self.unknown:
            self.kommune = None

    def _deciding(self):
        g = self.q.grounds
        if self.q.header["kind"] != "underretning":
            return g.get("bopaelskommune")
        return g.get("custody_kommune") or \
            kommune_of(self.q.sender, self.q.at) or g.get("bopaelskommune")

    def relations(self, node, role, subject):
        q, out = self.q, {"any"}
        if _authority(q.sender.id) == _authority(node.id):
            out.add("same_authority")
        mine = kommune_of(q.sender, q.at)
        if mine is not None and mine == kommune_of(node, q.at):
            out.add("same_kommune")
        if q.case is not None and q.case.has_participant(node.id, q.at):
            out.add("participant")
        if subject is not None and \
                covers(self.law.places, node, role, subject, q.at):
            out.add(_subject_relation(role))
        if _subject_relation(role) == "kommune_of_subject" and \
                self._is_at(node, role, q.grounds.get("custody_kommune")):
            out.add("kommune_of_custody")
        return frozenset(out)

    def _is_at(self, node, role, kommune):
        """Is node granted role for a kommune that exists?"""
        return kommune is not None and self.law.places.has(kommune) and \
            covers(self.law.places, node, role, kommune, self.q.at)

    def by_node(self):
        node = self.q.registry.get(self.a["node"])
        if node is None or node.suspended:
            return "no_recipient", []
        roles = {g[0] for g in node.grants if g[3] <= self.q.at < g[4] and
                 self.a.get("role", g[0]) == g[0]}
        if len(roles) != 1:
            return ("ambiguous_recipient" if roles else "no_recipient"), []
        role = roles.pop()
        return "ok", [(node, role, self.relations(node, role, self.kommune))]

    def by_role(self, role):
        out, wanted = [], self.a.get("relation")
        for node in self.q.registry.values():
            if not holds(node, role, self.q.at) or (
                    "unit" in self.a and
                    node.id.rsplit("/", 1)[-1] != self.a["unit"]):
                continue
            relation = self.relations(node, role, self.kommune)
            if wanted is None or wanted in relation:
                out.append((node, role, relation))
        if len(out) > PLACED_MAX:
            return "ambiguous_recipient", []
        return ("ok" if out else "no_recipient"), out

    def _serves_sender(self, node, role):
        q, p = self.q, self.law.places
        mine = {g[0] for g in q.sender.grants}
        return any(covers(p, node, role, k, q.at) and
                   any(covers(p, q.sender, r, k, q.at) for r in mine)
                   for k in p.politikreds)

    def near_sender(self):
        out = []
        for role in ("pol_tovholder", "pol_vagt"):
            for node in self.q.registry.values():
                if any(n.id == node.id for n, _, _ in out) or \
                        len(out) == PLACED_MAX or \
                        not holds(node, role, self.q.at) or \
                        not self._serves_sender(node, role):
                    continue
                out.append((node, role, self.relations(node, role, None)))
        return ("ok" if out else "no_recipient"), out

    def acute(self):
        role = self.a["role"]
        other = "pol_vagt" if role == "pol_tovholder" else "pol_tovholder"
        if self.kommune is not None:
            for r in (role, other):
                code, out = self.by_role(r)
                if code == "ok":
                    return code, out
        return self.near_sender()

    def child_unit(self, missed):
        """One child unit, which passes the underretning on: the best."""
        q, role = self.q, "boern_familie"
        own = kommune_of(q.sender, q.at)
        home = q.grounds.get("bopaelskommune")
        ways = [lambda n: n.id == self.a.get("node"),
                lambda n: self._is_at(n, role, self.kommune),
                lambda n: self._is_at(n, role, own),
                lambda n: self._is_at(n, role, home),
                lambda n: self._serves_sender(n, role),
                lambda n: True]
        units = [n for n in q.registry.values() if holds(n, role, q.at)]
        for way in ways:
            for node in filter(way, units):
                return "ok", [(node, role,
                               self.relations(node, role, self.kommune))], \
                    missed
        return missed, [], None

    def _is_to_child_unit(self):
        return self.q.header["kind"] == "underretning" and \
            self.a.get("role", "boern_familie") == "boern_familie"

    def place(self):
        """(code, those reached, why they are not the one meant or None)"""
        role = self.a.get("role")
        if role == "infohus":
            return "ok", [(None, "infohus", ANY_RELATION)], None
        code, out = self.by_node() if "node" in self.a else \
            self.by_role(role)
        if role is not None and is_acute_to_police(self.q.header, role):
            return (code, out, None) if code == "ok" else (*self.acute(), None)
        if self._is_to_child_unit():
            if self.unknown and "node" not in self.a:
                code = "unknown_kommune"
            elif code == "ok" and len(out) > 1:
                code = "ambiguous_recipient"
            return (code, out, None) if code == "ok" else \
                self.child_unit(code)
        if self.unknown and (
                "node" not in self.a or code != "ok" or
                not is_acute_to_police(self.q.header, out[0][1])):
            return "unknown_kommune", [], None
        if code == "ok" and len(out) > 1:
            return "ambiguous_recipient", [], None
        return code, out, None


# ------------------------------------------------------------ a whole message

def state_seen(case, role):
    """The state that the sender's side of the case sees."""
    if case is None:
        return "none"
    if case.state == "police_only" and role not in POLICE and case.apparent:
        return case.apparent
    return case.state


def _whole(law, q):
    """(code, step, is the event ignored) of the message as a whole."""
    h = q.header
    if not q.key_valid:
        return "key_not_valid", None, False
    if not holds(q.sender, h["role"], q.at):
        return "role_not_held", None, False
    if h["expires"] <= q.at:
        return "expired", None, False
    if h["expires"] - q.at > EXPIRES_MAX + DAY_MS:
        return "expiry_too_long", None, False
    if q.approving is not None:
        if q.approving != "ok":
            return q.approving, None, False
        state = "received"  # it depends on no case
    elif q.case_missing:
        return "unknown_case", None, False
    else:
        state = state_seen(q.case, h["role"])
    step = law.workflow.step(h["kind"], q.grounds.get("event", "none"),
                             h["role"], state)
    ignored = step is None and _may_ignore_event(h) and "event" in q.grounds
    if ignored:
        step = law.workflow.step(h["kind"], "none", h["role"], state)
    return ("ok" if step else "illegal_event"), step, \
        ignored and step is not None


def _may_ignore_event(header):
    return header["kind"] == "underretning" or (
        header["urgency"] == "acute" and
        header["kind"] in ("concern", "addendum"))


def without_event(q):
    """The question as if no event were said."""
    return q._replace(grounds={k: v for k, v in q.grounds.items()
                               if k != "event"})


def _open(f, case, state):
    """The same facts in a case that has nothing to hide."""
    out = dict(f, police_alone=False)
    if case is not None:
        out.update(police_looked=True, case_acute=False, state=state)
    return out


def is_held(law, f, case, at):
    """Does only the present state of the case forbid this hand-out?"""
    now = decide(law, f, at, False)
    then = decide(law, _open(f, case, "info_gathering"), at, False)
    return now.code == "prohibited" and then.code != "prohibited"


def _told(law, q, f):
    """(what is told, the facts that it is judged from)"""
    facts = _open(f, q.case, state_seen(q.case, f["from"]))
    told = decide(law, facts, q.at)
    if told.outcome == REFUSE and q.case is not None:
        facts = _open(f, q.case, "info_gathering")
        told = decide(law, facts, q.at)
    return told, facts


def _judge_one(law, q, i, placed, flag):
    node, role, relation = placed
    a, case = q.addressees[i], q.case
    f = facts_of(
        law, q.header, q.grounds, a, q.at, role, relation, case,
        q.linked_alone,
        sender_participant=case is not None and
        case.has_participant(q.sender.id, q.at),
        recipient_participant=case is not None and node is not None and
        case.has_participant(node.id, q.at),
        answers_request=node is not None and q.answers(node.id))
    told, real = None, decide(law, f, q.at)
    if f["from"] not in POLICE:
        told, facts = _told(law, q, f)
        if real.outcome == REFUSE:
            f = facts
            if told.outcome == REFUSE:
                real = told
        elif told.outcome != real.outcome:
            told = real
    told = told or real
    other = instead(law.rules, f, q.at) if told.outcome == REFUSE else ()
    return Recipient(i, node, role, told, real, flag,
                     tuple(text for text, _ in other))


def approvers(rule, q, resolved):
    """[(node, its role)] of those who may decide what rule leaves open."""
    out = []
    for node in q.registry.values():
        role = next((r for r in FIELDS["from"] if r in rule.approvers and
                     holds(node, r, q.at)), None)
        if role is not None and node.id != q.sender.id and \
                node.id not in resolved and \
                _authority(node.id) == _authority(q.sender.id):
            out.append((node, role))
    return out


def addressed(recipients):
    """Ids of the nodes that addressees resolve to."""
    return [r.node.id for r in recipients if r.node is not None]


def _parks(q, recipients):
    """Refuses what cannot wait: nobody decides it, or its recipient is
    addressed twice."""
    nodes, out = addressed(recipients), []
    for r in recipients:
        no = None
        if r.told.outcome != PARK:
            pass
        elif r.node is not None and nodes.count(r.node.id) > 1:
            no = Judgement(REFUSE, "no_permit", r.told.rule,
                           ("a message of its own",))
        elif not approvers(r.told.rule, q, nodes):
            no = Judgement(REFUSE, "no_approver", r.told.rule, ())
        out.append(r._replace(told=no, real=no) if no else r)
    return out


def approved(j):
    """What would be parked, once an approver says yes."""
    return Judgement(PERMIT, "ok", j.rule, ()) if j.outcome == PARK else j


def same_authority(a, b):
    return _authority(a) == _authority(b)


def judge(law, q, parks=_parks):
    """Every recipient's verdict, in the order of the entry."""
    code, step, ignored = _whole(law, q)
    passed = "illegal_event" if ignored else None
    if ignored:
        q = without_event(q)
    out = []
    for i, addressee in enumerate(q.addressees):
        where, placed, missed = _Placing(law, q, addressee).place()
        if where != "ok":
            j = Judgement(REFUSE, code if code != "ok" else where, None, ())
            out.append(Recipient(i, None, None, j, j, None))
            continue
        for p in placed:
            if code == "ok":
                r = _judge_one(law, q, i, p, None)
                missed = passed or missed
                if missed and r.told.outcome != REFUSE:
                    r = r._replace(flag=missed)
                out.append(r)
            elif q.key_valid and is_acute_to_police(q.header, p[1]):
                out.append(_judge_one(law, q, i, p, code))
            else:
                j = Judgement(REFUSE, code, None, ())
                out.append(Recipient(i, p[0], p[1], j, j, None))
    return Answer(code, step, parks(q, out[:RECIPIENTS_MAX]), ignored)
