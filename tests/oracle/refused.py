# SPDX-License-Identifier: MIT
"""Rejections that seats noted: signed, of that message, deserved, counted.

state/refused holds a message that was rejected for good, and beside it the
signed rejection, ID.reject. A rejection that may be tried again is noted by
nobody.
"""
import os

import keys
import merkle
from snapshot import header_digest, opening_commitment, part_of
from words import SCHEMA
from wire import WireError

RETRY = {2, 108, 130, 131, 132}
UNREADABLE = {100, 102, 103, 104, 105}
WRONG_SENDER, UNKNOWN_CERTIFICATE, BAD_SIGNATURE, BAD_BATCH_PATH, MISMATCH, \
    CONFLICT = 110, 111, 112, 113, 114, 120
JUDGED = UNREADABLE | {WRONG_SENDER, UNKNOWN_CERTIFICATE, BAD_SIGNATURE,
                       BAD_BATCH_PATH, MISMATCH, CONFLICT}


def _read(path):
    with open(path, "rb") as f:
        return f.read()


class Refused:
    """state/refused of one seat."""

    def __init__(self, seat):
        self.seat = seat
        self.rejects = []  # (code, time of the file)

    def check(self, path, name):
        id_text, is_reject = name.removesuffix(".reject"), \
            name.endswith(".reject")
        if not is_reject:
            if not os.path.exists(path + ".reject"):
                self._bad(path, "refused, and no rejection beside it")
            return
        try:
            reject = SCHEMA.decode("Reject", _read(path))
            body = SCHEMA.decode("RejectBody", reject["body"])
        except WireError as e:
            self._bad(path, f"found {e}")
            return
        self.rejects.append((body["code"], os.stat(path).st_mtime * 1000))
        vkey = self.seat.vkey
        if vkey is not None and not keys.ed25519_ok(
                vkey.key, b"infohus.v1/reject\x00" + reject["body"],
                reject["signature"]):
            self._bad(path, "not signed with the log's key")
        if body["code"] in RETRY:
            self._bad(path, f"given up for {body['code']}, which passes")
        if "message_id" in body and \
                body["message_id"].hex() != id_text.replace("-", ""):
            self._bad(path, "it names the message "
                      f"{body['message_id'].hex()}, expected its own")
        self._message(path, id_text, body)

    def _bad(self, path, text):
        self.seat.fault("rejected", path, text)

    def _message(self, path, id_text, body):
        found = [p for p in (self.seat.path(box, id_text) for box in
                             ("refused", "outbox", "sent"))
                 if os.path.exists(p)]
        if not found:
            self._bad(path, "a rejection of no message that was sent")
            return
        if os.path.dirname(found[0]) != os.path.dirname(path):
            return  # sent once more, or about to be moved
        try:
            header, digest, deserved = self._deserved(_read(found[0]))
        except WireError:
            return  # then any of the codes for what cannot be read
        if "message_id" not in body or \
                header["message_id"].hex() != id_text.replace("-", ""):
            self._bad(path, "it does not name the message beside it")
        if body["code"] in JUDGED and body["code"] not in deserved:
            self._bad(path, f"the message beside it does not deserve the code "
                      f"{body['code']}")
        index = self._decided(header)
        if index is not None and not deserved and \
                self.seat.fold.messages[index].digest == digest:
            self._bad(path, f"the message beside it was decided in entry "
                      f"{index}")

    def _decided(self, header):
        return self.seat.fold.by_id.get((header["sender"],
                                         header["message_id"]))

    def _deserved(self, raw):
        """(header, its digest, those of JUDGED that hold for a message)."""
        fold, out = self.seat.fold, set()
        message = SCHEMA.decode("Message", raw)
        header = SCHEMA.decode("Header", message["header"])
        digest = header_digest(message["header"])
        for o in message["opening"]:
            part_of(o)
            if opening_commitment(o) not in header["commitment"]:
                out.add(MISMATCH)
        if self.seat.node not in (None, header["sender"]):
            out.add(WRONG_SENDER)
        out |= _signature(fold, digest, message["signature"],
                          fold.admitted.get(self.seat.node))
        index = self._decided(header)
        if index is not None and fold.messages[index].digest != digest:
            out.add(CONFLICT)
        return header, digest, out


def _signature(fold, digest, signature, newest):
    """What is wrong with it, under the card that held its certificate."""
    out = set()
    cards = fold.cards.get(signature["certificate"])
    if cards is None or newest is None or \
            newest.cert is None or \
            newest.cert.fingerprint != signature["certificate"]:
        out.add(UNKNOWN_CERTIFICATE)
    if cards is None:
        return out
    cert = keys.certificate(cards[-1][0]["certificate"])
    if merkle.root_from_inclusion(
            merkle.leaf(digest), signature["index"], signature["count"],
            signature["path"]) is None:
        out.add(BAD_BATCH_PATH)
    elif cert is None or not keys.batch_ok(
            b"infohus.v1/message", digest, signature, cert):
        out.add(BAD_SIGNATURE)
    return out


def check_rejected(fold, faults, seats, whole):
    """Every rejection noted is counted in the log, where none could be lost,
    and in a whole run none that nobody noted.

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
    noted, ever = {}, {}
    for code, at in (r for seat in seats for r in seat.refused.rejects):
        ever[code] = ever.get(code, 0) + 1
        if since <= at < until:
            noted[code] = noted.get(code, 0) + 1
    for code in sorted(counted.keys() | noted.keys(), key=str):
        n = counted.get(code, 0)
        if n < noted.get(code, 0):
            faults.add("rejected", f"code {code}", f"found {n} in the log, "
                       f"expected the {noted[code]} that seats noted")
        elif whole and code not in RETRY and n > ever.get(code, 0):
            faults.add("rejected", f"code {code}", f"found {n} in the log, "
                       f"expected at most the {ever.get(code, 0)} that seats "
                       "noted")
