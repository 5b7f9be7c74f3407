# SPDX-License-Identifier: MIT
"""The tables of a snapshot against what its log says they must be.

Only entries, parts and law are the record; the rest is a fold over them
(docs/protocol.md section 9), and here it is folded once more.
"""
import struct

import merkle
from judge import POLICE
from merkle import NoteError, sha
from words import SCHEMA
from wire import WireError

U32, U64 = struct.Struct(">I"), struct.Struct(">Q")


def check_tables(fold, faults, vkey=None):
    snapshot = fold.snapshot
    _tree(fold, faults)
    _checkpoint(fold, faults, vkey)
    _parts(fold, faults)
    _dedupe(fold, faults, snapshot.table["dedupe"])
    _nodes(fold, faults, snapshot.table)
    _meta(fold, faults, snapshot.table["meta"])
    _law(fold, faults, snapshot.table["law"])
    _cases(fold, faults, snapshot.table)
    _mailbox(fold, faults, snapshot.table["mailbox"])
    _stages(fold, faults, snapshot.table["stage"])
    _compare(faults, "park", "park", snapshot.table["park"],
             fold.parking.rows())


def _tree(fold, faults):
    """Every stored node, and no other, recomputed from the entries."""
    want = {bytes([level]) + U64.pack(i): h
            for level, row in enumerate(fold.tree.level)
            for i, h in enumerate(row)}
    have = fold.snapshot.table["tree"]
    for key in sorted(want.keys() | have.keys()):
        if have.get(key) == want.get(key):
            continue
        where = f"tree level {key[0]} node {U64.unpack(key[1:])[0]}" \
            if len(key) == 9 else "tree"
        if key not in have:
            faults.add("tree", where, "found nothing stored, expected the "
                       "hash of a complete subtree")
        elif key not in want:
            faults.add("tree", where, "found a hash, expected none: its "
                       "subtree is not complete")
        else:
            faults.add("tree", where, f"found {have[key].hex()[:16]}, "
                       f"expected {want[key].hex()[:16]}")


def is_prefix(tree, checkpoint):
    return checkpoint.size <= tree.size and \
        tree.root(checkpoint.size) == checkpoint.root


def check_note(fold, faults, note, where, vkey):
    """A checkpoint somebody has: signed by the log, a prefix of it."""
    import keys
    try:
        c = merkle.parse_checkpoint(note)
    except NoteError as e:
        faults.add("checkpoint", where, f"found {e}")
        return None
    if vkey is not None and not keys.note_ok(c, vkey):
        faults.add("checkpoint", where, "not signed with the log's key")
    if not is_prefix(fold.tree, c):
        faults.add("checkpoint", where, f"signed for {c.size} entries with "
                   f"root {c.root.hex()[:16]}, expected a prefix of this log "
                   f"of {fold.tree.size}")
    return c


def _checkpoint(fold, faults, vkey):
    note = fold.snapshot.checkpoint()
    if note is not None:
        check_note(fold, faults, note, "snapshot checkpoint", vkey)


def _parts(fold, faults):
    stray = [k for k in fold.parts.table if k not in fold.parts.used]
    if stray:
        faults.add("part", "parts", f"found {len(stray)} stored that no entry "
                   f"names, the first {stray[0].hex()[:16]}")


def _dedupe(fold, faults, table):
    want = {}
    for (sender, message_id), index in fold.by_id.items():
        want[sha(sender.encode() + b"\x00" + message_id)] = \
            fold.messages[index].digest + U64.pack(index)
    twice = len(fold.messages) != len(fold.by_id)
    for key in want.keys() | table.keys():
        if table.get(key) != want.get(key) and not (twice and key in want):
            where = f"entry {U64.unpack(want[key][-8:])[0]}" \
                if key in want else key.hex()[:16]
            faults.add("dedupe", where, "its sender and id are not "
                       "remembered as they were decided")


def _nodes(fold, faults, tables):
    want = {n.encode(): bytes([n in fold.suspended]) + a.approved
            for n, a in fold.admitted.items()}
    for key in want.keys() | tables["node"].keys():
        if tables["node"].get(key) != want.get(key):
            faults.add("node", key.decode("utf-8", "replace"), "stored "
                       "otherwise than the log admits or suspends it")


def _meta(fold, faults, table):
    """The cards that held a certificate, and the doors given."""
    want = {b"card/" + f: cards[-1][1] for f, cards in fold.cards.items()}
    want.update((f"door/{node}/{seat}".encode(), U32.pack(door))
                for (node, seat), door in fold.doors.items())
    if fold.manifest_digest is not None:
        want[b"manifest"] = U64.pack(fold.in_force)
    if fold.admitted:
        want[b"doors"] = U32.pack(fold.last_door)
    _compare(faults, "node", "meta", table, want)


def _law(fold, faults, table):
    """Every text that a manifest named, and who approved that manifest."""
    want = {b"approved/" + d: p for d, p in fold.approved.items()}
    want.update((d, table.get(d)) for d in fold.texts)
    _compare(faults, "manifest", "law", table, want)


