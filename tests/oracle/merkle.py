# SPDX-License-Identifier: MIT
"""RFC 6962 trees and proofs, C2SP notes: docs/protocol.md section 8."""
import base64
import hashlib

EMPTY = hashlib.sha256(b"").digest()


def sha(data):
    return hashlib.sha256(data).digest()


def leaf(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """All complete subtrees over a list of leaf hashes, level by level."""

    def __init__(self, leaves):
        self.level = [list(leaves)]
        while len(self.level[-1]) > 1:
            below = self.level[-1]
            self.level.append([node(below[i], below[i + 1])
                               for i in range(0, len(below) - 1, 2)])
        self.size = len(self.level[0])

    def root(self, size):
        """Of the first size leaves."""
        if size == 0:
            return EMPTY
        done, peaks = 0, []
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                peaks.append(self.level[level][done >> level])
                done += 1 << level
        out = peaks.pop()
        while peaks:
            out = node(peaks.pop(), out)
        return out


def root_from_inclusion(r, index, size, path):
    """The root that a path leads to; None when it cannot be one."""
    if index >= size:
        return None
    fn, sn = index, size - 1
    for p in path:
        if sn == 0 or len(p) != 32:
            return None
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def is_consistent(first, second, first_root, second_root, path):
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    path = list(path)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == first_root and sr == second_root and sn == 0


class NoteError(ValueError):
    """What is wrong with a note."""


class Checkpoint:
    def __init__(self, origin, size, root, text, signatures):
        self.origin, self.size, self.root = origin, size, root
        self.text, self.signatures = text, signatures


def parse_checkpoint(note):
    """A checkpoint with its signature lines, unverified."""
    try:
        text = note.decode("utf-8")
    except UnicodeDecodeError:
        raise NoteError("a note that is not UTF-8") from None
    if any(c < " " and c != "\n" for c in text):
        raise NoteError("a note with control characters")
    split = text.rfind("\n\n")
    if split < 0 or not text.endswith("\n"):
        raise NoteError("a note without signatures")
    body, lines = text[:split + 1], text[split + 2:].split("\n")[:-1]
    if not 1 <= len(lines) <= 100:
        raise NoteError(f"a note with {len(lines)} signatures")
    signatures = []
    for line in lines:
        word = line.split(" ")
        if len(word) != 3 or word[0] != "\u2014" or word[1] == "":
            raise NoteError("a signature line that is none")
        raw = _base64(word[2])
        if raw is None or len(raw) < 5:
            raise NoteError("a signature line that is none")
        signatures.append((word[1], raw[:4], raw[4:]))
    return _three_lines(body, signatures)


def _three_lines(body, signatures):
    line = body.split("\n")
    if len(line) != 4 or not line[1].isascii() or not line[1].isdigit() or \
            str(int(line[1])) != line[1]:
        raise NoteError("a note that is not the three lines of a checkpoint")
    root = _base64(line[2])
    if root is None or len(root) != 32:
        raise NoteError("a checkpoint without a root")
    return Checkpoint(line[0], int(line[1]), root, body.encode(), signatures)


def _base64(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if base64.b64encode(raw).decode() == text else None


class Vkey:
    """<name>+<keyid>+<base64(type || key)>, of type Ed25519."""

    def __init__(self, text):
        part = text.strip().split("+", 2)
        raw = _base64(part[2]) if len(part) == 3 else None
        if raw is None or len(raw) != 33 or raw[0] != 1:
            raise NoteError("not the vkey of an Ed25519 key")
        self.name, self.key = part[0], raw[1:]
        self.id = sha(self.name.encode() + b"\n" + raw)[:4]
        if self.id.hex() != part[1]:
            raise NoteError("a vkey whose key id is not that of its key")
