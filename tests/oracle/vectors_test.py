#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The oracle's own tree, notes, parts and signatures against the vectors of
docs/protocol.md section 12, read from that page; and its decoder against
encodings that are not the one valid one."""
import base64
import os
import re
import struct
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

import keys  # noqa: E402
import merkle  # noqa: E402
from snapshot import commitment, header_digest  # noqa: E402
from words import SCHEMA  # noqa: E402
from wire import WireError, pack_field  # noqa: E402

bad = 0


def check(what, got, want=True):
    global bad
    if got == want:
        print(f"ok: {what}")
    else:
        bad += 1
        print(f"NOT OK: {what}: found {got}, expected {want}")


with open(f"{HERE}/../../docs/protocol.md", encoding="utf-8") as f:
    PAGE = f.read().split("## 12 Vectors")[1]


def hexes(name, count=1):
    """The hex behind a name, over count lines."""
    line = r"\s*([0-9a-f]+)\n" * count
    return bytes.fromhex("".join(re.search(
        rf"^    {re.escape(name)}{line}", PAGE, re.M).groups()))


LEAVES = [b""] + [bytes.fromhex(h) for h in
                  PAGE.split("(empty)\n")[1].split("\n\n")[0].split()]
ROOTS = [bytes.fromhex(h) for h in
         re.findall(r"^    [0-8] ([0-9a-f]{64})$", PAGE, re.M)]


def naive_root(leaves):
    if len(leaves) <= 1:
        return leaves[0] if leaves else merkle.EMPTY
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.node(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(leaves, i):
    if len(leaves) <= 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if i < k:
        return naive_path(leaves[:k], i) + [naive_root(leaves[k:])]
    return naive_path(leaves[k:], i - k) + [naive_root(leaves[:k])]


def naive_consistency(leaves, m, whole=True):
    n = len(leaves)
    if m == n:
        return [] if whole else [naive_root(leaves)]
    k = 1 << (n - 1).bit_length() - 1
    if m <= k:
        return naive_consistency(leaves[:k], m, whole) + \
            [naive_root(leaves[k:])]
    return naive_consistency(leaves[k:], m - k, False) + \
        [naive_root(leaves[:k])]


def trees():
    hashed = [merkle.leaf(x) for x in LEAVES]
    tree = merkle.Tree(hashed)
    check("the roots of the page", [tree.root(n) for n in range(9)], ROOTS)
    check("a leaf", merkle.leaf(b"L123456"), hexes('leaf("L123456")'))
    check("a node", merkle.node(b"N123", b"N456"),
          hexes('node("N123","N456")'))
    many = [merkle.leaf(struct.pack(">I", i)) for i in range(70)]
    tree = merkle.Tree(many)
    good = forged = True
    for n in range(1, 71):
        root = naive_root(many[:n])
        good &= tree.root(n) == root
        for i in range(n):
            path = naive_path(many[:n], i)
            good &= merkle.root_from_inclusion(many[i], i, n, path) == root
            for wrong in (path + [root], path[:-1]):
                forged &= not path or merkle.root_from_inclusion(
                    many[i], i, n, wrong) != root
        for m in range(1, n + 1):
            path = naive_consistency(many[:n], m)
            first = naive_root(many[:m])
            good &= merkle.is_consistent(m, n, first, root, path)
            forged &= not merkle.is_consistent(m, n, merkle.EMPTY, root, path)
    check("all proofs of all sizes up to 70", good)
    check("no longer, shorter or other proof holds", forged)


def parts():
    salt = bytes(range(32))
    part = hexes("part")
    check("a part's commitment", commitment(17, 0, salt, part),
          hexes("commitment"))
    header = b"".join(bytes.fromhex(x) for x in re.findall(
        r"^    ([0-9a-f]{10,64})$",
        PAGE.split("from 2026-01-05T08:00:00Z")[1].split("    digest")[0],
        re.M))
    check("a header's digest", header_digest(header), hexes("digest"))
    h = SCHEMA.decode("Header", header)
    check("a header reads", (h["sender"], h["role"], h["kind"]),
          ("kommune/0101", "kom_tovholder", "concern"))
    return header_digest(header)


def signatures(digest):
    key = bytes.fromhex(re.search(r"public key\n`([0-9a-f]{64})`", PAGE)[1])
    alone, third = PAGE.split("and as the first of three")
    for what, text, count in (("alone", alone, 1), ("of three", third, 3)):
        value = bytes.fromhex("".join(re.search(
            r"^    value +([0-9a-f]+)\n +([0-9a-f]+)$", text, re.M).groups()))
        path = re.search(r"^    path +([0-9a-f]+)\n +([0-9a-f]+)$", text,
                         re.M)
        path = [bytes.fromhex(p) for p in path.groups()] if count > 1 else []
        root = merkle.root_from_inclusion(merkle.leaf(digest), 0, count, path)
        signed = b"infohus.v1/message\0" + struct.pack(">I", count) + root
        check(f"a signature {what}", keys.ed25519_ok(key, signed, value))
        check(f"not one bit otherwise {what}", keys.ed25519_ok(
            key, signed[:-1] + bytes([signed[-1] ^ 1]), value), False)


def notes():
    vkey = merkle.Vkey(re.search(r"`(example.com/foo\+\S+)`", PAGE)[1])
    line = re.search(r"(\u2014 example.com/foo \S+)", PAGE)[1]
    raw = base64.b64decode(line.split(" ")[2])
    check("a note of the page", keys.ed25519_ok(
        vkey.key, b"This is an example message.\n", raw[4:]))
    check("its key id", raw[:4], vkey.id)
    root = base64.b64encode(bytes(32)).decode()
    sign = f"\n\u2014 o {base64.b64encode(bytes(68)).decode()}\n"
    for what, text in (
            ("a leading zero", f"o\n05\n{root}\n"),
            ("a line more", f"o\n5\n{root}\nmore\n"),
            ("a short root", f"o\n5\n{root[:-4]}\n"),
            ("a control character", f"o\t\n5\n{root}\n")):
        try:
            merkle.parse_checkpoint((text + sign).encode())
            check(f"no checkpoint with {what}", "taken", "refused")
        except merkle.NoteError:
            check(f"no checkpoint with {what}", True)
    check("a plain checkpoint", merkle.parse_checkpoint(
        (f"o\n5\n{root}\n" + sign).encode()).size, 5)


def encodings():
    good = pack_field(1, 2) + pack_field(2, 1) + pack_field(3, b"x")
    check("an object", SCHEMA.decode("Object", good),
          {"kind": 2, "version": 1, "bytes": b"x"})
    for what, data in (
            ("a field twice", pack_field(1, 2) + good),
            ("fields out of order", pack_field(3, b"x") + good),
            ("a field missing", pack_field(1, 2)),
            ("an unknown field", good + pack_field(4, 1)),
            ("a long varint", b"\x08\x82\x00" + good[2:]),
            ("something after it", good + b"\0"),
            ("a part cut off", good[:-1])):
        try:
            SCHEMA.decode("Object", data)
            check(f"no object with {what}", "taken", "refused")
        except WireError:
            check(f"no object with {what}", True)
    for what, data in (("an unknown enum number", pack_field(6, b"\x63")),
                       ("an empty list", pack_field(6, b"")),
                       ("a NUL in text", pack_field(1, b"a\0"))):
        try:
            SCHEMA.decode("Addressee", data + pack_field(5, 0)
                          if data[0] >> 3 < 5 else pack_field(5, 0) + data)
            check(f"no addressee with {what}", "taken", "refused")
        except WireError:
            check(f"no addressee with {what}", True)


trees()
signatures(parts())
notes()
encodings()
sys.exit(1 if bad else 0)
