# SPDX-License-Identifier: MIT
"""Damages one run by hand, in one place at a time, and has it judged.

    damage.py ORACLE-ARGUMENTS... < /dev/null

Each case below names the kinds of fault that must be reported, exactly, and
words of one of them where the kind alone does not tell.
Prints "ok: …" or "NOT OK: …" for each; everything is put back after it.
"""
import contextlib
import glob
import os
import shutil
import struct
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import lmdb  # noqa: E402

import oracle  # noqa: E402
import wire  # noqa: E402
from snapshot import SnapshotError, opening_commitment  # noqa: E402
from words import SCHEMA  # noqa: E402
from wire import pack_field  # noqa: E402

U64 = struct.Struct(">Q")


def flip(data, at=-1):
    out = bytearray(data)
    out[at] ^= 1
    return bytes(out)


def fields(data):
    """(number, bytes) of each field; all of a receipt are below 16."""
    at = 0
    while at < len(data):
        value, end = wire.read_varint(data, at + 1)
        end += value if data[at] & 7 == wire.BYTES else 0
        yield data[at] >> 3, data[at:end]
        at = end


class Run:
    """The arguments of one run, and hands to damage it with."""

    def __init__(self, words):
        self.args = oracle.Arguments(words)
        self.sender = self.args.seats[0]

    @contextlib.contextmanager
    def table(self, name):
        env = lmdb.open(self.args.snapshot, max_dbs=16, sync=False,
                        map_size=1 << 26)
        try:
            with env.begin(env.open_db(name.encode()), write=True) as txn:
                yield txn
        finally:
            env.close()

    def append(self, kind, details=None, same=2):
        """An entry after the last one, like that of index same."""
        raw = self.rows("entry")[same][1]
        e, body = SCHEMA.decode("Entry", raw), b""
        last = SCHEMA.decode("Entry", self.rows("entry")[-1][1])
        if details is not None:
            opening = {"kind": 4, "form": "plain", "salt": bytes(32),
                       "part": details}
            body = opening_commitment(opening)
            self.change("part", body, pack_field(1, 4) + pack_field(2, 0) +
                        pack_field(3, bytes(32)) + pack_field(4, details))
        kind = SCHEMA.enum["EntryKind"].number[kind]
        self.change("entry", U64.pack(len(self.rows("entry"))),
                    pack_field(1, 1) + pack_field(2, kind) +
                    pack_field(3, last["recorded_at"]) +
                    pack_field(5, e["manifest"]) +
                    (pack_field(7, body) if body else b""))

    def rows(self, name):
        with self.table(name) as t:
            return list(t.cursor())

    def entries(self, kind):
        return [i for i, (_, v) in enumerate(self.rows("entry"))
                if SCHEMA.decode("Entry", v)["kind"] == kind]

    def change(self, name, key, value):
        with self.table(name) as t:
            t.delete(key) if value is None else t.put(key, value)

    def file(self, pattern, nth=0):
        return sorted(glob.glob(pattern))[nth]

    def rewrite(self, path, change):
        with open(path, "rb") as f:
            data = f.read()
        with open(path, "wb") as f:
            f.write(change(data))

    def receipt(self):
        return self.file(self.sender + "/state/sent/*.receipt")

    def stage(self):
        with open(self.receipt(), "rb") as f:
            return SCHEMA.decode("Receipt", f.read())["stage"][0]

    def rereceipt(self, change):
        """The receipt without, or with other, fields: change gives bytes."""
        self.rewrite(self.receipt(), lambda d: b"".join(
            change(n, raw) for n, raw in fields(d)))

    def inbox(self, nth=0):
        used = [folder for _, folder in self.args.inboxes
                if glob.glob(folder + "/*.json")]
        return self.file(used[nth] + "/*.json")


# Each: what is done, what must be found.
CASES = []


def case(*kinds, says=""):
    def add(f):
        CASES.append((f.__doc__, f, sorted(kinds), says))
        return f
    return add


@case("entry", "receipt", "tree", "offer", "ack", "inbox", "checkpoint",
      "stage", "dedupe", "case", "part")
def _(r):
    """one bit of a message's entry is flipped"""
    i = r.entries("message")[0]
    r.change("entry", U64.pack(i), flip(r.rows("entry")[i][1]))


@case("tree", "checkpoint")
def _(r):
    """the time of the last stop is changed"""
    i = r.entries("stopped")[-1]
    raw = r.rows("entry")[i][1]
    at = SCHEMA.decode("Entry", raw)["recorded_at"]
    r.change("entry", U64.pack(i), raw.replace(
        pack_field(3, at), pack_field(3, at + 60000)))


