# SPDX-License-Identifier: MIT
"""What waits for an approver, and what becomes of it: docs/protocol.md 4.3.
"""
import struct

from judge import (DECIDED_BY_ROLE, PARK, REFUSE, Judgement, Recipient,
                   addressed, approved, approvers, judge, same_authority)
from message import Item, verdict_of

U64 = struct.Struct(">Q")
ENDED_MAX = 256  # messages that one tick refuses because they expired
WAIT_MAX = 256  # messages of one sender


def _as_it_is(_, recipients):
    """Parked verdicts stay: somebody is already there to decide."""
    return recipients


def _as_approved(held):
    """What parked passes; so does what is only held back for now."""
    def approve(_, recipients):
        out = [r._replace(told=approved(r.told), real=approved(r.real))
               for r in recipients]
        return [r._replace(real=r.told) if r.told.outcome == "permit" and
                r.real.code == "prohibited" and held(r) else r for r in out]
    return approve


class Parking:
    def __init__(self, fold):
        self.fold = fold
        self.open = {}  # index -> positions of its verdicts not decided
        self.by_id = {}  # message id -> indexes of messages with parked ones
        self.decided = {}  # (index, position) -> (entry, position in it)
        self.ticked = 0  # when the last one was
        self.ended = 0  # messages that expired, since then
        self.rule = {}  # (index, position) -> the rule that parked it

    def waits(self, m):
        return bool(self.open.get(m.index))

    def message(self, m, answer):
        """A message with its recipients as recorded."""
        if m.header["kind"] == "approval":
            self._approval(m, answer)
        parked = [(i, r) for i, r in enumerate(answer.recipients)
                  if r.told.outcome == PARK]
        if not parked:
            return
        waiting = sum(1 for i, where in self.open.items() if where and
                      self.fold.messages[i].header["sender"] ==
                      m.header["sender"])
        if waiting >= WAIT_MAX and m.header["urgency"] != "acute":
            self.fold.bad("park", f"{waiting} messages of its sender wait "
                          "already, expected fewer")
        self.open[m.index] = {i for i, _ in parked}
        self.by_id.setdefault(m.header["message_id"], []).append(m.index)
        q = self.fold.question(m, m.entry["recorded_at"])
        for i, r in parked:
            self.rule[(m.index, i)] = r.told.rule
        self._ask(m, q, parked, addressed(answer.recipients))

    # -------------------------------------------------------- who is to decide

    def _ask(self, m, q, parked, resolved):
        """Every approver finds the parked addressee parts and the grounds."""
        items = {}
        for i, r in parked:
            if r.told.rule is None:
                continue
            for node, role in approvers(r.told.rule, q, resolved):
                item = items.setdefault(node.id, Item(
                    node.id, 1 if m.header["urgency"] == "acute" else 0, m,
                    role, m.entry["verdict"][i], True))
                key, addressee = m.addressees[r.addressee]
                if key not in item.parts:
                    item.parts.append(key)
                    item.size += m.size[key]
                    item.addressees.append(addressee)
        for node, item in items.items():
            item.parts.append(m.grounds_key)
            item.size += m.size[m.grounds_key]
            m.items[node] = self.fold.mailbox[(node, m.index)] = item

    # ----------------------------------------------------------- the decision

    def _find(self, m, of_any=False):
        """(the message that an approval decides about, which part) or None.

        of_any: also of another authority, as the log may say.
        """
        h, key = m.header, m.grounds.get("decides")
        for index in self.by_id.get(h.get("in_reply_to"), ()):
            p = self.fold.messages[index]
            if p.header.get("case_id") == h.get("case_id") and \
                    (of_any or same_authority(p.header["sender"],
                                              h["sender"])) and \
                    any(v.addressee == key for v in self._parked(p)):
                return p, key
        return None

    def _parked(self, p):
        return [v for v in p.verdicts if v.outcome == PARK]

    def _question(self, p, key, at):
        q = self.fold.question(p, at)
        return q._replace(addressees=[a for k, a in p.addressees if k == key])

    def _positions(self, p, key):
        """Where the parked verdicts of that part stand that are not decided.
        """
        return sorted(i for i in self.open.get(p.index, ())
                      if p.verdicts[i].addressee == key)

    def approving(self, m, at):
        """The code of an approval as far as the message says it decides."""
        found = self._find(m)
        if found is None:
            return "unknown_case"
        p, key = found
        law = self.fold.law_now().law
        now = judge(law, self._question(p, key, at), _as_it_is)
        roles = set()
        for r in now.recipients:
            if r.told.outcome == PARK:
                roles |= r.told.rule.approvers
        if not roles:
            ids = {v.rule for v in self._parked(p) if v.addressee == key}
            for rule in law.rules.row_rule:
                if rule.id in ids and rule.approvers:
                    roles |= rule.approvers
        if m.header["role"] not in (roles or {DECIDED_BY_ROLE}):
            return "unknown_case"
        if p.header["sender"] == m.header["sender"]:
            return "own_message"
        if p.header["expires"] <= at:
            return "expired"
        return "ok" if self._positions(p, key) else "decided"

    def _approval(self, m, answer):
        fold = self.fold
        own = m.n_own
        lets = [r.told.outcome for r in answer.recipients] == ["permit"]
        found = self._find(m, True) if lets else None
        where = self._positions(*found) if found else []
        if not where:
            if len(m.verdicts) != own or "of" in m.details or \
                    "transition" in m.details:
                fold.bad("approval", "it decides nothing, and its entry says "
                         "what was decided")
            return
        p, key = found
        if m.details.get("of") != p.index:
            fold.bad("approval", f"it decides about entry {p.index}, its "
                     f"details name {m.details.get('of')}")
        at, recipients = m.entry["recorded_at"], None
        q = self._question(p, key, at)
        if m.grounds["event"] == "approved":
            a = judge(fold.law_now().law, q, _as_approved(
                lambda r: self._is_held(p, key, r, at)))
            if p.details.get("transition") is not None:
                a = a._replace(step=None)
            recipients = self._compared(p, m, a.recipients, key, own)
            fold.check_case(p, m, q._replace(
                addressees=[x for _, x in p.addressees]),
                a._replace(recipients=recipients))
        else:
            denied = [self._refused(p, i, "denied") for i in where]
            recipients = self._compared(p, m, denied, key, own)
            if "transition" in m.details:
                fold.bad("case", "found a step, and what it would be of was "
                         "denied")
        self._decide(p, m.index, where, m.verdicts[own:], own)
        fold.put(p, [(r, commitment) for r, commitment in zip(
            recipients, m.entry["verdict"][own:])
            if r.real.outcome == "permit"])

    def _is_held(self, p, key, r, at):
        """Parked before police had the case alone, as they have it now."""
        if r.node is None or not any(
                v.outcome == PARK and v.addressee == key and
                v.node == r.node.id and p.real(v).outcome == PARK
                for v in p.verdicts):
            return False
        item = Item(r.node.id, 0, p, r.role, None)
        item.addressees += [a for k, a in p.addressees if k == key]
        return self.fold.is_held(item, at)

    def _compared(self, p, m, recipients, key, own):
        index = next(n for n, (k, _) in enumerate(p.addressees) if k == key)
        return self.fold.check_verdicts(
            p, m, m.verdicts[own:],
            [r._replace(addressee=index) for r in recipients])

    def _refused(self, p, i, code):
        """As a recipient of p whose parked verdict becomes a refusal."""
        v = p.verdicts[i]
        j = Judgement(REFUSE, code, self.rule[(p.index, i)], ())
        at = next(n for n, (k, _) in enumerate(p.addressees)
                  if k == v.addressee)
        return Recipient(at, self.fold.registry.get(v.node), None, j, j, None)

    def _decide(self, p, entry, where, verdicts, own):
        for n, i in enumerate(where):
            self.decided[(p.index, i)] = (entry, own + n)
            self.open[p.index].discard(i)
            if n < len(verdicts):
                p.now[i] = verdicts[n]

    # ------------------------------------------------------------ nobody does

    def expired(self, entry, details):
        fold = self.fold
        p = fold.messages.get(details.get("of"))
        where = sorted(self.open.get(p.index, ())) if p else []
        if not where or p.header["expires"] > entry["recorded_at"]:
            fold.bad("park", "it ends what does not wait, or has not expired")
            return
        h = p.header
        if entry.get("subject") != p.digest or \
                (details.get("sender"), details.get("message_id"),
                 details.get("case_id")) != \
                (h["sender"], h["message_id"], h.get("case_id")):
            fold.bad("park", f"it is about another message than entry "
                     f"{p.index}")
        by = _Event(fold, entry, details)
        want = [self._refused(p, i, "expired") for i in where]
        fold.check_verdicts(p, by, by.verdicts, want)
        self._decide(p, fold.index, where, by.verdicts, 0)
        self.ended += 1

    def tick(self, at):
        """What had expired at the tick before must have been ended since, as
        far as one tick goes.
        """
        done, self.ended = self.ended, 0
        if done >= ENDED_MAX:
            self.ticked = at
            return
        for index, where in self.open.items():
            if where and \
                    self.fold.messages[index].header["expires"] <= self.ticked:
                self.fold.bad("park", f"entry {index} has expired undecided, "
                              "and no entry ends it")
        self.ticked = at

    def rows(self):
        """The table of what waits: key and value."""
        out = {b"\1" + U64.pack(of) + U64.pack(entry): b""
               for (of, _), (entry, _) in self.decided.items()}
        for i, where in self.open.items():
            h = self.fold.messages[i].header
            if where:
                sender = h["sender"].encode()
                out[b"\2" + U64.pack(h["expires"]) + U64.pack(i)] = sender
                out[b"\3" + sender + b"\0" + U64.pack(i)] = b""
        return out


class _Event:
    """An entry that decides without being a message."""

    def __init__(self, fold, entry, details):
        self.details = details
        self.verdicts = [verdict_of(fold.parts.of_kind(v, "verdict"))
                         for v in entry["verdict"]]
        self.withheld = {(v["addressee"], v.get("node")): verdict_of(v)
                         for v in details["withheld"]}

    def real(self, verdict):
        return self.withheld.get((verdict.addressee, verdict.node), verdict)
