"""SMTP (RFC 5321) and LMTP (RFC 2033) from the receiver's side, without sockets.

`receive(bytes)` returns the bytes to answer and at most one event: a whole message, a request for TLS, or the end.
After a message the session reads nothing more until `answer(reply)` gives its outcome. `Limits` bounds memory and
work: one command line, `kept` bytes of a message (the rest of a longer one is read and dropped), and a number of
recipients. The bounce listener takes one recipient a message, because a signed address belongs to one reader; the
demo's inbox takes many.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from stoppress.inbound.bounces.mime_parts import MAX_PARSED_BYTES
from stoppress.inbound.receive.recipient_check import RecipientCheck

MAX_LINE_BYTES = 2048
"""Bytes of a command, CRLF included: four times what RFC 5321 4.5.3.1.4 asks for, since addresses may be UTF-8."""
MAX_KEPT_BYTES = MAX_PARSED_BYTES
MAX_MESSAGE_BYTES = 10 * MAX_KEPT_BYTES
"""Bytes of a message that are kept (as many as are read for a bounce), and that may be sent at all."""
MAX_MESSAGES = 100
MAX_COMMANDS = 1000
MAX_ERRORS = 10
"""In one visit: messages, commands, and commands that were wrong or named no mailbox here."""

_MAIL = re.compile(r"FROM:[ ]?<([^<>]{0,1000})>(?: +(.{0,500}))?", re.IGNORECASE)
_RCPT = re.compile(r"TO:[ ]?<([^<>]{1,1000})>(?: +(.{0,500}))?", re.IGNORECASE)
_ROUTE = re.compile(r"@[^:]{1,500}:")
_END = b"\r\n.\r\n"


@dataclass(frozen=True)
class SessionLimits:
    """What one session may use.

    Args:
        kept: bytes of a message that are kept; the rest is read and dropped.
        largest: bytes of a message that may be sent at all, announced as SIZE.
        recipients: recipients of one message; further ones get 452 (RFC 5321 4.5.3.1.10).
        messages: messages of one session, None for any number.
        commands: commands of one session, None for any number.
    """

    kept: int = MAX_KEPT_BYTES
    largest: int = MAX_MESSAGE_BYTES
    recipients: int = 1
    max_messages: int | None = MAX_MESSAGES
    max_commands: int | None = MAX_COMMANDS


BOUNCE_LIMITS = SessionLimits()


@dataclass(frozen=True)
class ReceivedMessage:
    """A whole message with its envelope; `content` may have been cut at `Limits.kept`."""

    recipients: tuple[str, ...]
    content: bytes
    sender: str = ""


@dataclass(frozen=True)
class StartTLS:
    """The sender waits for our handshake; a new visit begins after it."""


@dataclass(frozen=True)
class CloseSession:
    """Nothing more comes of this visit; `refused` if that is the sender's doing."""

    refused: bool = False


Event = ReceivedMessage | StartTLS | CloseSession
SessionOutput = tuple[bytes, Event | None]


