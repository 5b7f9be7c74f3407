# SPDX-License-Identifier: MIT
"""What a manifest names, out of the table of texts: docs/protocol.md 7, 9."""
import keys
from merkle import sha
from table import Law
from words import SCHEMA, LawError
from wire import WireError


class Manifest:
    """Law, anchors and custodians of one manifest."""

    def __init__(self, text):
        def named(prefix):
            return [text[n] for n in sorted(text) if n.startswith(prefix)]
        self.law = Law(text["rules"], text["places"], text["workflow"],
                       named("kommune-"))
        self.anchors = keys.Anchors(named("anchor-"), named("crl-"))
        self.custodians = [c for t in named("custodian-")
                           for c in keys.certificates_of_pem(t)]


_manifests = {}  # by hash; a batch of ledgers has few


def load_manifest(table, digest):
    """Read once; that it is kept whole is looked at in every snapshot.

    WireError or LawError when it cannot be read.
    """
    packed = table.get(digest)
    if packed is None or sha(packed) != digest:
        raise WireError("its manifest is not kept")
    text = {}
    for item in SCHEMA.decode("Manifest", packed)["item"]:
        text[item["name"]] = table.get(item["sha256"], b"")
        if sha(text[item["name"]]) != item["sha256"]:
            raise WireError(f"the text of {item['name']} is not kept")
    if digest not in _manifests:
        try:
            _manifests[digest] = Manifest(text)
        except (KeyError, ValueError) as e:
            raise LawError(f"the law cannot be read: {e}") from None
    return _manifests[digest]