@case("checkpoint", "receipt", "tree", "case", "dedupe", "inbox", "part",
      "stage")
def _(r):
    """the log ends before the first message"""
    for i in range(r.entries("message")[0], len(r.rows("entry"))):
        r.change("entry", U64.pack(i), None)


@case("unreadable")
def _(r):
    """an entry is missing in the middle"""
    r.change("entry", U64.pack(3), None)


@case("tree")
def _(r):
    """a stored hash is gone"""
    r.change("tree", b"\x01" + U64.pack(1), None)


@case("tree")
def _(r):
    """a stored hash is another"""
    key = b"\x02" + U64.pack(0)
    r.change("tree", key, flip(dict(r.rows("tree"))[key]))


@case("entry", "offer", "ack", "inbox", "stage", "dedupe", "case", "part",
      "receipt")
def _(r):
    """the grounds of a message are changed"""
    for key, value in r.rows("part"):
        if b"Vurdering af bekymring" in value:
            r.change("part", key, value.replace(b"Vurdering", b"vurdering"))


@case("part")
def _(r):
    """a part is stored that no entry names"""
    r.change("part", bytes(32), b"\x08\x01")


@case("entry", "twice", "tree", "permit", "case", "lost", "verdict")
def _(r):
    """a message's entry stands twice"""
    rows = r.rows("entry")
    r.change("entry", U64.pack(len(rows)),
             rows[r.entries("message")[0]][1])


@case("dedupe")
def _(r):
    """a decision is forgotten"""
    r.change("dedupe", r.rows("dedupe")[0][0], None)


@case("case")
def _(r):
    """a case is forgotten"""
    r.change("case", r.rows("case")[0][0], None)


@case("node")
def _(r):
    """a node is suspended that the log never suspended"""
    key, value = r.rows("node")[0]
    r.change("node", key, b"\x01" + value[1:])


@case("stage")
def _(r):
    """a recipient's ack is not kept for the sender"""
    r.change("stage", r.rows("stage")[0][0], None)


@case("manifest", "entry", "offer", "ack", "inbox", "stage", "case", "node",
      "signature", "receipt", "rejected")
def _(r):
    """the rules in force are not kept"""
    for key, value in r.rows("law"):
        if b"\nrules:" in value:
            r.change("law", key, None)


@case("waiting")
def _(r):
    """what was acknowledged lies in the mailbox again"""
    key = b"politi/1470\x00\x00" + U64.pack(r.entries("message")[0])
    r.change("mailbox", key, b"")


@case("mailbox")
def _(r):
    """something waits that nobody was permitted"""
    r.change("mailbox", b"politi/1470\x00\x00" + U64.pack(1), b"")


@case("receipt")
def _(r):
    """a receipt's inclusion proof is another"""
    with open(r.receipt(), "rb") as f:
        path = SCHEMA.decode("Receipt", f.read())["inclusion"]
    r.rewrite(r.receipt(), lambda d: d.replace(path[0], flip(path[0])))


@case("receipt")
def _(r):
    """a receipt's verdict is another"""
    r.rewrite(r.receipt(), lambda d: d.replace(b"politi/1470", b"politi/1471"))


@case("duty")
def _(r):
    """a receipt reminds of something that no law asks"""
    r.rewrite(r.file(r.sender + "/state/sent/*.receipt", 1),
              lambda d: d + pack_field(9, b"Husk jakken"))


@case("checkpoint")
def _(r):
    """a receipt's checkpoint is not signed by the log"""
    with open(r.receipt(), "rb") as f:
        note = SCHEMA.decode("Receipt", f.read())["checkpoint"]
    at = note.rindex(b" ") + 20
    other = note[:at] + (b"A" if note[at:at + 1] != b"A" else b"B") + \
        note[at + 1:]
    r.rewrite(r.receipt(), lambda d: d.replace(note, other))


@case("receipt")
def _(r):
    """two receipts are swapped"""
    one, other = r.receipt(), r.file(r.sender + "/state/sent/*.receipt", 1)
    os.rename(one, one + ".x")
    os.rename(other, one)
    os.rename(one + ".x", other)


@case("receipt")
def _(r):
    """a message was sent and has no receipt"""
    os.unlink(r.receipt())


@case("checkpoint")
def _(r):
    """a seat saw a tree of another log"""
    with open(r.sender + "/state/unproven", "w", encoding="ascii") as f:
        f.write("5 " + "ab" * 32 + "\n")