class SmtpSession:
    """One connection, from greeting to end."""

    def __init__(
        self,
        admit: RecipientCheck,
        hostname: str,
        *,
        lmtp: bool = False,
        starttls: bool = False,
        limits: SessionLimits = BOUNCE_LIMITS,
        banner: str = "bounces and complaints only",
    ) -> None:
        self._admit, self._hostname, self._lmtp, self._starttls = admit, hostname, lmtp, starttls
        self._limits, self._banner = limits, banner
        self._buffer = bytearray()
        self._kept: bytearray | None = None
        self._size = 0
        self._greeted = self._waiting = self._closed = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._messages = self._commands = self.slips = 0
        self._verbs: dict[str, Callable[[str], SessionOutput]] = {
            "HELO": self._helo,
            "EHLO": self._helo,
            "LHLO": self._helo,
            "MAIL": self._mail_from,
            "RCPT": self._rcpt_to,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": lambda _: _reply("250 2.0.0 ok"),
            "VRFY": lambda _: _reply("252 2.5.2 send and see"),
            "HELP": lambda _: _reply("214 2.0.0 RFC 5321"),
            "STARTTLS": self._start_tls,
            "QUIT": lambda _: self._end("221 2.0.0 good-bye"),
        }

    def greeting(self) -> bytes:
        """What we say first."""
        return _encode_line(f"220 {self._hostname} {'LMTP' if self._lmtp else 'ESMTP'} {self._banner}")

    def receive(self, data: bytes) -> SessionOutput:
        """Bytes came."""
        if self._closed:
            return b"", None
        self._buffer += data
        return self._go_on(b"")

    def answer(self, reply: str) -> SessionOutput:
        """Answer the message with one reply line, code first; in LMTP once for each recipient (RFC 2033 4.2)."""
        self._waiting = False
        replies = _encode_line(reply) * (len(self._recipients) if self._lmtp else 1)
        self._forget()
        if self._limits.max_messages is not None and self._messages >= self._limits.max_messages:
            said, event = self._end("421 4.7.0 enough for one visit", refused=True)
            return replies + said, event
        return self._go_on(replies)

    def _go_on(self, said: bytes) -> SessionOutput:
        """Read commands and message as far as they have come."""
        while not self._waiting and not self._closed:
            if self._kept is not None:
                more, event = self._content()
            elif (end := self._buffer.find(b"\n")) >= 0 and end < MAX_LINE_BYTES:
                line = bytes(self._buffer[:end]).removesuffix(b"\r")
                del self._buffer[: end + 1]
                more, event = self._command(line)
            elif end >= 0 or len(self._buffer) >= MAX_LINE_BYTES:
                more, event = self._end("500 5.5.2 line too long", refused=True)
            else:
                return said, None
            said += more
            if event is not None:
                return said, event
            if self._kept is not None and not more:
                return said, None
        return said, None

    def _command(self, line: bytes) -> SessionOutput:
        self._commands += 1
        if self._limits.max_commands is not None and self._commands > self._limits.max_commands:
            return self._end("421 4.7.0 enough for one visit", refused=True)
        verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
        known = self._verbs.get(verb.upper())
        return known(rest.strip()) if known else self._slip("500 5.5.1 command unknown")

    def _helo(self, name: str) -> SessionOutput:
        self._forget()
        self._greeted = True
        extensions = ["PIPELINING", f"SIZE {self._limits.largest}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        lines = [self._hostname, *extensions, *(["STARTTLS"] if self._starttls else [])]
        return b"".join(_encode_line(f"250-{line}") for line in lines[:-1]) + _encode_line(f"250 {lines[-1]}"), None

    def _mail_from(self, rest: str) -> SessionOutput:
        found = _MAIL.fullmatch(rest)
        if not self._greeted or self._sender is not None:
            return self._slip("503 5.5.1 not now")
        if not found:
            return self._slip("501 5.5.4 MAIL FROM:<address>")
        refusal = _check_mail_parameters(found[2] or "", self._limits.largest)
        if refusal:
            return self._slip(refusal)
        self._sender = found[1]
        return _reply("250 2.1.0 ok")

    def _rcpt_to(self, rest: str) -> SessionOutput:
        found = _RCPT.fullmatch(rest)
        if self._sender is None:
            return self._slip("503 5.5.1 MAIL first")
        if not found or found[2]:
            return self._slip("501 5.5.4 RCPT TO:<address>")
        if len(self._recipients) >= self._limits.recipients:
            return _reply(f"452 4.5.3 too many recipients: at most {self._limits.recipients} per message")
        address = _ROUTE.sub("", found[1], count=1) if found[1].startswith("@") else found[1]
        if not self._admit(address):
            return self._slip("550 5.1.1 no such mailbox here")
        self._recipients.append(address)
        return _reply("250 2.1.5 ok")

    def _data(self, rest: str) -> SessionOutput:
        if not self._recipients:
            return self._slip("503 5.5.1 no recipient")
        self._kept, self._size = bytearray(), 0
        self._buffer[:0] = b"\r\n"  # so that a message that is nothing but the final dot ends, too
        return _reply("354 go on, end with a dot")

    def _content(self) -> SessionOutput:
        """Take what has come of the message."""
        assert self._kept is not None
        end = self._buffer.find(_END)
        piece = self._buffer[: end + 2] if end >= 0 else self._buffer[: -len(_END) + 1]
        self._size += len(piece)
        self._kept += piece[: max(0, self._limits.kept + 2 - len(self._kept))]
        del self._buffer[: end + len(_END) if end >= 0 else len(piece)]
        if self._size > self._limits.largest:
            return self._end("552 5.3.4 message too big", refused=True)
        if end < 0:
            return b"", None
        content = bytes(self._kept).replace(b"\r\n.", b"\r\n")[2:]
        self._kept, self._waiting = None, True
        self._messages += 1
        return b"", ReceivedMessage(tuple(self._recipients), content, self._sender or "")

    def _rset(self, rest: str) -> SessionOutput:
        self._forget()
        return _reply("250 2.0.0 ok")

    def _start_tls(self, rest: str) -> SessionOutput:
        if not self._starttls:
            return self._slip("502 5.5.1 not here")
        if self._buffer:  # RFC 3207 6: what was said in the clear counts for nothing
            return self._end("501 5.5.4 nothing after STARTTLS", refused=True)
        self._closed = True
        return _encode_line("220 2.0.0 go ahead"), StartTLS()

    def _slip(self, reply: str) -> SessionOutput:
        self.slips += 1
        if self.slips < MAX_ERRORS:
            return _reply(reply)
        said, event = self._end("421 4.7.0 too many errors", refused=True)
        return _encode_line(reply) + said, event

    def _end(self, reply: str, *, refused: bool = False) -> SessionOutput:
        self._closed = True
        self._buffer.clear()
        return _encode_line(reply), CloseSession(refused)

    def _forget(self) -> None:
        self._sender, self._recipients, self._kept = None, [], None


def _check_mail_parameters(parameters: str, largest: int) -> str:
    """The reply to MAIL parameters that cannot be met, or ""."""
    for parameter in parameters.split():
        name, _, value = parameter.upper().partition("=")
        if name == "SIZE" and value.isascii() and value.isdigit():
            if int(value[:20]) > largest:
                return "552 5.3.4 message too big"
        elif not (name == "BODY" and value in ("7BIT", "8BITMIME")) and not (name == "SMTPUTF8" and not value):
            return "555 5.5.4 parameter unknown"
    return ""


def _reply(reply: str) -> SessionOutput:
    return _encode_line(reply), None


def _encode_line(reply: str) -> bytes:
    return reply.encode("ascii", "replace").replace(b"\r", b" ").replace(b"\n", b" ") + b"\r\n"
