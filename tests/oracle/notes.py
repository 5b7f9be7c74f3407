# SPDX-License-Identifier: MIT
"""What senders and recipients noted for themselves, against the log.

A seat's home: seat.json (its node, the log's key), state/sent (a message,
and its receipt beside it), state/refused (a message, and its rejection),
state/received (index -> header digest of what was taken), state/checkpoint
and state/unproven (trees that it saw). An inbox: INDEX-ID.json files.
"""
import json
import os
import re

import keys
import merkle
from judge import facts_of, notices
from merkle import NoteError, Vkey, sha
from snapshot import header_digest, opening_commitment
from table import SCHEMA
from tables import check_note
from wire import WireError, same_as_json, time_text

INBOX = re.compile(r"^(\d+)-([0-9a-f-]{36})\.json$")


def _read(path):
    with open(path, "rb") as f:
        return f.read()


def _names(folder):
    try:
        return sorted(n for n in os.listdir(folder) if n[0] != ".")
    except FileNotFoundError:
        return []


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
        self.rejects = []  # (code, time of the file)
        has_json = os.path.exists(os.path.join(home, "seat.json"))
        if self.node is None and (has_json or
                                  not os.path.isdir(self._path())):
            self.fault("seat", home, "expected a seat.json with a node and "
                       "the log's vkey, or a folder state")

    def _path(self, *name):
        return os.path.join(self.home, "state", *name)

    def check(self):
        path = self._path("checkpoint")
        if os.path.exists(path):
            check_note(self.fold, self.faults, _read(path), path, self.vkey)
        self._unproven()
        for box, check in (("sent", self._sent), ("refused", self._refused),
                           ("received", self._received)):
            for name in _names(self._path(box)):
                check(self._path(box, name), name)

    def _unproven(self):
        path = self._path("unproven")
        if not os.path.exists(path):
            return
        for line in _read(path).decode().splitlines():
            size, root = line.split(" ")
            if int(size) > self.fold.tree.size or \
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
        for stage in receipt["stage"]:
            if merkle.root_from_inclusion(
                    merkle.leaf(stage["entry"]), stage["index"], c.size,
                    stage["inclusion"]) != c.root:
                self.fault("receipt", path, "a stage's inclusion proof does "
                           "not lead to its checkpoint")

    def _says(self, path, receipt, message):
        try:
            entry = SCHEMA.decode("Entry", receipt["entry"])
        except WireError as e:
            self.fault("receipt", path, f"its entry: found {e}")
            return
        if entry["kind"] != "message":
            self.fault("receipt", path, f"it is for a {entry['kind']} entry")
        own = None
        if message is not None:
            own = {opening_commitment(o) for o in message["opening"]}
            if header_digest(message["header"]) != entry.get("subject"):
                self.fault("receipt", path, "its entry is about another "
                           "message than the one sent")
        for o in receipt["verdict"]:
            key = opening_commitment(o)
            if key not in entry["verdict"]:
                self.fault("receipt", path, "a verdict that its entry does "
                           "not hold")
            elif own is not None and SCHEMA.decode(
                    "Verdict", o["part"])["addressee"] not in own:
                self.fault("receipt", path, "a verdict of none of its "
                           "addressees")
        for stage in receipt["stage"]:
            self._stage(path, receipt, entry, stage)
        self._duties(path, receipt)

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

    # ------------------------------------------------- rejections, received

    def _refused(self, path, name):
        if not name.endswith(".reject"):
            return
        try:
            reject = SCHEMA.decode("Reject", _read(path))
            body = SCHEMA.decode("RejectBody", reject["body"])
        except WireError as e:
            self.fault("rejected", path, f"found {e}")
            return
        if self.vkey is not None and not keys.ed25519_ok(
                self.vkey.key, b"infohus.v1/reject\x00" + reject["body"],
                reject["signature"]):
            self.fault("rejected", path, "not signed with the log's key")
        self.rejects.append((body["code"], os.stat(path).st_mtime * 1000))

    def _received(self, path, name):
        digest = _read(path).decode("ascii", "replace").strip()
        m = self.fold.messages.get(int(name)) if name.isdigit() else None
        if m is None or m.digest.hex() != digest:
            self.fault("inbox", path, "noted as received, and no such message "
                       "in the log")
        elif self.node is not None:
            _check_right(self.fold, self.fault, path, self.node, m)


