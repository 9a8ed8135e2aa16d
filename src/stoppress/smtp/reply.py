"""Parse replies (RFC 5321 section 4.2), with enhanced status codes (RFC 2034) where they are given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from stoppress.smtp.address_syntax import redact_addresses
from stoppress.smtp.errors import RelayProtocolError

MAX_LINE_BYTES = 4096
"""RFC 5321 section 4.5.3.1.5 allows 512 bytes; relays that pass on another server's reply exceed it."""
MAX_REPLY_LINES = 256
"""A reply to EHLO has about twenty lines."""
MAX_LOG_CHARACTERS = 300

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its code, its enhanced status code or "", and its lines joined by line feeds."""

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)

    @property
    def is_positive(self) -> bool:
        """True for 2xx: done."""
        return self.code // 100 == 2

    @property
    def is_intermediate(self) -> bool:
        """True for 3xx: the relay waits for more."""
        return self.code // 100 == 3

    @property
    def is_transient_failure(self) -> bool:
        """True for 4xx: not now."""
        return self.code // 100 == 4

    @property
    def is_permanent_failure(self) -> bool:
        """True for 5xx: never."""
        return self.code // 100 == 5

    def for_log(self) -> str:
        """Return the reply on one line, without the local parts of addresses."""
        return redact_addresses(" ".join(f"{self.code} {self.enhanced} {self.text}".split()))[:MAX_LOG_CHARACTERS]


class ReplyParser:
    """Collect bytes and return whole replies, however the bytes are split."""

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[tuple[int, str]] = []

    def feed(self, data: bytes) -> tuple[list[Reply], RelayProtocolError | None]:
        """Take received bytes; return the replies that are complete now, and the error in what follows them."""
        if self.is_idle and (replies_at_once := _parse_whole(data)):
            return list(replies_at_once), None
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        replies: list[Reply] = []
        try:
            for line in lines:
                if reply := self._parse_line(line.removesuffix(b"\r")):
                    replies.append(reply)
            _check_length(self._buffer)
        except RelayProtocolError as error:
            return replies, error
        return replies, None

    @property
    def is_idle(self) -> bool:
        """True when no part of a further reply has come."""
        return not self._buffer and not self._lines

    def _parse_line(self, line: bytes) -> Reply | None:
        if not self._lines and (reply := _parse_single_line(line)):
            return reply
        _check_length(line)
        match = _LINE.fullmatch(line)
        if not match or len(self._lines) >= MAX_REPLY_LINES:
            raise RelayProtocolError("the relay sent a line that is not an SMTP reply")
        code, separator, text = match.groups()
        self._lines.append((int(code), _decode(text)))
        if separator == b"-":
            return None
        lines, self._lines = self._lines, []
        return _make_reply(lines)


def _check_length(line: bytes) -> None:
    if len(line) >= MAX_LINE_BYTES:
        raise RelayProtocolError(f"the relay sent a reply line of {MAX_LINE_BYTES} bytes or more")


@lru_cache(maxsize=64)
def _parse_whole(data: bytes) -> Sequence[Reply]:
    """Return the replies in `data` if each has one line and none is cut, else nothing.

    The result is cached: during a send, relays repeat the same few lines in the same order.
    """
    if len(data) > MAX_LINE_BYTES or not data.endswith(b"\r\n"):
        return ()
    replies = [_parse_single_line(line) for line in data[:-2].split(b"\r\n")]
    return () if None in replies else tuple(reply for reply in replies if reply)


@lru_cache(maxsize=64)
def _parse_single_line(line: bytes) -> Reply | None:
    """Return the reply that consists of this line, None if there is none. Cached, because relays repeat few lines."""
    match = _LINE.fullmatch(line)
    if not match or match[2] == b"-" or len(line) >= MAX_LINE_BYTES:
        return None
    return _make_reply([(int(match[1]), _decode(match[3]))])


def _decode(text: bytes | None) -> str:
    return (text or b"").decode("utf-8", "backslashreplace")


def _make_reply(lines: list[tuple[int, str]]) -> Reply:
    code, text = lines[-1]
    if any(other != code for other, _ in lines):
        raise RelayProtocolError("the relay sent two codes in one reply")
    enhanced = _ENHANCED.match(text)
    if not enhanced or enhanced[1][0] != str(code)[0]:
        return Reply(code, "", "\n".join([text for _, text in lines]))
    return Reply(code, enhanced[1], "\n".join([_ENHANCED.sub("", text, count=1) for _, text in lines]))