@case("rejected")
def _(r):
    """a seat noted one rejection more than the log counts"""
    one = r.file(r.sender + "/state/refused/*.reject")
    shutil.copy2(one, one.replace("0005.reject", "0006.reject"))


@case("handed")
def _(r):
    """the kommune has what was meant for police"""
    shutil.copy(r.inbox(0), r.inbox(1))


@case("inbox")
def _(r):
    """what an inbox holds was changed"""
    r.rewrite(r.inbox(), lambda d: d.replace(b"Fiktiv\"", b"Fiktum\""))


@case("inbox")
def _(r):
    """a message was acknowledged and is not there"""
    os.unlink(r.inbox())


@case("inbox")
def _(r):
    """an inbox has a message under another entry's number"""
    one = r.inbox()
    folder, name = os.path.split(one)
    index = r.entries("message")[1]
    os.rename(one, f"{folder}/{index}-{name.split('-', 1)[1]}")


@case("inbox")
def _(r):
    """a seat noted another message than the one received"""
    r.rewrite(r.file(r.args.seats[1] + "/state/received/*"),
              lambda d: b"00" + d[2:])


# ------------------------------------------------- the log and its tables

@case("tree", "entry", says="no service has started")
def _(r):
    """something is recorded after the stop"""
    r.append("tick")


@case("tree", "consulted", says="no auditor")
def _(r):
    """a jobcenter has read the log"""
    r.append("started")
    r.append("consulted", pack_field(2, b"kommune/0101/jobcenter") +
             pack_field(10, 0) + pack_field(13, 3))


@case("tree", "checkpoint", "receipt", "verdict",
      says="as a whole: found the code 231, expected ok")
def _(r):
    """a message's details have another code"""
    i = r.entries("message")[1]
    raw = r.rows("entry")[i][1]
    key = SCHEMA.decode("Entry", raw)["details"]
    opening = dict(SCHEMA.decode("Opening", dict(r.rows("part"))[key]))
    number = {f.name: n for n, f in SCHEMA.message["Details"].field.items()}
    at = wire.pack_field(number["skew_ms"], SCHEMA.decode(
        "Details", opening["part"])["skew_ms"])
    assert opening["part"].count(at) == 1
    opening["part"] = opening["part"].replace(
        at, at + pack_field(number["code"], 231))
    other = opening_commitment(opening)
    r.change("part", key, None)
    r.change("part", other, pack_field(1, 4) + pack_field(2, 0) +
             pack_field(3, opening["salt"]) + pack_field(4, opening["part"]))
    r.change("entry", U64.pack(i), raw.replace(key, other))


@case("dedupe")
def _(r):
    """a decision is remembered in fewer bytes than any"""
    r.change("dedupe", bytes(32), b"\x01")


@case("stage")
def _(r):
    """a stage's key is too short"""
    r.change("stage", bytes(15), b"")


@case("stage")
def _(r):
    """a stage says something"""
    r.change("stage", r.rows("stage")[0][0], b"x")


@case("node")
def _(r):
    """two seats have one door"""
    doors = dict(r.rows("meta"))
    r.change("meta", b"door/politi/1470/agent", doors[b"door/politi/1470/cli"])


@case("node")
def _(r):
    """a node has a door that was never admitted"""
    r.change("meta", b"door/kommune/9999/agent", b"\x00\x00\x00\x05")


@case("node")
def _(r):
    """a card is kept that was never admitted"""
    card = next(v for k, v in r.rows("meta") if k.startswith(b"card/"))
    r.change("meta", b"card/" + bytes(32), card)


@case("manifest")
def _(r):
    """who approved the manifest is forgotten"""
    r.change("law", next(k for k, _ in r.rows("law")
                         if k.startswith(b"approved/")), None)


@case("manifest")
def _(r):
    """a text is kept that no manifest names"""
    r.change("law", bytes(32), b"rules: none")


# -------------------------------------------------------------- what was told

@case("receipt", says="it tells of 0 verdicts, expected 2")
def _(r):
    """a receipt tells none of its verdicts"""
    r.rereceipt(lambda n, raw: b"" if n == 8 else raw)


@case("receipt", says="it tells of 1 verdicts, expected 2")
def _(r):
    """a receipt leaves out a verdict"""
    last = []
    r.rereceipt(lambda n, raw: b"" if n == 8 and last else
                (last.append(n) if n == 8 else None, raw)[1])


