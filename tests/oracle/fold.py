# SPDX-License-Identifier: MIT
"""The log, read from its first entry to its last.

Every entry is checked for itself and against what those before it made true:
the manifest in force, the nodes admitted, the cases, what waits for whom.
Every message is judged again by judge.py. What stands recorded is carried
on, also where it is wrong: one fault is then told once and not for ever.
"""
from collections import namedtuple

import keys
import merkle
from cases import Persons, advance
from judge import (POLICE, REQUESTS, Judgement, Node, Question, Recipient,
                   facts_of, holds, is_held, judge)
from manifest import load_manifest
from merkle import sha
from message import CODES, Item, MessageEntry, Verdict
from parked import Parking
from words import SCHEMA, LawError
from wire import WireError, pack_field

OBJECT_CARD, OBJECT_SUSPENSION, OBJECT_MANIFEST = 1, 2, 3
ENTRY_MAX = 4096

Admitted = namedtuple("Admitted", "node card cert approved")


def _said(v):
    """A verdict in words."""
    out = f"{v.outcome} {v.code} by {v.rule or 'no rule'}"
    return out + (f" lacking {', '.join(v.missing)}" if v.missing else "")


class Fold:
    def __init__(self, snapshot, parts, faults):
        self.snapshot, self.parts = snapshot, parts
        self.fault = faults.add
        self.index = 0
        self.entries = []
        self.manifest = self.manifest_digest = None
        self.registry, self.admitted = {}, {}
        self.cards = {}  # fingerprint -> [(Card, packed Approved)]
        self.doors, self.last_door = {}, 0  # (node, seat) -> door
        self.in_force = 0  # since when the manifest is
        self.approved = {}  # manifest -> packed Approved
        self.texts = set()  # digests of what these manifests name
        self.serves = False
        self.suspended = set()
        self.cases, self.persons = {}, Persons()
        self.person_of, self.cpr_of = {}, {}
        self.messages = {}  # index -> MessageEntry
        self.by_id = {}  # (sender, id) -> index
        self.mailbox = {}  # (node, index) -> Item, what waits
        self.offers = {}  # (node, index) -> first offered entry
        self.acks = {}  # (node, index) -> entry of the ack or nack
        self.acked_by = {}  # entry of the ack or nack -> node
        self.nacked = set()
        self.stages = set()
        self.parking = Parking(self)
        self.rejected = []  # (index, code, count)
        self.starts = []  # (index, kind)
        self.tree = merkle.Tree([merkle.leaf(e) for e in snapshot.entries])
        self.last = 0

    # ------------------------------------------------------------- one entry

    def run(self):
        for self.index, raw in enumerate(self.snapshot.entries):
            self.entries.append(None)
            try:
                self._entry(raw)
            except (WireError, LawError) as e:
                self.bad("entry", f"found {e}, expected an entry with "
                          "everything it names")
        self.index = len(self.entries)

    def bad(self, kind, text):
        self.fault(kind, f"entry {self.index}", text)

    def _entry(self, raw):
        entry = SCHEMA.decode("Entry", raw)
        self.entries[-1] = entry
        at = entry["recorded_at"]
        if len(raw) > ENTRY_MAX or entry["version"] != 1:
            self.bad("entry", "found one of another version or too large")
        if at < self.last:
            self.bad("entry", f"recorded at {at}, after one of {self.last}")
        self.last = max(at, self.last)
        details = self.parts.of_kind(entry["details"], "details") \
            if "details" in entry else None
        self._follow_manifest(entry, details)
        self._follow_service(entry)
        self._follow_ticks(entry)
        step = self.STEPS.get(entry["kind"])
        if step is None:
            return
        if details is None:
            raise WireError(f"no details of kind {entry['kind']}")
        step(self, entry, details)

    # ------------------------------------------------- manifest and registry

    def _follow_manifest(self, entry, details):
        named = entry["manifest"]
        if entry["kind"] != "manifest":
            if named != self.manifest_digest:
                self.bad("manifest", f"it names manifest {named.hex()[:16]},"
                          " expected the one in force, "
                          f"{(self.manifest_digest or b'').hex()[:16]}")
            return
        before, self.manifest = self.manifest, None
        since, self.in_force = self.in_force, entry["recorded_at"]
        self.manifest_digest = named
        try:
            self.manifest = load_manifest(self.snapshot.table["law"], named)
        except (WireError, LawError) as e:
            self.bad("manifest", f"found {e}, expected all texts of it")
        packed = (details or {}).get("object", b"")
        approved = SCHEMA.decode("Approved", packed)
        self.approved[named] = packed
        # What was approved before the one in force came counts no longer.
        approved["approval"] = [a for a in approved["approval"]
                                if a["time"] >= since]
        self.texts |= {named, *(i["sha256"] for i in SCHEMA.decode(
            "Manifest", approved["object"]["bytes"])["item"])}
        if sha(approved["object"]["bytes"]) != named or \
                entry.get("subject") != named:
            self.bad("manifest", "another manifest was approved than the "
                      "one put in force")
        for whose, m in (("it names", self.manifest),
                         ("were in force before it", before)):
            if m is not None:
                self._approvals(approved, OBJECT_MANIFEST, m.custodians,
                                "manifest", f"custodians that {whose}")

    def _follow_service(self, entry):
        """Only a manifest comes before the start, or after the stop."""
        kind = entry["kind"]
        if kind in ("started", "stopped"):
            self.starts.append((self.index, kind, entry["recorded_at"]))
        if kind == "started":
            self.serves = True
        elif kind != "manifest":
            if not self.serves:
                self.bad("entry", f"{kind}, and no service has started")
            self.serves = kind != "stopped"

    def _approvals(self, approved, kind, custodians, what, whose):
        o = approved["object"]
        packed = pack_field(1, o["kind"]) + pack_field(2, o["version"]) + \
            pack_field(3, o["bytes"])
        n = keys.approvals(packed, kind == OBJECT_CARD, approved["approval"],
                           custodians)
        if o["kind"] != kind or o["version"] != 1:
            self.bad(what, f"found an object of kind {o['kind']}, expected "
                      f"{kind}")
        elif n < 2:
            found = f"{n} valid approvals" if n >= 0 else \
                "an approval that does not verify"
            self.bad(what, f"found {found}, expected two of the {whose}")
        return sha(packed)

    def _admitted(self, entry, details):
        approved = SCHEMA.decode("Approved", details.get("object", b""))
        digest = self._approvals(approved, OBJECT_CARD,
                                 self.law_now().custodians, "card",
                                 "custodians in force")
        card = SCHEMA.decode("Card", approved["object"]["bytes"])
        cert = keys.certificate(card["certificate"])
        old = self.admitted.get(card["node"])
        if entry.get("subject") != digest:
            self.bad("card", "it is about another object than its details")
        if cert is None or not self.law_now().anchors.is_valid(
                cert, entry["recorded_at"]):
            self.bad("card", f"{card['node']}: its certificate leads to no "
                      "trust anchor that is valid then")
        if old is not None and card["serial"] <= old.card["serial"]:
            self.bad("card", f"{card['node']}: serial {card['serial']} "
                      f"after {old.card['serial']}")
        self.suspended.discard(card["node"])
        self.cards.setdefault(sha(card["certificate"]), []).append(
            (card, details["object"]))
        self._give_doors(old, card)
        node = Node(card["node"], False, tuple(
            (g["role"], g.get("place"), g.get("code"), g["from"],
             g.get("to", 1 << 64)) for g in card["role"]))
        self.admitted[node.id] = Admitted(node, card, cert,
                                          details["object"])
        self._enter(node)

    def _give_doors(self, old, card):
        """In the order of admission; what a seat had is never given again."""
        node, names = card["node"], [s["name"] for s in card["seat"]]
        for seat in old.card["seat"] if old else ():
            if seat["name"] not in names:
                self.doors.pop((node, seat["name"]), None)
        for name in names:
            if (node, name) not in self.doors:
                self.last_door += 1
                self.doors[(node, name)] = self.last_door

    def _enter(self, node):
        """The registry stays in the order of its ids."""
        is_new = node.id not in self.registry
        self.registry[node.id] = node
        if is_new:
            self.registry = dict(sorted(self.registry.items()))

    def _suspended(self, entry, details):
        approved = SCHEMA.decode("Approved", details.get("object", b""))
        self._approvals(approved, OBJECT_SUSPENSION, self.law_now().custodians,
                        "card", "custodians in force")
        s = SCHEMA.decode("Suspension", approved["object"]["bytes"])
        old = self.admitted.get(s["node"])
        if old is None or old.card["serial"] != s["serial"]:
            self.bad("card", f"{s['node']} has no card {s['serial']} to "
                      "suspend")
            return
        self.suspended.add(s["node"])
        self._enter(old.node._replace(suspended=True))

    def law_now(self):
        if self.manifest is None:
            raise WireError("no manifest in force")
        return self.manifest

    # -------------------------------------------------------------- messages

    def _message(self, entry, details):
        m = MessageEntry(self.index, entry, details, self.parts)
        key = (m.header["sender"], m.header["message_id"])
        if key in self.by_id:
            self.bad("twice", f"message {key[1].hex()} of {key[0]} was "
                      f"decided in entry {self.by_id[key]}, expected one "
                      "decision for ever")
        self.by_id.setdefault(key, self.index)
        self.messages[self.index] = m
        self._check_parts(m)
        self._check_signature(m)
        q = self.question(m, entry["recorded_at"])
        answer = judge(self.law_now().law, q)
        if CODES.get(m.details.get("code", 0)) != answer.code or \
                m.details.get("code") == 0:
            self.bad("verdict", "as a whole: found the code "
                      f"{m.details.get('code', 0)}, expected {answer.code}")
        answer = answer._replace(recipients=self.check_verdicts(
            m, m, m.verdicts[:m.n_own], answer.recipients))
        if m.header["kind"] != "approval":
            self.check_case(m, m, q, answer)
        self._deliver(m, answer)
        self.parking.message(m, answer)

    def _check_parts(self, m):
        h, d = m.header, m.details
        listed = h["commitment"]
        if listed != sorted(set(listed)) or len(listed) not in (4, 8, 16, 32):
            self.bad("part", "the header's commitments are not sorted and "
                      "padded")
        stray = [k for k in d["part"] if k not in set(listed)]
        if stray or len(set(d["part"])) != len(d["part"]):
            self.bad("part", "found a stored part that opens no commitment "
                      "of the header")
        if (d.get("sender"), d.get("message_id"), d.get("case_id")) != \
                (h["sender"], h["message_id"], h.get("case_id")):
            self.bad("part", "its details name another message than its "
                      "header")
        skew = abs(h["created"] - m.entry["recorded_at"])
        if d.get("skew_ms") != skew:
            self.bad("part", f"found the skew {d.get('skew_ms')}, expected "
                      f"{skew}")
        if "after" in h and h["urgency"] != "acute" and \
                (h["sender"], h["after"]) not in self.by_id:
            self.bad("part", "recorded before the message that it follows")
        self._check_person(m, d.get("person"))

    def _check_person(self, m, person):
        """One person, one hash; an identity that nobody may have is gone."""
        identity = [p for _, name, p in m.sections if name == "identity"]
        if not identity and any("identity" in a["section"]
                                for _, a in m.addressees):
            return
        cpr = identity[0].get("cpr") if identity else None
        if (cpr is None) != (person is None):
            self.bad("case", "a person without a CPR number, or the other "
                      "way round")
        elif cpr is not None and (
                self.person_of.setdefault(cpr, person) != person or
                self.cpr_of.setdefault(person, cpr) != cpr):
            self.bad("case", "the same person under two hashes, or two under "
                      "one")

    def _check_signature(self, m):
        sender = self.admitted.get(m.header["sender"])
        if sender is None or sender.cert is None:
            self.bad("signature", f"{m.header['sender']} has no card")
        elif "signature" not in m.details or not keys.batch_ok(
                b"infohus.v1/message", m.digest, m.details["signature"],
                sender.cert):
            self.bad("signature", "the signature stored does not hold under "
                      f"the certificate on the card of {sender.node.id}")

    def question(self, m, at):
        """What a judge is asked about a message at a time."""
        h, law = m.header, self.law_now()
        sender = self.registry.get(h["sender"]) or Node(h["sender"], True, ())
        case, missing, alone = None, False, False
        person = m.details.get("person")
        approving = self.parking.approving(m, at) \
            if h["kind"] == "approval" else None
        if "case_id" in h and approving is None:
            found = self.cases.get(h["case_id"])
            if h["message_id"] == h["case_id"] and (
                    found is None or m.index == self.index):
                missing = found is not None
            elif found is None or \
                    not found.may_know(sender, law.law.places, at):
                missing = True
            else:
                case = found
            alone = person is not None and self.persons.is_alone(person)
            if case is not None:
                alone = alone or self.persons.any_alone(case)
        card = self.admitted.get(h["sender"])
        return Question(
            h, m.grounds, [a for _, a in m.addressees], sender, self.registry,
            case, missing, alone,
            card is not None and card.cert is not None and
            law.anchors.is_valid(card.cert, at), at,
            lambda node: self._answers(h, node), approving)

    def _answers(self, h, node):
        index = self.by_id.get((node, h.get("in_reply_to")))
        if index is None or "in_reply_to" not in h:
            return False
        asked = self.messages.get(index)
        return asked is not None and \
            asked.header["kind"] in REQUESTS and \
            any(v.outcome == "permit" and v.node == h["sender"]
                for v in asked.now)

    def check_verdicts(self, m, by, verdicts, recipients):
        """The recipients of m as recorded in the entry of by; says where
        judge.py differs."""
        if len(recipients) != len(verdicts):
            self.bad("verdict", f"found {len(verdicts)} verdicts, "
                      f"expected {len(recipients)}")
        out = []
        for i, told in enumerate(verdicts):
            at = next((n for n, (key, _) in enumerate(m.addressees)
                       if key == told.addressee), None)
            if at is None:
                self.bad("verdict", f"verdict {i + 1} is of no addressee")
                continue
            mine = recipients[i] if i < len(recipients) else None
            node = mine.node.id if mine and mine.node else None
            if mine is None or mine.addressee != at or node != told.node:
                self.bad("permit" if by.real(told).outcome == "permit"
                          else "verdict", f"verdict {i + 1} is of "
                          f"{told.node or 'nobody'}, expected "
                          f"{node or 'nobody'}")
            else:
                self._compare(i, by, told, mine)
            out.append((told, mine, at))
        return [self._recorded(m, by, *one) for one in out]

    def _recorded(self, m, by, told, mine, at):
        """The recipient with the outcomes that stand in the log."""
        node = self.registry.get(told.node)
        same = mine is not None and mine.addressee == at and \
            (mine.node.id if mine.node else None) == told.node
        role = mine.role if same else m.addressees[at][1].get("role")
        real = by.real(told)
        rule = mine.told.rule if same else None
        return Recipient(at, node, role,
                         Judgement(told.outcome, told.code, rule, ()),
                         Judgement(real.outcome, real.code, None, ()), None)

    def _compare(self, i, by, told, mine):
        real = by.real(told)
        who = f"verdict {i + 1}, to {told.node or 'infohus or nobody'}"
        want_told = _as_verdict(told, mine.told, mine.flag, mine.instead)
        want_real = _as_verdict(told, mine.real, mine.flag) \
            if mine.real != mine.told else want_told
        if real.outcome == "permit" and want_real.outcome != "permit":
            self.bad("permit", f"{who}: found {_said(real)}, expected "
                      f"{_said(want_real)}")
        elif real.outcome != "permit" and want_real.outcome == "permit":
            self.bad("refused", f"{who}: found {_said(real)}, expected "
                      f"{_said(want_real)}")
        elif real != want_real:
            self.bad("verdict", f"{who}: decided {_said(real)}, expected "
                      f"{_said(want_real)}")
        elif told != want_told:
            self.bad("verdict", f"{who}: told {_said(told)}, expected "
                      f"{_said(want_told)}")

    def check_case(self, m, by, q, answer):
        """What m did to its case, as the entry of by says."""
        was_alone = q.case is not None and q.case.state == "police_only"
        case, transition = advance(q, answer)
        if by.details.get("transition") != transition:
            self.bad("case", "found the step "
                      f"{_step(by.details.get('transition'))}, expected "
                      f"{_step(transition)}")
        if case is not None:
            self.persons.track(case, was_alone, m.details.get("person"))
            self.cases[case.id] = case

    def _deliver(self, m, answer):
        """What now waits, and that no other part is stored."""
        self.put(m, [(r, key) for r, key in zip(answer.recipients,
                                                m.entry["verdict"])
                     if r.real.outcome == "permit"])
        stored = {name for _, name, _ in m.sections}
        wanted = {c for r in answer.recipients
                  if r.real.outcome == "permit" or r.told.outcome == "park"
                  for c in m.addressees[r.addressee][1]["section"]}
        if stored != wanted:
            self.bad("part", f"stored are the sections {_list(stored)}, "
                      f"expected those that somebody may have: "
                      f"{_list(wanted)}")

    def put(self, m, permitted):
        """What now waits: (recipient, commitment of its verdict)."""
        items = {}
        for r, verdict in permitted:
            if r.node is None:
                continue
            item = items.get(r.node.id)
            if item is None:
                item = items[r.node.id] = m.items[r.node.id] = Item(
                    r.node.id, lane_of(m.header), m, r.role, verdict)
                self.mailbox[(r.node.id, m.index)] = item
            key, addressee = m.addressees[r.addressee]
            item.parts.append(key)
            item.size += m.size[key]
            item.addressees.append(addressee)
        for item in items.values():
            meant = {c for a in item.addressees for c in a["section"]}
            for key, name, _ in m.sections:
                if name in meant:
                    item.parts.append(key)
                    item.size += m.size[key]

    # ---------------------------------------------------------- hand-out, ack

    def _item_of(self, details, what):
        node, of = details.get("node"), details.get("of")
        m = self.messages.get(of)
        if node is None or m is None or node not in m.items:
            self.bad(what, f"to {node} of entry {of}: no message that was "
                      "permitted to it")
            return None
        if (node, of) not in self.mailbox:
            self.bad(what, f"to {node} of entry {of}: answered before, in "
                      f"entry {self.acks[(node, of)]}")
            return None
        return m.items[node]

    def _offered(self, entry, details):
        item = self._item_of(details, "offer")
        if item is None:
            return
        m, at = item.message, entry["recorded_at"]
        self.offers.setdefault((item.node, m.index), self.index)
        item.offered = self.index
        where = f"entry {m.index} to {item.node}"
        if entry.get("subject") != m.digest:
            self.bad("offer", f"{where}: it is about another header")
        police = item.role in POLICE
        node = self.registry.get(item.node)
        if node is None or not holds(node, item.role, at):
            self.bad("offer", f"{where}: handed out to one that no longer "
                      f"holds {item.role}")
        elif not (police and not item.asks) and m.header["expires"] <= at:
            self.bad("offer", f"{where}: handed out after it expired")
        elif item.asks:
            if not self.parking.waits(m):
                self.bad("offer", f"{where}: handed out to decide what was "
                          "decided")
        elif not police and self.is_held(item, at):
            self.bad("offer", f"{where}: handed out while its case forbids")

    def is_held(self, item, at):
        h = item.message.header
        case = self.cases.get(h.get("case_id"))
        f = facts_of(self.law_now().law, h, item.message.grounds,
                     item.addressees[0], at, item.role, case=case,
                     linked_alone=case is not None and
                     self.persons.any_alone(case))
        return is_held(self.law_now().law, f, case, at)

    def _acked(self, entry, details):
        node, of = details.get("node"), details.get("of")
        ack = SCHEMA.decode("Ack", details.get("object", b""))
        body = SCHEMA.decode("AckBody", ack["body"])
        digest = sha(b"infohus.v1/ack\x00" + ack["body"])
        who = self.admitted.get(node)
        if who is None or who.cert is None or not keys.batch_ok(
                b"infohus.v1/ack", digest, ack["signature"], who.cert):
            self.bad("signature", f"the ack does not hold under the "
                      f"certificate on the card of {node}")
        nack = entry["kind"] == "nacked"
        if entry.get("subject") != digest or nack != ("code" in body) or \
                details.get("code") != body.get("code"):
            self.bad("ack", "it is about another answer than its details")
        item = self._item_of(details, "ack")
        if item is None:
            return
        if (node, of) not in self.offers:
            self.bad("offer", f"{node} answers entry {of}, which no entry "
                      "says was offered to it")
        elif body["size"] <= self.offers[(node, of)]:
            self.bad("offer", f"{node} had entry {of} when the log had "
                      f"{body['size']} entries, and was offered it in entry "
                      f"{self.offers[(node, of)]}")
        self._check_ack(item, body)
        self.acks[(node, of)] = self.index
        self.acked_by[self.index] = node
        if nack:
            self.nacked.add((node, of))
        self.stages.add((of, self.index))
        del self.mailbox[(node, of)]

    def verdicts_of(self, ack, node):
        """Commitments of the verdicts that name node, whose ack it is, or
        that were decided for it."""
        of = next((i for (n, i), a in self.acks.items()
                   if a == ack and n == node), None)
        m = self.messages.get(of)
        return [] if m is None else [
            key for key, v in zip(m.entry["verdict"], m.verdicts)
            if v.node == node] + [
            m.entry["verdict"][i]
            for (index, i), (entry, n) in self.parking.decided.items()
            if index == of and entry in self.messages and
            self.messages[entry].verdicts[n].node == node]

    def _check_ack(self, item, body):
        m = item.message
        if body["index"] != m.index or body["header"] != m.digest:
            self.bad("ack", f"{item.node} answers another message than "
                      f"entry {m.index}")
        if body["commitment"] != item.parts:
            extra = [k for k in body["commitment"] if k not in item.parts]
            self.bad("handed", f"{item.node} got {len(body['commitment'])} "
                      f"parts of entry {m.index}, {len(extra)} of them not "
                      f"meant for it, expected exactly its {len(item.parts)}")
        if not 0 < body["size"] <= self.index or \
                self.tree.root(body["size"]) != body["root"]:
            self.bad("checkpoint", f"{item.node} saw a tree of "
                      f"{body['size']} entries that is not of this log")

    def _rejected(self, entry, details):
        self.rejected.append((self.index, details.get("code"),
                              details.get("count", 0)))

    def _consulted(self, entry, details):
        node = self.registry.get(details.get("node"))
        if node is None or not holds(node, "auditor", entry["recorded_at"]):
            self.bad("consulted", f"read by {details.get('node')}, who is no "
                      "auditor then")
        if details.get("of", self.index) >= self.index or \
                details.get("count", 0) < 1:
            self.bad("consulted", "it names no range of the log before it")

    STEPS = {"admitted": _admitted, "suspended": _suspended,
             "message": _message, "offered": _offered, "acked": _acked,
             "nacked": _acked, "rejected": _rejected, "consulted": _consulted,
             "case_event": lambda self, e, d: self.parking.expired(e, d)}

    def _follow_ticks(self, entry):
        if entry["kind"] == "tick":
            self.parking.tick(entry["recorded_at"])


def lane_of(header):
    return 1 if header["urgency"] == "acute" else 0


def _step(transition):
    if transition is None:
        return "none"
    return ", ".join(f"{k} {v.hex() if isinstance(v, bytes) else v}"
                     for k, v in transition.items())


def _list(words):
    return ", ".join(sorted(words)) or "none"


def _as_verdict(told, j, flag, instead=()):
    """A judgement of judge.py in the form of a recorded verdict."""
    return Verdict(told.addressee, told.node, j.outcome, j.code,
                   j.rule and j.rule.id, j.rule and j.rule.law,
                   (flag,) if flag else j.missing, instead)

