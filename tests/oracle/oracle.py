#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""oracle: judges a run from outside.

    oracle SNAPSHOT [--seat HOME]... [--inbox NODE DIR]... [--vkey VKEY]
                    [--checkpoint FILE]... [--whole]
    oracle --batch       one run's arguments a line on stdin

It reads a ledger snapshot (a folder with data.mdb; checkpoint is looked at
when it is there), the homes of seats and the folders in which their messages
were put, and says every way in which they do not fit what is promised. It
shares no code with the daemon: what it knows is in docs/protocol.md,
docs/law.md, proto/infohus.proto and the RFCs.

With --whole these seats are all there were: nobody else sent or took. Then
nothing may stand in the log of which none of them knows. Without a seat.json
or --vkey, nothing tells who must have signed a checkpoint: the summary says
so.

A fault is one line, "FAULT kind where: what was found, what was expected".
The last line is a summary. Exit code 0 without faults, 1 with, 2 for wrong
arguments, 3 when something cannot be read. In a batch each run gives one
line: the summary, and after it its faults.
"""
import os
import shlex
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
if os.path.islink(sys.argv[0]):  # started from the build folder
    sys.pycache_prefix = os.path.join(
        os.path.dirname(os.path.abspath(sys.argv[0])), "pycache")
else:
    sys.dont_write_bytecode = True

from fold import Fold  # noqa: E402
from merkle import NoteError, Vkey  # noqa: E402
from inbox import Inbox  # noqa: E402
from notes import Seat, check_whole, seat_key  # noqa: E402
from refused import check_rejected  # noqa: E402
from snapshot import Parts, Snapshot, SnapshotError  # noqa: E402
from tables import check_note, check_tables  # noqa: E402

KINDS = {
    "entry": "one that cannot be read, goes back in time, or is of no start",
    "tree": "a stored hash that is not that of its entries",
    "checkpoint": "one that is not signed, or not of this log",
    "part": "stored parts that are not what the entry and its permits ask",
    "manifest": "an entry under a manifest that is not in force or approved",
    "card": "a card or suspension that was not rightly approved",
    "node": "the registry is not what the log admits",
    "signature": "a sender's or recipient's that does not hold",
    "twice": "one message id decided twice",
    "dedupe": "a decision that is not remembered",
    "permit": "permitted what must be refused",
    "refused": "refused or withheld what must pass",
    "verdict": "the right outcome with a wrong reason, or told wrongly",
    "case": "a case in another state than its messages make it",
    "mailbox": "something waits otherwise than decided",
    "lost": "permitted, not expired, and in neither mailbox nor ack",
    "waiting": "acknowledged, and still in the mailbox",
    "offer": "handed out without entry, without right, or again after ack",
    "handed": "other parts than those permitted to that recipient",
    "ack": "an answer to something else than what was offered",
    "park": "what waits for an approver, or became of it, is not so stored",
    "approval": "an approval that decides otherwise than its entry says",
    "stage": "a recipient's answer that its sender is not told",
    "receipt": "a receipt that does not prove what it says",
    "duty": "a receipt that does not remind of what the law asks, or of more",
    "rejected": "a rejection not deserved, or not counted as it was noted",
    "consulted": "the log was read by somebody else than an auditor",
    "inbox": "a received message that the log does not account for",
    "seat": "a seat's folder that cannot be read",
}


class Faults:
    def __init__(self):
        self.list = []

    def add(self, kind, where, text):
        assert kind in KINDS, kind
        self.list.append((kind, where, text))

    def lines(self):
        return [f"FAULT {k} {w}: {t}" for k, w, t in self.list]


class UsageError(Exception):
    pass


class Arguments:
    def __init__(self, words):
        self.seats, self.inboxes, self.checkpoints = [], [], []
        self.snapshot = self.vkey = None
        self.whole = False
        words = list(words)
        while words:
            self._take(words)
        if self.snapshot is None:
            raise UsageError("found no SNAPSHOT")

    def _take(self, words):
        word = words.pop(0)
        need = {"--seat": 1, "--inbox": 2, "--vkey": 1,
                "--checkpoint": 1}.get(word, 0)
        if len(words) < need:
            raise UsageError(f"{word}: expected {need} more")
        value = [words.pop(0) for _ in range(need)]
        if word == "--seat":
            self.seats.append(value[0])
        elif word == "--whole":
            self.whole = True
        elif word == "--inbox":
            self.inboxes.append(tuple(value))
        elif word == "--checkpoint":
            self.checkpoints.append(value[0])
        elif word == "--vkey":
            try:
                self.vkey = Vkey(value[0])
            except NoteError as e:
                raise UsageError(f"--vkey: {e}") from None
        elif word.startswith("-") or self.snapshot is not None:
            raise UsageError(f"found {word}, expected --seat, --inbox, "
                             "--vkey, --checkpoint or --whole")
        else:
            self.snapshot = word


def judge_run(args):
    """(Faults, summary)."""
    faults = Faults()
    snapshot = Snapshot(args.snapshot)
    fold = Fold(snapshot, Parts(snapshot.table["part"]), faults)
    fold.run()
    vkey = args.vkey
    for home in args.seats:
        vkey = vkey or seat_key(home)[1]
    check_tables(fold, faults, vkey)
    for path in args.checkpoints:
        with open(path, "rb") as f:
            check_note(fold, faults, f.read(), path, vkey)
    seats = [Seat(fold, faults, home) for home in args.seats]
    for seat in seats:
        seat.check()
    check_rejected(fold, faults, seats, args.whole)
    if args.whole:
        check_whole(fold, faults, seats)
    received = check_inboxes(fold, faults, args.inboxes)
    return faults, (
        f"oracle: {len(fold.entries)} entries, {len(fold.messages)} messages,"
        f" {sum(1 for e in fold.entries if e and e['kind'] == 'offered')} "
        f"offers, {sum(s.receipts for s in seats)} receipts, {received} "
        f"received, {'' if vkey else 'no vkey, '}{len(faults.list)} faults")


def check_inboxes(fold, faults, inboxes):
    by_node = {}
    for node, folder in inboxes:
        inbox = by_node.setdefault(node, (Inbox(fold, faults, node), folder))
        inbox[0].check(folder)
    for inbox, folder in by_node.values():
        inbox.finish(folder)
    return sum(len(i.seen) for i, _ in by_node.values())


def one(words, out):
    try:
        faults, summary = judge_run(Arguments(words))
    except UsageError as e:
        print(f"oracle: {e}; see oracle --help", file=sys.stderr)
        return 2
    except (SnapshotError, OSError) as e:
        print(f"oracle: cannot be judged: {e}", file=sys.stderr)
        return 3
    for line in faults.lines():
        print(line, file=out)
    print(summary, file=out)
    return 1 if faults.list else 0


def answer(line):
    """(status, one line) of one run of a batch."""
    try:
        faults, summary = judge_run(Arguments(shlex.split(line)))
        status = 1 if faults.list else 0
        text = "; ".join([summary] + faults.lines())
    except UsageError as e:
        status, text = 2, f"oracle: {e}"
    except (SnapshotError, OSError) as e:
        status, text = 3, f"oracle: cannot be judged: {e}"
    return status, text.replace("\n", " ")


class Worker:
    """A process that answers lines. A torn file can end it by a signal in
    the midst of a page: that is an answer too, and another one goes on."""

    def __init__(self):
        asked, ask = os.pipe()
        answers, told = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(ask)
            os.close(answers)
            self._work(os.fdopen(asked), os.fdopen(told, "w"))
        os.close(asked)
        os.close(told)
        self.ask, self.answers = os.fdopen(ask, "w"), os.fdopen(answers)

    @staticmethod
    def _work(lines, out):
        for line in lines:
            status, text = answer(line)
            print(status, text, file=out, flush=True)
        os._exit(0)

    def answer(self, line):
        """None when it ended over this line."""
        print(line.rstrip("\n"), file=self.ask, flush=True)
        said = self.answers.readline().rstrip("\n")
        status, _, text = said.partition(" ")
        return (int(status), text) if status else None

    def end(self):
        self.ask.close()
        self.answers.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def batch(lines, out):
    worst, worker = 0, Worker()
    for line in lines:
        said = worker.answer(line)
        if said is None:
            said = 3, f"oracle: cannot be judged: ended with {worker.end()}"
            worker = Worker()
        print(said[1], file=out, flush=True)
        worst = max(worst, said[0])
    worker.end()
    return worst


def main(words):
    if words in (["--help"], ["-h"]):
        print(__doc__)
        print("Kinds of fault:\n")
        for kind, text in KINDS.items():
            print(f"    {kind:<12}{text}")
        return 0
    if words == ["--batch"]:
        return batch(sys.stdin, sys.stdout)
    return one(words, sys.stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
