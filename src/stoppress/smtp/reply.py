"""Replies out of bytes (RFC 5321 4.2), with enhanced status codes (RFC 2034) where they are given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from stoppress.smtp.address_syntax import redact_addresses
from stoppress.smtp.errors import RelayProtocolError

#: RFC 5321 4.5.3.1.5 says 512 bytes; relays that pass on a foreign reply go beyond it.
MAX_LINE_BYTES = 4096
#: Lines of one reply. EHLO takes about twenty.
MAX_REPLY_LINES = 256

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the relay: its code, its enhanced code or "", and its lines joined by line feeds."""

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)

    @property
    def is_positive(self) -> bool:
        """2xx: done as asked."""
        return self.code // 100 == 2

    @property
    def is_intermediate(self) -> bool:
        """3xx: go on."""
        return self.code // 100 == 3

    @property
    def is_transient_failure(self) -> bool:
        """4xx: not now."""
        return self.code // 100 == 4

    @property
    def is_permanent_failure(self) -> bool:
        """5xx: never."""
        return self.code // 100 == 5

    def for_log(self) -> str:
        """The reply on one line, fit for a log: local parts of addresses are left out."""
        return redact_addresses(" ".join(f"{self.code} {self.enhanced} {self.text}".split()))[:300]


class ReplyParser:
    """Collects bytes, hands out replies. The cuts between the bytes never matter."""

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[tuple[int, str]] = []

    def feed(self, data: bytes) -> tuple[list[Reply], RelayProtocolError | None]:
        """Take what came from the relay; give the replies that are whole now, and what is wrong with what follows."""
        if self.is_idle and (whole := _whole(data)):
            return list(whole), None
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        replies: list[Reply] = []
        try:
            for line in lines:
                if reply := self._next(line.removesuffix(b"\r")):
                    replies.append(reply)
            _bound(self._buffer)
        except RelayProtocolError as fault:
            return replies, fault
        return replies, None

    @property
    def is_idle(self) -> bool:
        """True when nothing of a further reply has come."""
        return not self._buffer and not self._lines

    def _next(self, line: bytes) -> Reply | None:
        if not self._lines and (reply := _one_line(line)):
            return reply
        _bound(line)
        match = _LINE.fullmatch(line)
        if not match or len(self._lines) >= MAX_REPLY_LINES:
            raise RelayProtocolError("the relay's answer is not an SMTP reply")
        code, mark, text = match.groups()
        self._lines.append((int(code), _text(text)))
        if mark == b"-":
            return None
        lines, self._lines = self._lines, []
        return _reply(lines)


def _bound(line: bytes) -> None:
    if len(line) >= MAX_LINE_BYTES:
        raise RelayProtocolError(f"the relay's answer has a line of more than {MAX_LINE_BYTES} bytes")


@lru_cache(maxsize=64)
def _whole(data: bytes) -> Sequence[Reply]:
    """The replies that these bytes are, if each is one line and none is cut; else nothing. Amid a send, relays say the
    same few lines in the same order over and over."""
    if len(data) > MAX_LINE_BYTES or not data.endswith(b"\r\n"):
        return ()
    replies = [_one_line(line) for line in data[:-2].split(b"\r\n")]
    return () if None in replies else tuple(reply for reply in replies if reply)


@lru_cache(maxsize=64)
def _one_line(line: bytes) -> Reply | None:
    """The reply that is this line alone, None if it is not one. Relays say the same few lines over and over."""
    match = _LINE.fullmatch(line)
    if not match or match[2] == b"-" or len(line) >= MAX_LINE_BYTES:
        return None
    return _reply([(int(match[1]), _text(match[3]))])


def _text(text: bytes | None) -> str:
    return (text or b"").decode("utf-8", "backslashreplace")


def _reply(lines: list[tuple[int, str]]) -> Reply:
    code, text = lines[-1]
    if any(other != code for other, _ in lines):
        raise RelayProtocolError("the relay's answer has two codes in one reply")
    enhanced = _ENHANCED.match(text)
    if not enhanced or enhanced[1][0] != str(code)[0]:
        return Reply(code, "", "\n".join([text for _, text in lines]))
    return Reply(code, enhanced[1], "\n".join([_ENHANCED.sub("", text, count=1) for _, text in lines]))
