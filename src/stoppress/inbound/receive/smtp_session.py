"""Server side of SMTP (RFC 5321) and LMTP (RFC 2033), without sockets.

`receive_data` takes bytes and returns the bytes to send and at most one event: a whole message, a TLS handshake, or the
end. After a message the session processes nothing until `answer_message` gives its reply. `SessionLimits` bounds memory
and work. The bounce listener accepts one recipient per message, because a signed address belongs to one subscriber; the
inbox of the demo accepts many.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from stoppress.inbound.bounces.mime_parts import MAX_PARSED_BYTES
from stoppress.inbound.receive.recipient_check import RecipientCheck

MAX_LINE_BYTES = 2048
"""Bytes of a command line with CRLF: four times what RFC 5321 4.5.3.1.4 requires, since addresses may be UTF-8."""
MAX_KEPT_BYTES = MAX_PARSED_BYTES
"""Bytes of a message that are kept: as many as the bounce parser reads."""
MAX_MESSAGE_BYTES = 10 * MAX_KEPT_BYTES
"""Bytes of a message that may be sent."""
MAX_MESSAGES = 100
MAX_COMMANDS = 1000
MAX_ERRORS = 10
"""Limits of one session. Invalid commands and unknown recipients count as errors."""

_MAIL = re.compile(r"FROM:[ ]?<([^<>]{0,1000})>(?: +(.{0,500}))?", re.IGNORECASE)
_RCPT = re.compile(r"TO:[ ]?<([^<>]{1,1000})>(?: +(.{0,500}))?", re.IGNORECASE)
_ROUTE = re.compile(r"@[^:]{1,500}:")
_END = b"\r\n.\r\n"


@dataclass(frozen=True)
class SessionLimits:
    """Limits of one session.

    Args:
        kept_bytes: bytes of a message that are kept; the rest is read and dropped.
        max_bytes: bytes of a message that may be sent, announced as SIZE.
        max_recipients: recipients of one message; further ones get 452 (RFC 5321 4.5.3.1.10).
        max_messages: messages of one session, None for any number.
        max_commands: commands of one session, None for any number.
    """

    kept_bytes: int = MAX_KEPT_BYTES
    max_bytes: int = MAX_MESSAGE_BYTES
    max_recipients: int = 1
    max_messages: int | None = MAX_MESSAGES
    max_commands: int | None = MAX_COMMANDS


BOUNCE_LIMITS = SessionLimits()


@dataclass(frozen=True)
class ReceivedMessage:
    """A whole message with its envelope; `content` is cut off at `SessionLimits.kept_bytes`."""

    recipients: tuple[str, ...]
    content: bytes
    sender: str = ""


@dataclass(frozen=True)
class StartTLS:
    """The client waits for the TLS handshake; a new session begins after it."""


@dataclass(frozen=True)
class CloseSession:
    """The session is over; `refused` is True if the client broke a limit or a rule."""

    refused: bool = False


Event = ReceivedMessage | StartTLS | CloseSession
SessionOutput = tuple[bytes, Event | None]


class SmtpSession:
    """One connection, from greeting to end.

    Args:
        accepts_recipient: returns True for an address that accepts mail.
        hostname: the name in the greeting.
        lmtp: True for LMTP.
        starttls: True to offer STARTTLS.
        limits: limits of the session.
        banner: the text after the name in the greeting.
    """

    def __init__(
        self,
        accepts_recipient: RecipientCheck,
        hostname: str,
        *,
        lmtp: bool = False,
        starttls: bool = False,
        limits: SessionLimits = BOUNCE_LIMITS,
        banner: str = "bounces and complaints only",
    ) -> None:
        self._accepts_recipient, self._hostname = accepts_recipient, hostname
        self._lmtp, self._starttls = lmtp, starttls
        self._limits, self._banner = limits, banner
        self._buffer = bytearray()
        self._content: bytearray | None = None  # None outside DATA
        self._content_bytes = 0
        self._greeted = self._awaits_answer = self._closed = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._messages = self._commands = self.errors = 0
        self._handlers: dict[str, Callable[[str], SessionOutput]] = {
            "HELO": self._helo,
            "EHLO": self._helo,
            "LHLO": self._helo,
            "MAIL": self._mail_from,
            "RCPT": self._rcpt_to,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": lambda _: _reply("250 2.0.0 OK"),
            "VRFY": lambda _: _reply("252 2.5.2 Cannot verify; send the message"),
            "HELP": lambda _: _reply("214 2.0.0 See RFC 5321"),
            "STARTTLS": self._start_tls,
            "QUIT": lambda _: self._end("221 2.0.0 Goodbye"),
        }

    def greeting(self) -> bytes:
        """Return the greeting."""
        return _encode_line(f"220 {self._hostname} {'LMTP' if self._lmtp else 'ESMTP'} {self._banner}")

    def receive_data(self, data: bytes) -> SessionOutput:
        """Process bytes of the client."""
        if self._closed:
            return b"", None
        self._buffer += data
        return self._process(b"")

    def answer_message(self, reply: str) -> SessionOutput:
        """Answer the message with one reply line, code first; in LMTP once per recipient (RFC 2033 4.2)."""
        self._awaits_answer = False
        replies = _encode_line(reply) * (len(self._recipients) if self._lmtp else 1)
        self._reset()
        if self._limits.max_messages is not None and self._messages >= self._limits.max_messages:
            output, event = self._end("421 4.7.0 Too many messages in one session", refused=True)
            return replies + output, event
        return self._process(replies)

    def _process(self, output: bytes) -> SessionOutput:
        """Process the buffer as far as it holds whole commands, or a part of the message."""
        while not self._awaits_answer and not self._closed:
            if self._content is not None:
                more, event = self._read_content()
            elif (end := self._buffer.find(b"\n")) >= 0 and end < MAX_LINE_BYTES:
                line = bytes(self._buffer[:end]).removesuffix(b"\r")
                del self._buffer[: end + 1]
                more, event = self._command(line)
            elif end >= 0 or len(self._buffer) >= MAX_LINE_BYTES:
                more, event = self._end("500 5.5.2 Line too long", refused=True)
            else:
                return output, None
            output += more
            if event is not None:
                return output, event
            if self._content is not None and not more:
                return output, None
        return output, None

    def _command(self, line: bytes) -> SessionOutput:
        self._commands += 1
        if self._limits.max_commands is not None and self._commands > self._limits.max_commands:
            return self._end("421 4.7.0 Too many commands in one session", refused=True)
        verb, _, argument = line.decode("utf-8", "replace").strip().partition(" ")
        handler = self._handlers.get(verb.upper())
        return handler(argument.strip()) if handler else self._error("500 5.5.1 Command unknown")

    def _helo(self, name: str) -> SessionOutput:
        self._reset()
        self._greeted = True
        extensions = ["PIPELINING", f"SIZE {self._limits.max_bytes}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        lines = [self._hostname, *extensions, *(["STARTTLS"] if self._starttls else [])]
        return b"".join(_encode_line(f"250-{line}") for line in lines[:-1]) + _encode_line(f"250 {lines[-1]}"), None

    def _mail_from(self, argument: str) -> SessionOutput:
        match = _MAIL.fullmatch(argument)
        if not self._greeted or self._sender is not None:
            return self._error("503 5.5.1 Bad sequence of commands")
        if not match:
            return self._error("501 5.5.4 Syntax: MAIL FROM:<address>")
        refusal = _check_mail_parameters(match[2] or "", self._limits.max_bytes)
        if refusal:
            return self._error(refusal)
        self._sender = match[1]
        return _reply("250 2.1.0 OK")

    def _rcpt_to(self, argument: str) -> SessionOutput:
        match = _RCPT.fullmatch(argument)
        if self._sender is None:
            return self._error("503 5.5.1 Send MAIL first")
        if not match or match[2]:
            return self._error("501 5.5.4 Syntax: RCPT TO:<address>")
        if len(self._recipients) >= self._limits.max_recipients:
            return _reply(f"452 4.5.3 Too many recipients: at most {self._limits.max_recipients} per message")
        address = _ROUTE.sub("", match[1], count=1) if match[1].startswith("@") else match[1]
        if not self._accepts_recipient(address):
            return self._error("550 5.1.1 No such mailbox here")
        self._recipients.append(address)
        return _reply("250 2.1.5 OK")

    def _data(self, argument: str) -> SessionOutput:
        if not self._recipients:
            return self._error("503 5.5.1 No valid recipient")
        self._content, self._content_bytes = bytearray(), 0
        self._buffer[:0] = b"\r\n"  # so that a message of nothing but the final dot ends, too
        return _reply("354 End the message with a dot on a line by itself")

    def _read_content(self) -> SessionOutput:
        """Move the part of the message in the buffer to the content."""
        assert self._content is not None
        end = self._buffer.find(_END)
        part = self._buffer[: end + 2] if end >= 0 else self._buffer[: -len(_END) + 1]
        self._content_bytes += len(part)
        self._content += part[: max(0, self._limits.kept_bytes + 2 - len(self._content))]
        del self._buffer[: end + len(_END) if end >= 0 else len(part)]
        if self._content_bytes > self._limits.max_bytes:
            return self._end(f"552 5.3.4 Message too big: at most {self._limits.max_bytes} bytes", refused=True)
        if end < 0:
            return b"", None
        content = bytes(self._content).replace(b"\r\n.", b"\r\n")[2:]
        self._content, self._awaits_answer = None, True
        self._messages += 1
        return b"", ReceivedMessage(tuple(self._recipients), content, self._sender or "")

    def _rset(self, argument: str) -> SessionOutput:
        self._reset()
        return _reply("250 2.0.0 OK")

    def _start_tls(self, argument: str) -> SessionOutput:
        if not self._starttls:
            return self._error("502 5.5.1 STARTTLS is not available")
        if self._buffer:  # RFC 3207 6: data sent before the handshake must be discarded
            return self._end("501 5.5.4 No data may follow STARTTLS", refused=True)
        self._closed = True
        return _encode_line("220 2.0.0 Ready to start TLS"), StartTLS()

    def _error(self, reply: str) -> SessionOutput:
        """Count an error; the one that reaches `MAX_ERRORS` ends the session."""
        self.errors += 1
        if self.errors < MAX_ERRORS:
            return _reply(reply)
        output, event = self._end("421 4.7.0 Too many errors", refused=True)
        return _encode_line(reply) + output, event

    def _end(self, reply: str, *, refused: bool = False) -> SessionOutput:
        self._closed = True
        self._buffer.clear()
        return _encode_line(reply), CloseSession(refused)

    def _reset(self) -> None:
        self._sender, self._recipients, self._content = None, [], None


def _check_mail_parameters(parameters: str, max_bytes: int) -> str:
    """Return the reply that refuses parameters of MAIL, or ""."""
    for parameter in parameters.split():
        name, _, value = parameter.upper().partition("=")
        if name == "SIZE" and value.isascii() and value.isdigit():
            if int(value[:20]) > max_bytes:
                return f"552 5.3.4 Message too big: at most {max_bytes} bytes"
        elif not (name == "BODY" and value in ("7BIT", "8BITMIME")) and not (name == "SMTPUTF8" and not value):
            return "555 5.5.4 Parameter unknown"
    return ""


def _reply(reply: str) -> SessionOutput:
    return _encode_line(reply), None


def _encode_line(reply: str) -> bytes:
    return reply.encode("ascii", "replace").replace(b"\r", b" ").replace(b"\n", b" ") + b"\r\n"