@case("receipt", says="it tells of the answers in entries []")
def _(r):
    """a receipt leaves out the answers of recipients"""
    r.rereceipt(lambda n, raw: b"" if n == 10 else raw)


@case("receipt", says="does not verify under the card")
def _(r):
    """a receipt has an ack that its recipient did not sign"""
    value = r.stage()["ack"]["signature"]["value"]
    r.rewrite(r.receipt(), lambda d: d.replace(value, flip(value)))


@case("receipt", says="a stage without the card")
def _(r):
    """a receipt has an ack with a card that nobody admitted"""
    card = r.stage()["card"]
    r.rewrite(r.receipt(), lambda d: d.replace(card, bytes(len(card))))


@case("receipt", says="it names the message")
def _(r):
    """a receipt names another message"""
    r.rereceipt(lambda n, raw: flip(raw) if n == 1 else raw)


@case("receipt", says="none of its seats knows")
def _(r):
    """a message is in the log, and its sender knows of none"""
    one = r.receipt()
    os.unlink(one)
    os.unlink(one[:-len(".receipt")])


@case("receipt", "rejected", "seat")
def _(r):
    """a seat has lost all that it knew"""
    shutil.rmtree(r.sender + "/state")


# ----------------------------------------------------------------- rejections

def refused(r):
    return r.file(r.sender + "/state/refused/*.reject")


@case("rejected", says="it names the message")
def _(r):
    """a rejection lies beside another message"""
    one = refused(r)
    for end in ("", ".reject"):
        os.rename(one[:-7] + end, one[:-8] + "9" + end)


@case("rejected", says="no rejection beside it")
def _(r):
    """a message was refused without a rejection"""
    os.unlink(refused(r))


@case("rejected", "receipt", says="was decided in entry")
def _(r):
    """a message that was decided is refused as well"""
    one = r.receipt()[:-len(".receipt")]
    other = refused(r)
    os.unlink(one + ".receipt")
    os.rename(one, f"{os.path.dirname(other)}/{os.path.basename(one)}")
    os.rename(other, f"{os.path.dirname(other)}/{os.path.basename(one)}"
              ".reject")


@case("rejected", says="does not deserve the code 112")
def _(r):
    """a rejection blames a signature that is good"""
    shutil.copy2(r.receipt()[:-len(".receipt")], refused(r)[:-7])


@case("rejected", says="expected at most the 0")
def _(r):
    """the log counts a rejection that nobody had"""
    one = refused(r)
    os.unlink(one)
    os.unlink(one[:-7])


# -------------------------------------------------------------------- inboxes

@case("inbox", says="its sender is not the node")
def _(r):
    """an inbox names another sender"""
    r.rewrite(r.inbox(), lambda d: d.replace(
        b'"node": "kommune/0101/jobcenter"', b'"node": "kommune/0101"'))


@case("inbox", says="no INDEX-ID.json")
def _(r):
    """an inbox has a file that is no message"""
    shutil.copy(r.inbox(0), os.path.dirname(r.inbox(1)) + "/look.json")


@case("inbox", says="no INDEX-ID.json")
def _(r):
    """an inbox has a folder of messages"""
    shutil.copytree(os.path.dirname(r.inbox(0)),
                    os.path.dirname(r.inbox(1)) + "/more")


def judged(args):
    try:
        faults, _ = oracle.judge_run(args)
    except SnapshotError:
        return ["unreadable"], []
    return sorted({k for k, _, _ in faults.list}), faults.lines()


def main(words):
    run = Run(words)
    bad = 0
    kept = [run.args.snapshot, *run.args.seats,
            *(folder for _, folder in run.args.inboxes)]
    with tempfile.TemporaryDirectory() as aside:
        for i, path in enumerate(kept):
            shutil.copytree(path, f"{aside}/{i}", copy_function=shutil.copy2)
        for what, damage, kinds, says in [("nothing", lambda r: None, [], ""),
                                          *CASES]:
            damage(run)
            found, lines = judged(run.args)
            if found == kinds and says in "\n".join(lines):
                print(f"ok: {what}: {' '.join(found) or 'no fault'}")
            else:
                bad += 1
                print("\n".join(lines))
                print(f"NOT OK: {what}: found {' '.join(found) or 'nothing'},"
                      f" expected {' '.join(kinds)} {says}")
            for k, path in enumerate(kept):
                shutil.rmtree(path)
                shutil.copytree(f"{aside}/{k}", path,
                                copy_function=shutil.copy2)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
