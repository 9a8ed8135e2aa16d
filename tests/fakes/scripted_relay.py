r"""A relay without a socket that follows a script, step by step, and stores the messages it accepts.

    relay = ScriptedRelay([RelayAction.ACCEPT, RelayAction.REFUSE])
    relay.receive(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n")   →  b"250 …", then b"550 …"

The script has one action for each reply that is due, in order; after the last one the relay always accepts.
"""

from collections.abc import Iterable
from enum import Enum, auto


class RelayAction(Enum):
    """What the relay does when a reply is due."""

    ACCEPT = auto()
    DEFER = auto()  # 4xx
    REFUSE = auto()  # 5xx
    CLOSE_WITH_421 = auto()  # 421, then the connection ends
    GARBAGE = auto()  # invalid bytes in place of a reply; the command has no effect
    ACCEPT_THEN_GARBAGE = auto()  # the command takes effect, then invalid bytes come
    WRONG_CLASS = auto()  # a reply of a class that is not allowed here
    DROP = auto()  # the connection ends; the command has no effect
    ACCEPT_THEN_DROP = auto()  # the command takes effect, and the connection ends without a reply
    STALL = auto()  # no reply to this command or any later one; no effect
    ACCEPT_THEN_STALL = auto()  # the command takes effect, and no reply comes any more
    REPLY_TWICE = auto()  # one surplus 250
    UNKNOWN_COMMAND = auto()  # 500; what follows is read as commands
    REPLY_LATE = auto()  # the 250 to a command comes after the next reply
    ACCEPT_WITHOUT_RECIPIENT = auto()  # DATA is accepted although every recipient was refused


_SILENT = {RelayAction.DROP, RelayAction.ACCEPT_THEN_DROP, RelayAction.STALL, RelayAction.ACCEPT_THEN_STALL}
"""Actions without a reply; none comes later either."""
ACCEPTING_ACTIONS = set(RelayAction) - {
    RelayAction.DEFER,
    RelayAction.REFUSE,
    RelayAction.CLOSE_WITH_421,
    RelayAction.GARBAGE,
    RelayAction.DROP,
    RelayAction.STALL,
    RelayAction.UNKNOWN_COMMAND,
}
"""Actions that accept a message when they follow its last byte."""


