# SPDX-License-Identifier: MIT
"""What senders and recipients noted for themselves, against the log.

A seat's home: seat.json (its node, the log's key), state/sent (a message,
and its receipt beside it), state/refused (a message, and its rejection; see
refused.py), state/outbox (what waits for its answer), state/received
(index -> header digest of what was taken), state/checkpoint and
state/unproven (trees that it saw).
"""
import json
import os

import keys
import merkle
from inbox import check_right, names
from judge import facts_of, notices
from merkle import NoteError, Vkey, sha
from refused import Refused
from snapshot import header_digest, opening_commitment
from words import SCHEMA
from tables import check_note
from wire import WireError


def _read(path):
    with open(path, "rb") as f:
        return f.read()


def seat_key(home):
    """(node, Vkey or None) out of seat.json."""
    try:
        with open(os.path.join(home, "seat.json"), encoding="utf-8") as f:
            seat = json.load(f)
        return seat["node"], Vkey(seat["vkey"])
    except (OSError, ValueError, KeyError, NoteError):
        return None, None


class Seat:
    def __init__(self, fold, faults, home):
        self.fold, self.fault, self.faults = fold, faults.add, faults
        self.home = home
        self.node, self.vkey = seat_key(home)
        self.receipts = 0
        self.refused = Refused(self)
        has_json = os.path.exists(os.path.join(home, "seat.json"))
        if self.node is None and (has_json or
                                  not os.path.isdir(self.path())):
            self.fault("seat", home, "expected a seat.json with a node and "
                       "the log's vkey, or a folder state")

    def path(self, *name):
        return os.path.join(self.home, "state", *name)

    def check(self):
        path = self.path("checkpoint")
        if os.path.exists(path):
            check_note(self.fold, self.faults, _read(path), path, self.vkey)
        self._unproven()
        for box, check in (("sent", self._sent),
                           ("refused", self.refused.check),
                           ("received", self._received)):
            for name in names(self.path(box)):
                check(self.path(box, name), name)

    def knows(self):
        """The ids of what it sent, answered or not."""
        return {n.removesuffix(".receipt").replace("-", "")
                for box in ("sent", "outbox") for n in names(self.path(box))}

    def _unproven(self):
        path = self.path("unproven")
        if not os.path.exists(path):
            return
        for line in _read(path).decode("utf-8", "replace").splitlines():
            size, _, root = line.partition(" ")
            if not size.isdecimal() or \
                    int(size) > self.fold.tree.size or \
                    self.fold.tree.root(int(size)).hex() != root:
                self.fault("checkpoint", path, f"saw a tree of {size} "
                           "entries that is not of this log")

    # -------------------------------------------------------------- receipts

    def _sent(self, path, name):
        if not name.endswith(".receipt"):
            if not os.path.exists(path + ".receipt"):
                self.fault("receipt", path, "sent, and no receipt beside it")
            return
        self.receipts += 1
        try:
            receipt = SCHEMA.decode("Receipt", _read(path))
            message = SCHEMA.decode("Message",
                                    _read(path[:-len(".receipt")]))
        except FileNotFoundError:
            message = None
        except WireError as e:
            self.fault("receipt", path, f"found {e}")
            return
        c = check_note(self.fold, self.faults, receipt["checkpoint"], path,
                       self.vkey)
        self._is_in_log(path, receipt["index"], receipt["entry"])
        if c is not None:
            self._proofs(path, receipt, c)
        self._says(path, receipt, message)
        if c is not None:
            self._told(path, receipt, c)

    def _is_in_log(self, path, index, entry):
        log = self.fold.snapshot.entries
        if index >= len(log):
            self.fault("receipt", path, f"its entry {index} is gone: the log "
                       f"has {len(log)}")
        elif log[index] != entry:
            self.fault("receipt", path, f"its entry {index} was changed")

    def _proofs(self, path, receipt, c):
        root = merkle.root_from_inclusion(
            merkle.leaf(receipt["entry"]), receipt["index"], c.size,
            receipt["inclusion"])
        if root != c.root:
            self.fault("receipt", path, "its inclusion proof does not lead "
                       "to its checkpoint")
        first, tree = receipt["consistency_from"], self.fold.tree
        if first == 0 and not receipt["consistency"]:
            pass
        elif first > tree.size or not merkle.is_consistent(
                first, c.size, tree.root(first), c.root,
                receipt["consistency"]):
            self.fault("receipt", path, "its consistency proof from "
                       f"{first} does not hold")
        for what in ("stage", "decision"):
            for one in receipt[what]:
                if merkle.root_from_inclusion(
                        merkle.leaf(one["entry"]), one["index"], c.size,
                        one["inclusion"]) != c.root:
                    self.fault("receipt", path, f"a {what}'s inclusion proof "
                               "does not lead to its checkpoint")

    def _says(self, path, receipt, message):
        try:
            entry = SCHEMA.decode("Entry", receipt["entry"])
        except WireError as e:
            self.fault("receipt", path, f"its entry: found {e}")
            return
        if entry["kind"] != "message":
            self.fault("receipt", path, f"it is for a {entry['kind']} entry")
        own = None
        self._names_message(path, receipt)
        if message is not None:
            own = {opening_commitment(o) for o in message["opening"]}
            if header_digest(message["header"]) != entry.get("subject"):
                self.fault("receipt", path, "its entry is about another "
                           "message than the one sent")
        m = self.fold.messages.get(receipt["index"])
        n = len(entry["verdict"]) if m is None else m.n_own
        if len(receipt["verdict"]) != n:
            self.fault("receipt", path, "it tells of "
                       f"{len(receipt['verdict'])} verdicts, expected {n}")
        told = [opening_commitment(o) for o in receipt["verdict"]]
        for o, key in zip(receipt["verdict"], told):
            if key not in entry["verdict"] or told.count(key) > 1:
                self.fault("receipt", path, "a verdict that its entry does "
                           "not hold")
            elif own is not None and SCHEMA.decode(
                    "Verdict", o["part"])["addressee"] not in own:
                self.fault("receipt", path, "a verdict of none of its "
                           "addressees")
        for stage in receipt["stage"]:
            self._stage(path, receipt, entry, stage)
        self._duties(path, receipt)

    def _names_message(self, path, receipt):
        m = self.fold.messages.get(receipt["index"])
        uuid = os.path.basename(path)[:-len(".receipt")].replace("-", "")
        if receipt["message_id"].hex() != uuid or (
                m is not None and
                m.header["message_id"] != receipt["message_id"]):
            self.fault("receipt", path, "it names the message "
                       f"{receipt['message_id'].hex()}, expected its own")

    def _told(self, path, receipt, c):
        """The answers of all recipients until its checkpoint, and what
        became of what was parked."""
        self._decisions(path, receipt, c)
        m = self.fold.messages.get(receipt["index"])
        want = sorted(ack for (node, of), ack in self.fold.acks.items()
                      if of == receipt["index"] and ack < c.size and
                      (m is None or not m.items[node].asks))
        found = [s["index"] for s in receipt["stage"]]
        if found != want:
            self.fault("receipt", path, f"it tells of the answers in entries "
                       f"{found}, expected {want}")

    def _decisions(self, path, receipt, c):
        """Each parked verdict that was decided, by the entry that did."""
        fold, index = self.fold, receipt["index"]
        want = []
        for (of, i), (entry, n) in sorted(fold.parking.decided.items()):
            if of == index and entry < c.size:
                log = SCHEMA.decode("Entry", fold.snapshot.entries[entry])
                want.append((fold.messages[of].entry["verdict"][i], entry,
                             log["verdict"][n] if n < len(log["verdict"])
                             else None))
        found = []
        for d in receipt["decision"]:
            self._is_in_log(path, d["index"], d["entry"])
            found.append((d["verdict"], d["index"],
                          opening_commitment(d["outcome"])))
        if sorted(found) != sorted(want):
            self.fault("receipt", path, "it tells of the decisions in entries "
                       f"{sorted(f[1] for f in found)}, expected those of "
                       f"{sorted(w[1] for w in want)}" +
                       ("" if [f[1] for f in found] != [w[1] for w in want]
                        else " of other verdicts"))

    def _duties(self, path, receipt):
        """What the sender is reminded of: raised by the message alone."""
        m = self.fold.messages.get(receipt["index"])
        if m is None or self.fold.manifest is None or \
                m.entry["manifest"] != self.fold.manifest_digest:
            return  # told by a later law
        law = self.fold.manifest.law
        nobody = {"cooperation": "none", "basis": [], "section": []}
        want = notices(law, facts_of(law, m.header, m.grounds, nobody,
                                     m.entry["recorded_at"], None),
                       m.entry["recorded_at"])
        if receipt["notice"] != want:
            self.fault("duty", path, f"found {len(receipt['notice'])} "
                       f"notices, expected {len(want)}: " + " ".join(want))

    def _stage(self, path, receipt, entry, stage):
        self._is_in_log(path, stage["index"], stage["entry"])
        try:
            body = SCHEMA.decode("AckBody", stage["ack"]["body"])
            ack = SCHEMA.decode("Entry", stage["entry"])
        except WireError as e:
            self.fault("receipt", path, f"a stage: found {e}")
            return
        if ack["kind"] not in ("acked", "nacked") or ack.get("subject") != \
                sha(b"infohus.v1/ack\x00" + stage["ack"]["body"]):
            self.fault("receipt", path, "a stage whose entry is of another "
                       "answer")
        if body["index"] != receipt["index"] or \
                body["header"] != entry.get("subject") or \
                stage["verdict"] not in entry["verdict"]:
            self.fault("receipt", path, "a stage of another message")
        self._stage_proof(path, stage, sha(
            b"infohus.v1/ack\x00" + stage["ack"]["body"]))

    def _stage_proof(self, path, stage, digest):
        """Signed under the card beside it, which is of this log."""
        node, signature = self.fold.acked_by.get(stage["index"]), \
            stage["ack"]["signature"]
        cards = [c for c, packed in self.fold.cards.get(
            signature["certificate"], ()) if packed == stage["card"] and
            c["node"] == node]
        cert = keys.certificate(cards[0]["certificate"]) if cards else None
        if cert is None:
            self.fault("receipt", path, "a stage without the card of "
                       f"{node}")
        elif not keys.batch_ok(b"infohus.v1/ack", digest, signature, cert):
            self.fault("receipt", path, "a stage whose ack does not verify "
                       f"under the card of {node}")
        if stage["verdict"] not in self.fold.verdicts_of(
                stage["index"], node):
            self.fault("receipt", path, "a stage of another recipient's "
                       "verdict")

    # --------------------------------------------------------------- received

    def _received(self, path, name):
        digest = _read(path).decode("ascii", "replace").strip()
        m = self.fold.messages.get(int(name)) if name.isdigit() else None
        if m is None or m.digest.hex() != digest:
            self.fault("inbox", path, "noted as received, and no such message "
                       "in the log")
        elif self.node is not None:
            check_right(self.fold, self.fault, path, self.node, m)


def check_whole(fold, faults, seats):
    """Where these are all the seats there were: what any of them must know."""
    known, saw = set(), set()
    for seat in seats:
        known |= {(seat.node, i) for i in seat.knows()}
        if os.path.exists(seat.path("checkpoint")):
            saw.add(seat.node)
    for (sender, message_id), index in fold.by_id.items():
        if (sender, message_id.hex()) not in known:
            faults.add("receipt", f"entry {index}", f"recorded for {sender}, "
                       "and none of its seats knows that it sent it")
    for node in sorted({n for n, _ in fold.acks} |
                       {n for n, _ in fold.by_id}):
        if node not in saw:
            faults.add("seat", node, "it took part in the log, and none of "
                       "its seats has a checkpoint")
