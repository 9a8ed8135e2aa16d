"""A relay without a socket that does what its script says, step by step, and remembers what it took.

    relay = ScriptedRelay(("PIPELINING",), [Act.YES, Act.NO])
    relay.hear(b"MAIL FROM:<a@b.example>\\r\\nRCPT TO:<c@d.example>\\r\\n")   →  b"250 …", then b"550 …"

One act for each answer that it owes, in order; after the last one it always says yes.
"""

from collections.abc import Iterable
from enum import Enum, auto


class Act(Enum):
    """What the relay does when an answer is due."""

    YES = auto()
    NOT_NOW = auto()  # 4xx
    NO = auto()  # 5xx
    BYE = auto()  # 421, and the connection ends
    GARBAGE = auto()  # no reply at all, instead of acting
    GARBAGE_AFTER = auto()  # it acts, and then says something unreadable
    WRONG = auto()  # a reply of a class that has no place there
    DROP = auto()  # the connection ends, unacted
    DROP_AFTER = auto()  # it acts, and the connection ends without a word
    STALL = auto()  # nothing more, ever
    STALL_AFTER = auto()  # it acts, and then nothing more, ever
    TWICE = auto()  # one yes too many
    UNKNOWN = auto()  # 500 no such command: what follows is read as commands
    LATE = auto()  # a yes to a command that comes after the next answer
    FOR_NOBODY = auto()  # DATA is welcome though no recipient was


#: Acts that leave it without a word and without a future.
_SILENT = {Act.DROP, Act.DROP_AFTER, Act.STALL, Act.STALL_AFTER}
#: Acts that take a message when they answer its last byte.
TAKING = set(Act) - {Act.NOT_NOW, Act.NO, Act.BYE, Act.GARBAGE, Act.DROP, Act.STALL, Act.UNKNOWN}


class ScriptedRelay:
    """What it took stands in `taken`, as (sender, recipient, text)."""

    def __init__(self, acts: Iterable[Act], *, deaf: bool = False) -> None:
        self._acts = iter(acts)
        self._deaf = deaf
        self._buffer = b""
        self._sender: bytes | None = None
        self._recipient: bytes | None = None
        self._reading = ""  # "" for commands, "text", "chunk"
        self._chunk = 0
        self._late = b""
        self.dropped = self.silent = False
        self.taken: list[tuple[bytes, bytes, bytes]] = []

    def hear(self, data: bytes) -> bytes:
        """Take bytes, return the answers to them. Deaf: what comes together with a command is lost on it."""
        self._buffer += data
        answers = b""
        while not (self.dropped or self.silent) and (unit := self._unit()) is not None:
            commanded = not self._reading
            answers += self._late_after(self._answer(unit))
            if self._deaf and commanded:
                self._buffer = b""
        return answers

    def _unit(self) -> bytes | None:
        """The next line, text or chunk, once it is there."""
        if self._reading == "chunk":
            unit = self._buffer[: self._chunk]
            return self._cut(self._chunk, unit) if len(unit) == self._chunk else None
        mark = b"\r\n" if not self._reading or self._buffer.startswith(b".\r\n") else b"\r\n.\r\n"
        end = self._buffer.find(mark)
        return None if end < 0 else self._cut(end + len(mark), self._buffer[: end + len(mark)])

    def _cut(self, length: int, unit: bytes) -> bytes:
        self._buffer = self._buffer[length:]
        return unit

    def _answer(self, unit: bytes) -> bytes:
        if self._reading:
            reading, self._reading = self._reading, ""
            text = unit if reading == "chunk" else unit.removesuffix(b".\r\n")
            return self._end_of(text, next(self._acts, Act.YES))
        verb, rest = unit[:4].upper(), unit[5:].strip()
        if verb == b"BDAT":
            self._chunk, self._reading = int(rest.split()[0]), "chunk"
            act = next(self._acts, Act.YES)
            if act is Act.UNKNOWN:
                self._reading = ""
                return b"500 5.5.2 what?\r\n"
            if act in _SILENT and act not in TAKING:
                return self._say(act, b"")
            self._acts = iter([act, *self._acts])
            return b""
        if verb not in (b"MAIL", b"RCPT", b"DATA", b"RSET"):
            return b"500 5.5.2 what?\r\n"
        return self._command(verb, rest, next(self._acts, Act.YES))

    def _command(self, verb: bytes, rest: bytes, act: Act) -> bytes:
        address = rest[rest.find(b"<") + 1 : rest.find(b">")]
        if act not in (Act.YES, Act.TWICE, Act.LATE, Act.FOR_NOBODY):
            return self._say(act, b"354 what?\r\n" if verb != b"DATA" else b"250 what?\r\n")
        if verb == b"RSET":
            self._sender = self._recipient = None
        elif verb == b"MAIL":
            if self._sender is not None:
                return b"503 5.5.1 nested\r\n"
            self._sender = address
        elif verb == b"RCPT":
            if self._sender is None:
                return b"503 5.5.1 sender first\r\n"
            self._recipient = address
        else:
            if self._recipient is None and act is not Act.FOR_NOBODY:
                return b"554 5.5.1 nobody\r\n"
            self._reading = "text"
            return b"354 go on\r\n"
        return self._say(act, b"")

    def _end_of(self, text: bytes, act: Act) -> bytes:
        """A whole message is here: take it or not. Without a recipient the transaction stays half made."""
        sender, recipient = self._sender, self._recipient
        if recipient is not None:
            self._sender = self._recipient = None
        if sender is None or recipient is None:
            return b"503 5.5.1 for nobody\r\n"
        if act in TAKING:
            self.taken.append((sender, recipient, text))
        return self._say(Act.YES if act is Act.LATE else act, b"354 more?\r\n")

    def _say(self, act: Act, wrong: bytes) -> bytes:
        self.dropped = self.dropped or act in (Act.BYE, Act.DROP, Act.DROP_AFTER)
        self.silent = self.silent or act in (Act.STALL, Act.STALL_AFTER)
        if act in _SILENT:
            return b""
        if act is Act.LATE:
            self._late += b"250 2.0.0 at last\r\n"
            return b""
        return {
            Act.NOT_NOW: b"451 4.3.0 not now\r\n",
            Act.NO: b"550 5.7.0 no\r\n",
            Act.BYE: b"421 4.3.2 bye\r\n",
            Act.GARBAGE: b"\xff what\r\n",
            Act.GARBAGE_AFTER: b"\xff what\r\n",
            Act.WRONG: wrong,
            Act.TWICE: b"250 2.0.0 yes\r\n250 2.0.0 yes\r\n",
            Act.UNKNOWN: b"500 5.5.2 what?\r\n",
        }.get(act, b"250 2.0.0 yes\r\n")

    def _late_after(self, answer: bytes) -> bytes:
        if not answer or not self._late:
            return answer
        late, self._late = self._late, b""
        return answer + late