class ScriptedRelay:
    """Follow a script; `accepted` contains (sender, recipient, text) of each accepted message.

    Args:
        actions: the script.
        loses_pipelined: True to lose the bytes that come together with a command.
    """

    def __init__(self, actions: Iterable[RelayAction], *, loses_pipelined: bool = False) -> None:
        self._actions = iter(actions)
        self._loses_pipelined = loses_pipelined
        self._buffer = b""
        self._sender: bytes | None = None
        self._recipient: bytes | None = None
        self._reading = ""  # "" for commands, "text", "chunk"
        self._chunk_bytes = 0
        self._late_replies = b""
        self.dropped = self.silent = False
        self.accepted: list[tuple[bytes, bytes, bytes]] = []

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return the replies to them."""
        self._buffer += data
        replies = b""
        while not (self.dropped or self.silent) and (unit := self._next_unit()) is not None:
            is_command = not self._reading
            replies += self._append_late_replies(self._process(unit))
            if self._loses_pipelined and is_command:
                self._buffer = b""
        return replies

    def _next_unit(self) -> bytes | None:
        """Return the next line, text or chunk once it is complete."""
        if self._reading == "chunk":
            unit = self._buffer[: self._chunk_bytes]
            return self._remove(self._chunk_bytes, unit) if len(unit) == self._chunk_bytes else None
        end_mark = b"\r\n" if not self._reading or self._buffer.startswith(b".\r\n") else b"\r\n.\r\n"
        end = self._buffer.find(end_mark)
        return None if end < 0 else self._remove(end + len(end_mark), self._buffer[: end + len(end_mark)])

    def _remove(self, length: int, unit: bytes) -> bytes:
        self._buffer = self._buffer[length:]
        return unit

    def _process(self, unit: bytes) -> bytes:
        if self._reading:
            reading, self._reading = self._reading, ""
            text = unit if reading == "chunk" else unit.removesuffix(b".\r\n")
            return self._end_message(text, next(self._actions, RelayAction.ACCEPT))
        verb, rest = unit[:4].upper(), unit[5:].strip()
        if verb == b"BDAT":
            self._chunk_bytes, self._reading = int(rest.split()[0]), "chunk"
            action = next(self._actions, RelayAction.ACCEPT)
            if action is RelayAction.UNKNOWN_COMMAND:
                self._reading = ""
                return b"500 5.5.2 what?\r\n"
            if action in _SILENT and action not in ACCEPTING_ACTIONS:
                return self._reply(action, b"")
            self._actions = iter([action, *self._actions])
            return b""
        if verb not in (b"MAIL", b"RCPT", b"DATA", b"RSET"):
            return b"500 5.5.2 what?\r\n"
        return self._process_command(verb, rest, next(self._actions, RelayAction.ACCEPT))

    def _process_command(self, verb: bytes, rest: bytes, action: RelayAction) -> bytes:
        address = rest[rest.find(b"<") + 1 : rest.find(b">")]
        if action not in (
            RelayAction.ACCEPT,
            RelayAction.REPLY_TWICE,
            RelayAction.REPLY_LATE,
            RelayAction.ACCEPT_WITHOUT_RECIPIENT,
        ):
            return self._reply(action, b"354 what?\r\n" if verb != b"DATA" else b"250 what?\r\n")
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
            if self._recipient is None and action is not RelayAction.ACCEPT_WITHOUT_RECIPIENT:
                return b"554 5.5.1 no recipient\r\n"
            self._reading = "text"
            return b"354 go on\r\n"
        return self._reply(action, b"")

    def _end_message(self, text: bytes, action: RelayAction) -> bytes:
        """Accept a complete message or not. Without a recipient the transaction stays open."""
        sender, recipient = self._sender, self._recipient
        if recipient is not None:
            self._sender = self._recipient = None
        if sender is None or recipient is None:
            return b"503 5.5.1 no recipient\r\n"
        if action in ACCEPTING_ACTIONS:
            self.accepted.append((sender, recipient, text))
        return self._reply(RelayAction.ACCEPT if action is RelayAction.REPLY_LATE else action, b"354 more?\r\n")

    def _reply(self, action: RelayAction, wrong_class: bytes) -> bytes:
        self.dropped = self.dropped or action in (
            RelayAction.CLOSE_WITH_421,
            RelayAction.DROP,
            RelayAction.ACCEPT_THEN_DROP,
        )
        self.silent = self.silent or action in (RelayAction.STALL, RelayAction.ACCEPT_THEN_STALL)
        if action in _SILENT:
            return b""
        if action is RelayAction.REPLY_LATE:
            self._late_replies += b"250 2.0.0 at last\r\n"
            return b""
        return {
            RelayAction.DEFER: b"451 4.3.0 not now\r\n",
            RelayAction.REFUSE: b"550 5.7.0 no\r\n",
            RelayAction.CLOSE_WITH_421: b"421 4.3.2 bye\r\n",
            RelayAction.GARBAGE: b"\xff what\r\n",
            RelayAction.ACCEPT_THEN_GARBAGE: b"\xff what\r\n",
            RelayAction.WRONG_CLASS: wrong_class,
            RelayAction.REPLY_TWICE: b"250 2.0.0 yes\r\n250 2.0.0 yes\r\n",
            RelayAction.UNKNOWN_COMMAND: b"500 5.5.2 what?\r\n",
        }.get(action, b"250 2.0.0 yes\r\n")

    def _append_late_replies(self, reply: bytes) -> bytes:
        if not reply or not self._late_replies:
            return reply
        late, self._late_replies = self._late_replies, b""
        return reply + late