def _compare(faults, kind, name, table, want):
    for key in sorted(want.keys() | table.keys()):
        if key in table and table[key] == want.get(key):
            continue
        found = "a row" if key in table else "nothing"
        expected = "none" if key not in want else \
            "another" if key in table else "one"
        faults.add(kind, f"{name} {_printable(key)}",
                   f"found {found}, expected {expected}")


def _printable(key):
    """A name as it is, a digest and numbers in hex."""
    if key[:1] < b" ":
        return key.hex()
    name, digest = (key[:-32], key[-32:]) if len(key) == 32 or \
        key[-33:-32] == b"/" else (key, b"")
    return name.decode("utf-8", "replace") + digest.hex()[:16]



def _decoded(name, packed):
    try:
        return SCHEMA.decode(name, packed)
    except WireError as e:
        return str(e)


def _cases(fold, faults, tables):
    have = {k: _decoded("Case", v) for k, v in tables["case"].items()}
    want = {k: c.as_object() for k, c in fold.cases.items()}
    for key in want.keys() | have.keys():
        if have.get(key) != want.get(key):
            faults.add("case", f"case {key.hex()}", "stored otherwise than "
                       f"its messages made it: {_differ(have, want, key)}")
    alone = {k: n for k, n in fold.persons.alone.items() if n}
    stored = {k: U64.unpack(v)[0] for k, v in tables["person"].items()
              if len(v) == 8 and v != bytes(8)}
    stray = [k for k, v in tables["person"].items()
             if len(v) != 8 or k not in fold.persons.alone]
    if alone != stored:
        faults.add("case", "persons", f"police have {sum(stored.values())} "
                   f"cases of persons alone, expected {sum(alone.values())}")
    elif stray:
        faults.add("case", "persons", f"found a row for {stray[0].hex()}, "
                   "expected none")


def _differ(have, want, key):
    a, b = have.get(key), want.get(key)
    if not isinstance(a, dict) or not isinstance(b, dict):
        return f"found {a or 'none'}, expected {b and 'one' or 'none'}"
    return "; ".join(f"{f}: found {_short(a.get(f))}, expected "
                     f"{_short(b.get(f))}"
                     for f in sorted(a.keys() | b.keys())
                     if a.get(f) != b.get(f))


def _short(value):
    return value.hex() if isinstance(value, bytes) else value


def _mailbox(fold, faults, table):
    have = {}
    for key, packed in table.items():
        node, _, rest = key.partition(b"\x00")
        if len(rest) != 9:
            faults.add("mailbox", node.decode("utf-8", "replace"),
                       "a key that is none")
            continue
        where = node.decode("utf-8", "replace"), U64.unpack(rest[1:])[0]
        if where in have:
            faults.add("mailbox", f"entry {where[1]} to {where[0]}",
                       "waits twice, in both lanes")
        item = fold.mailbox.get(where)
        if where not in have or (item is not None and item.lane == rest[0]):
            have[where] = rest[0], _decoded("MailboxItem", packed)
    for node, index in sorted(have.keys() - fold.mailbox.keys()):
        where = f"entry {index} to {node}"
        if (node, index) in fold.acks:
            faults.add("waiting", where, "found it in the mailbox, expected "
                       "it gone: answered in entry "
                       f"{fold.acks[(node, index)]}")
        else:
            faults.add("mailbox", where, "found it in the mailbox, expected "
                       "nothing: no permit in the log")
    for (node, index), item in sorted(fold.mailbox.items()):
        where = f"entry {index} to {node}"
        if (node, index) not in have:
            if item.role in POLICE or \
                    item.message.header["expires"] > fold.last:
                faults.add("lost", where, "permitted and not expired, or to "
                           "police, found in neither the mailbox nor an ack")
            continue
        lane, stored = have[(node, index)]
        _item(faults, where, lane, stored, item)


def _item(faults, where, lane, stored, item):
    want = item.as_object()
    if item.role is None:
        want.pop("role")
    if not isinstance(stored, dict):
        faults.add("mailbox", where, f"found {stored}")
        return
    if stored["part"] != want["part"]:
        extra = [k for k in stored["part"] if k not in want["part"]]
        faults.add("handed", where, f"{len(stored['part'])} parts wait for it,"
                   f" {len(extra)} of them not meant for it, expected exactly"
                   f" its {len(want['part'])}")
    rest = [k for k in want if k not in ("part", "size") and
            stored.get(k) != want[k]]
    if stored["part"] == want["part"] and stored["size"] != want["size"]:
        rest.append("size")
    if lane != item.lane:
        stored, want = dict(stored, lane=lane), dict(want, lane=item.lane)
        rest.append("lane")
    if rest:
        faults.add("mailbox", where, "stored otherwise than decided: " +
                   ", ".join(f"{k} is {_short(stored.get(k))}, expected "
                             f"{_short(want.get(k))}"
                             for k in rest))


def _stages(fold, faults, table):
    have = set()
    for key, value in table.items():
        if len(key) != 16 or value:
            faults.add("stage", key.hex(), "found a row that is none")
        if len(key) == 16:
            have.add((U64.unpack(key[:8])[0], U64.unpack(key[8:])[0]))
    for message, ack in sorted(have ^ fold.stages):
        faults.add("stage", f"entry {message}", f"its answer in entry {ack} is"
                   + (" not kept for its sender" if (message, ack) not in have
                      else " kept, and is none"))
