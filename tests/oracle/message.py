# SPDX-License-Identifier: MIT
"""A message as the log has it, and what of it waits for each recipient."""
from collections import namedtuple

from wire import WireError

CODES = {
    0: "ok", 200: "expired", 201: "expiry_too_long", 202: "key_not_valid",
    203: "role_not_held", 210: "unknown_kommune", 211: "no_recipient",
    212: "ambiguous_recipient", 220: "unknown_case", 221: "illegal_event",
    230: "no_permit", 231: "prohibited", 240: "pending",
    241: "denied", 242: "no_approver", 243: "decided", 244: "own_message"}

Verdict = namedtuple("Verdict", "addressee node outcome code rule law missing "
                     "instead", defaults=((),))


class Item:
    """What waits for one node; asks: for an approver to decide about."""

    def __init__(self, node, lane, message, role, verdict, asks=False):
        self.asks = asks
        self.node, self.lane, self.message = node, lane, message
        self.role, self.verdict = role, verdict
        self.parts, self.size, self.offered = [], message.header_size, None
        self.addressees = []

    def as_object(self):
        out = {"index": self.message.index, "header": self.message.digest,
               "verdict": self.verdict, "part": self.parts,
               "expires": self.message.header["expires"], "role": self.role,
               "size": self.size}
        if self.offered is not None:
            out["offered"] = self.offered
        return out


class MessageEntry:
    """A message of the log with everything its entry names."""

    def __init__(self, index, entry, details, parts):
        self.index, self.entry, self.details = index, entry, details
        self.digest = entry.get("subject", b"")
        self.header, self.header_size = parts.header(self.digest)
        self.grounds, self.addressees, self.sections = None, [], []
        self.size = {}
        for key in details["part"]:
            name, part, size = parts.open(key)
            self.size[key] = size
            if name == "grounds":
                if self.grounds is not None:
                    raise WireError("grounds twice")
                self.grounds, self.grounds_key = part, key
            elif name == "addressee":
                self.addressees.append((key, part))
            elif name in ("verdict", "details"):
                raise WireError(f"a part {name} among what was sent")
            else:
                self.sections.append((key, name, part))
        if self.grounds is None or not self.addressees:
            raise WireError("a message without grounds or addressee")
        self.verdicts = [verdict_of(parts.of_kind(v, "verdict"))
                         for v in entry["verdict"]]
        self.withheld = {(v["addressee"], v.get("node")): verdict_of(v)
                         for v in details["withheld"]}
        own = {key for key, _ in self.addressees}
        self.n_own = sum(1 for v in self.verdicts if v.addressee in own)
        self.items = {}
        self.now = list(self.verdicts)  # with what was decided later

    def real(self, verdict):
        """What was decided, where the sender was told something else."""
        return self.withheld.get((verdict.addressee, verdict.node), verdict)


def verdict_of(v):
    return Verdict(v["addressee"], v.get("node"), v["outcome"],
                   CODES.get(v["code"], str(v["code"])), v.get("rule"),
                   v.get("law"), tuple(v["missing"]), tuple(v["instead"]))