def check_rejected(fold, faults, seats):
    """Every rejection noted is counted in the log, where none could be lost.

    They are counted with the next tick or stop; what core had counted when it
    was killed is lost with it, so only what came after the last start that no
    stop preceded counts, and only what a later entry could hold.
    """
    since, before = 0, "stopped"
    for _, kind, at in fold.starts:
        if kind == "started" and before == "started":
            since = at
        before = kind
    counted, until = {}, 0
    for entry in fold.entries:
        if entry is not None and entry["kind"] in ("tick", "stopped"):
            until = entry["recorded_at"]
    for _, code, count in fold.rejected:
        counted[code] = counted.get(code, 0) + count
    noted = {}
    for seat in seats:
        for code, at in seat.rejects:
            if since <= at < until:
                noted[code] = noted.get(code, 0) + 1
    for code, n in sorted(noted.items()):
        if counted.get(code, 0) < n:
            faults.add("rejected", f"code {code}", f"found "
                       f"{counted.get(code, 0)} in the log, expected the {n} "
                       "that seats noted")


# ------------------------------------------------------------------- inboxes

def _check_right(fold, fault, path, node, m):
    """Permitted to node, and offered before it lay there."""
    if node not in m.items:
        fault("inbox", path, f"{node} has entry {m.index}, which was not "
              "permitted to it")
    elif (node, m.index) not in fold.offers:
        fault("offer", path, f"{node} has entry {m.index}, and no entry says "
              "that it was offered")


class Inbox:
    """What one node received, in one folder or several."""

    def __init__(self, fold, faults, node):
        self.fold, self.fault, self.node = fold, faults.add, node
        self.seen = {}

    def check(self, folder):
        for name in _names(folder):
            match = INBOX.match(name)
            if match:
                self._file(os.path.join(folder, name), int(match[1]),
                           match[2])

    def finish(self, folder):
        """What the node acknowledged lies there."""
        for node, index in self.fold.acks:
            if node == self.node and index not in self.seen and \
                    (node, index) not in self.fold.nacked:
                self.fault("inbox", folder, f"{node} acknowledged entry "
                           f"{index}, and does not have it")

    def _file(self, path, index, uuid):
        m = self.fold.messages.get(index)
        if m is None:
            self.fault("inbox", path, f"entry {index} is no message of the "
                       "log")
            return
        if index in self.seen:
            self.fault("inbox", path, f"entry {index} lies there twice")
        self.seen[index] = path
        _check_right(self.fold, self.fault, path, self.node, m)
        try:
            with open(path, encoding="utf-8") as f:
                found = json.load(f)
        except ValueError as e:
            self.fault("inbox", path, f"not JSON: {e}")
            return
        if m.header["message_id"].hex() != uuid.replace("-", "") or \
                found.get("index") != index or found.get("id") != uuid or \
                found.get("recorded_at") != time_text(
                    m.entry["recorded_at"]) or not same_as_json(
                    SCHEMA.message["Header"], m.header, found.get("header")):
            self.fault("inbox", path, f"other than entry {index}")
        if self.node in m.items:
            self._content(path, m.items[self.node], found)

    def _content(self, path, item, found):
        """Exactly its own addressee parts and the sections meant for it."""
        m, mine = item.message, set(item.parts)
        meant = {name: part for key, name, part in m.sections if key in mine}
        sections = found.get("sections", {})
        extra = sections.keys() - meant.keys()
        short = meant.keys() - sections.keys()
        if extra or short or "grounds" in found:
            self.fault("handed", path, f"found the sections "
                       f"{', '.join(sorted(sections)) or 'none'}"
                       f"{' and the grounds' if 'grounds' in found else ''}, "
                       f"expected {', '.join(sorted(meant)) or 'none'}")
        sections_of = SCHEMA.message["Sections"].by_name
        for name in meant.keys() & sections.keys():
            if not same_as_json(sections_of[name].of, meant[name],
                                sections[name]):
                self.fault("inbox", path, f"its section {name} is not what "
                           "was sent")
        addressee = SCHEMA.message["Addressee"]
        parts = found.get("addressee", [])
        if len(parts) != len(item.addressees) or not all(
                same_as_json(addressee, a, p)
                for a, p in zip(item.addressees, parts)):
            self.fault("handed", path, "found another recipient's part, "
                       "expected its own")
