# SPDX-License-Identifier: MIT
"""The encoding of docs/protocol.md section 1, driven by proto/infohus.proto.

decode() takes the one valid encoding of an object and nothing else: fields
in order, shortest varints, no unknown field, no unknown enum number, clean
text, nothing after the object. Objects become dicts of the fields that are
there; a repeated field is always there, as a list; an enum is its word in
lower case without the prefix of its list.
"""
import base64
import os
import re

PROTO = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                     "..", "..", "proto", "infohus.proto")

VARINT, BYTES = 0, 2
DECODED_MAX = 50000  # some 100 MiB
LARGEST = {"uint32": 1 << 32, "uint64": 1 << 64, "bool": 2}


class WireError(ValueError):
    """Not the one valid encoding; says what was found."""


class Enum:
    def __init__(self, name):
        self.name = name
        self.word = {}
        self.number = {}


class Field:
    __slots__ = ("number", "name", "label", "type", "of", "wire", "packed",
                 "repeated", "limit")

    def __init__(self, number, name, label, kind):
        self.number, self.name, self.label, self.type = \
            number, name, label, kind
        self.of = None
        self.repeated = label == "repeated"
        self.packed = False
        self.wire = BYTES
        self.limit = LARGEST.get(kind)


class Message:
    def __init__(self, name):
        self.name = name
        self.field = {}
        self.by_name = {}
        self.required = ()
        self.repeated = ()


def _snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


class Schema:
    """The messages and enums of a .proto file, by name."""

    def __init__(self, path=PROTO):
        with open(path, encoding="utf-8") as f:
            text = re.sub(r"//[^\n]*", "", f.read())
        self.message, self.enum, self._decoded = {}, {}, {}
        for what, name, body in re.findall(
                r"\b(message|enum)\s+(\w+)\s*\{([^{}]*)\}", text):
            if what == "enum":
                self._enum(name, body)
            else:
                self._message(name, body)
        for m in self.message.values():
            self._resolve(m)

    def _enum(self, name, body):
        e = self.enum[name] = Enum(name)
        prefix = _snake(name) + "_"
        for value, number in re.findall(r"(\w+)\s*=\s*(\d+)", body):
            word = value.removeprefix(prefix).lower()
            e.word[int(number)] = word
            e.number[word] = int(number)

    def _message(self, name, body):
        m = self.message[name] = Message(name)
        for label, kind, field, number in re.findall(
                r"(required|optional|repeated)\s+(\w+)\s+(\w+)\s*=\s*(\d+)",
                body):
            f = Field(int(number), field, label, kind)
            m.field[f.number] = f
            m.by_name[field] = f

    def _resolve(self, m):
        for f in m.field.values():
            if f.type in self.message:
                f.of, f.type = self.message[f.type], "message"
            elif f.type in self.enum:
                f.of, f.type = self.enum[f.type], "enum"
            if f.type in ("enum", "uint32", "uint64", "bool"):
                f.packed = f.repeated
                f.wire = BYTES if f.packed else VARINT
        m.required = tuple(f.name for f in m.field.values()
                           if f.label == "required")
        m.repeated = tuple(f.name for f in m.field.values() if f.repeated)

    def decode(self, name, data):
        """Read only: the same bytes give the same object again, because
        the ledgers of a batch are mostly made of the same ones."""
        key = (name, bytes(data))
        found = self._decoded.get(key)
        if found is None:
            found = _object(self.message[name], key[1])
            if len(self._decoded) >= DECODED_MAX:
                self._decoded.clear()
            self._decoded[key] = found
        return found


def read_varint(data, at):
    """(value, where it ends)."""
    return _varint(data, at, len(data))


def _varint(data, at, end):
    byte = data[at] if at < end else 0x80
    if byte < 0x80:
        return byte, at + 1
    value = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        if byte < 0x80:
            if byte == 0 and shift > 0:
                raise WireError("a varint longer than it needs to be")
            if value >= 1 << 64:
                break
            return value, at
        shift += 7
        if shift > 63:
            break
    raise WireError("a number that does not end or is too large")


def _number(f, value):
    if f.type == "enum":
        word = f.of.word.get(value)
        if word is None:
            raise WireError(f"{f.name}: the number {value} is not in "
                            f"{f.of.name}")
        return word
    if value >= f.limit:
        raise WireError(f"{f.name}: the number {value} is too large")
    return bool(value) if f.type == "bool" else value


_DIRTY = re.compile("[\x00-\x09\x0b-\x1f\x7f]")


def _bytes(f, data):
    if f.type == "bytes":
        return data
    if f.type == "message":
        return _object(f.of, data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError(f"{f.name}: text that is not UTF-8") from None
    if _DIRTY.search(text):
        raise WireError(f"{f.name}: text with control characters")
    return text


def _packed(f, data):
    out, at, end = [], 0, len(data)
    if end == 0:
        raise WireError(f"{f.name}: a packed list without anything in it")
    while at < end:
        value, at = _varint(data, at, end)
        out.append(_number(f, value))
    return out


def _object(m, data):
    out = {name: [] for name in m.repeated}
    field = m.field
    at, end, last = 0, len(data), 0
    while at < end:
        key, at = _varint(data, at, end)
        f = field.get(key >> 3)
        if f is None or key & 7 != f.wire:
            raise WireError(f"{m.name}: an unknown field {key >> 3}")
        if f.number < last or (f.number == last and
                               (not f.repeated or f.packed)):
            raise WireError(f"{m.name}: {f.name} twice or out of order")
        last = f.number
        value, at = _varint(data, at, end)
        if f.wire == VARINT:
            out[f.name] = _number(f, value)
            continue
        if value > end - at:
            raise WireError(f"{m.name}: {f.name} is cut off")
        part = data[at:at + value]
        at += value
        if f.packed:
            out[f.name] = _packed(f, part)
        elif f.repeated:
            out[f.name].append(_bytes(f, part))
        else:
            out[f.name] = _bytes(f, part)
    for name in m.required:
        if name not in out:
            raise WireError(f"{m.name}: {name} is missing")
    return out


def pack_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def pack_field(number, value):
    """One field: an int as a varint, bytes as they are."""
    if isinstance(value, int):
        return pack_varint(number << 3 | VARINT) + pack_varint(value)
    return (pack_varint(number << 3 | BYTES) + pack_varint(len(value)) +
            value)


def same_as_json(m, value, found):
    """Does a JSON value say what the decoded object says? (section 10)"""
    if not isinstance(found, dict):
        return False
    names = {n for n, v in value.items() if v != [] or n not in m.repeated}
    if names != {n for n, v in found.items() if v != []}:
        return False
    return all(_same(m.by_name[n], value[n], found[n]) for n in names)


def _same(f, value, found):
    if f.repeated and isinstance(value, list):
        return (isinstance(found, list) and len(found) == len(value) and
                all(_same_one(f, v, w) for v, w in zip(value, found)))
    return _same_one(f, value, found)


def _same_one(f, value, found):
    if f.type == "message":
        return same_as_json(f.of, value, found)
    if f.type == "bytes":
        return found == base64.b64encode(value).decode()
    if f.type == "uint64" and isinstance(found, str):
        return found == time_text(value)
    return found == value and isinstance(found, type(value))


def time_text(ms):
    """RFC 3339, with milliseconds."""
    from datetime import datetime, timedelta
    t = datetime(1970, 1, 1) + timedelta(milliseconds=ms)
    return t.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"
