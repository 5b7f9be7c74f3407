# SPDX-License-Identifier: MIT
"""What recipients received, against the log: folders of INDEX-ID.json."""
import base64
import json
import os
import re

from words import SCHEMA
from wire import same_as_json, time_text

INBOX = re.compile(r"^(0|[1-9][0-9]*)-([0-9a-f-]{36})\.json$")
KEYS = {"index", "id", "recorded_at", "header", "addressee", "sections",
        "sender", "grounds", "decides"}


def names(folder):
    """What lies there; a name with a dot is not there yet."""
    try:
        return sorted(n for n in os.listdir(folder) if n[0] != ".")
    except FileNotFoundError:
        return []


def check_right(fold, fault, path, node, m):
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
        for name in names(folder):
            path, match = os.path.join(folder, name), INBOX.match(name)
            if match and os.path.isfile(path):
                self._file(path, int(match[1]), match[2])
            else:
                self.fault("inbox", path, "no INDEX-ID.json")

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
        check_right(self.fold, self.fault, path, self.node, m)
        try:
            with open(path, encoding="utf-8") as f:
                found = json.load(f)
        except ValueError as e:
            self.fault("inbox", path, f"not JSON: {e}")
            return
        if not isinstance(found, dict) or found.keys() - KEYS:
            self.fault("inbox", path, "another JSON object than a message")
            return
        if m.header["message_id"].hex() != uuid.replace("-", "") or \
                found.get("index") != index or found.get("id") != uuid or \
                found.get("recorded_at") != time_text(
                    m.entry["recorded_at"]) or not same_as_json(
                    SCHEMA.message["Header"], m.header, found.get("header")):
            self.fault("inbox", path, f"other than entry {index}")
        self._sender(path, m, found.get("sender"))
        if self.node in m.items:
            self._content(path, m.items[self.node], found)

    def _sender(self, path, m, found):
        """The card that held the certificate of its signature, then."""
        key = m.details.get("signature", {}).get("certificate", b"")
        cards = [{"node": m.header["sender"], "certificate": key.hex(),
                  "display_name": c["display_name"], "serial": c["serial"]}
                 for c, _ in self.fold.cards.get(key, ())
                 if c["node"] == m.header["sender"]]
        if found not in cards:
            self.fault("inbox", path, "its sender is not the node that signed "
                       f"entry {m.index}, as its card says")

    def _content(self, path, item, found):
        """Exactly its own addressee parts and the sections meant for it."""
        m, mine = item.message, set(item.parts)
        meant = {name: part for key, name, part in m.sections if key in mine}
        sections = found.get("sections")
        if not isinstance(sections, dict):
            self.fault("inbox", path, "without sections")
            return
        extra = sections.keys() - meant.keys()
        short = meant.keys() - sections.keys()
        if item.asks:
            self._asked(path, item, found)
        elif "decides" in found:
            self.fault("handed", path, "found it asked to decide what it was "
                       "sent")
        if extra or short or ("grounds" in found and not item.asks):
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
        self._addressees(path, item, found)

    def _asked(self, path, item, found):
        """An approver gets the grounds, and what to name when it decides."""
        m = item.message
        if not same_as_json(SCHEMA.message["Grounds"], m.grounds,
                            found.get("grounds")):
            self.fault("handed", path, "found other grounds than were sent")
        want = [base64.b64encode(k).decode() for k in item.parts
                if k != m.grounds_key]
        if found.get("decides") != want:
            self.fault("handed", path, f"it decides about "
                       f"{len(found.get('decides') or [])} parts, expected "
                       f"its {len(want)}")

    def _addressees(self, path, item, found):
        addressee = SCHEMA.message["Addressee"]
        parts = found.get("addressee", [])
        if not isinstance(parts, list) or len(parts) != len(item.addressees) or not all(
                same_as_json(addressee, a, p)
                for a, p in zip(item.addressees, parts)):
            self.fault("handed", path, "found another recipient's part, "
                       "expected its own")
