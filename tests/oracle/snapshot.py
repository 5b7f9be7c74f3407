# SPDX-License-Identifier: MIT
"""A ledger snapshot as it lies on disk: docs/protocol.md section 9."""
import os
import struct

import lmdb

from merkle import sha
from words import SCHEMA
from wire import WireError

TABLES = ("entry", "tree", "part", "law", "node", "dedupe", "case", "person",
          "mailbox", "stage", "park", "meta")
PART_KINDS = {"grounds": 1, "addressee": 2, "verdict": 3, "details": 4}
PART_MESSAGE = {"grounds": "Grounds", "addressee": "Addressee",
                "verdict": "Verdict", "details": "Details"}
SECTION = {number: field for number, field in
           ((f.number, f) for f in SCHEMA.message["Sections"].field.values())}


class SnapshotError(Exception):
    """It cannot be read at all."""


class Snapshot:
    def __init__(self, folder):
        self.folder = folder
        self.table = {}
        try:
            env = lmdb.open(folder, readonly=True, lock=False, create=False,
                            max_dbs=len(TABLES) + 4)
        except lmdb.Error as e:
            raise SnapshotError(f"{folder}: {e}") from None
        try:
            self._read(env)
        except lmdb.Error as e:
            raise SnapshotError(f"{folder}: {e}") from None
        finally:
            env.close()
        self.entries = [v for _, v in sorted(self.table["entry"].items())]
        for i, key in enumerate(sorted(self.table["entry"])):
            if key != struct.pack(">Q", i):
                raise SnapshotError(f"{folder}: entry {i} is missing")

    def _read(self, env):
        for name in TABLES:
            try:
                db = env.open_db(name.encode(), create=False)
            except lmdb.NotFoundError:
                self.table[name] = {}
                continue
            with env.begin(db) as txn:
                self.table[name] = dict(txn.cursor())

    def checkpoint(self):
        """The signed note beside it, or None."""
        try:
            with open(os.path.join(self.folder, "checkpoint"), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None


def commitment(kind, form, salt, part):
    return sha(b"infohus.v1/part\x00" + bytes([kind, form]) + salt +
               struct.pack(">I", len(part)) + part)


FORM = SCHEMA.enum["Form"].number


def opening_commitment(o):
    """Of a decoded Opening; None for one that opens nothing."""
    if len(o["salt"]) != 32 or o["kind"] > 255:
        return None
    return commitment(o["kind"], FORM[o["form"]], o["salt"], o["part"])


def header_digest(header):
    return sha(b"infohus.v1/header\x00" + header)


def part_of(opening):
    """(name, decoded part) of an opening: grounds, …, or a category."""
    kind = opening["kind"]
    for name, number in PART_KINDS.items():
        if kind == number:
            return name, SCHEMA.decode(PART_MESSAGE[name], opening["part"])
    if kind not in SECTION:
        raise WireError(f"a part of the unknown kind {kind}")
    return (SCHEMA.enum["Category"].word[kind],
            SCHEMA.decode(SECTION[kind].of.name, opening["part"]))


class Parts:
    """The detached parts of a snapshot, and which of them were asked for."""

    def __init__(self, table):
        self.table = table
        self.used = set()
        self._open = {}

    def open(self, key):
        """(name, part, size of the part); WireError says what is wrong."""
        found = self._open.get(key)
        if found is None:
            self.used.add(key)
            packed = self.table.get(key)
            if packed is None:
                raise WireError("a part that is not stored")
            opening = SCHEMA.decode("Opening", packed)
            if opening_commitment(opening) != key:
                raise WireError("a part that does not open its commitment")
            found = self._open[key] = (*part_of(opening),
                                       len(opening["part"]))
        return found

    def of_kind(self, key, name):
        found = self.open(key)
        if found[0] != name:
            raise WireError(f"a part {found[0]}, expected {name}")
        return found[1]

    def header(self, digest):
        """(header, its size)."""
        self.used.add(digest)
        raw = self.table.get(digest)
        if raw is None:
            raise WireError("a header that is not stored")
        if header_digest(raw) != digest:
            raise WireError("a header that does not have its digest")
        return SCHEMA.decode("Header", raw), len(raw)
