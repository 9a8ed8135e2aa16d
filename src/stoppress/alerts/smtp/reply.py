"""Replies out of bytes (RFC 5321 4.2), with enhanced status codes (RFC 2034) where they are given."""

import re
from dataclasses import dataclass, field

from stoppress.alerts.smtp.errors import RelayBrokeProtocol
from stoppress.alerts.smtp.mailbox import redacted

#: RFC 5321 4.5.3.1.5 says 512 bytes; relays that pass on a foreign reply go beyond it.
MAX_LINE = 4096
#: Lines of one reply. EHLO takes about twenty.
MAX_LINES = 256

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the relay: its code, its enhanced code or "", and its lines joined by line feeds."""

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)

    @property
    def positive(self) -> bool:
        """2xx: done as asked."""
        return self.code // 100 == 2

    @property
    def continuing(self) -> bool:
        """3xx: go on."""
        return self.code // 100 == 3

    @property
    def deferring(self) -> bool:
        """4xx: not now."""
        return self.code // 100 == 4

    @property
    def refusing(self) -> bool:
        """5xx: never."""
        return self.code // 100 == 5

    def quoted(self) -> str:
        """The reply on one line, fit for a log: local parts of addresses are left out."""
        return redacted(" ".join(f"{self.code} {self.enhanced} {self.text}".split()))[:300]


class ReplyReader:
    """Collects bytes, hands out replies. The cuts between the bytes never matter."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lines: list[tuple[int, str]] = []

    def feed(self, data: bytes) -> None:
        """Take what came from the relay."""
        self._buffer += data

    def next(self) -> Reply | None:
        """The next whole reply, or None when more bytes are needed.

        Raises:
            RelayBrokeProtocol: these bytes are no reply, or one without end.
        """
        while (line := self._next_line()) is not None:
            match = _LINE.fullmatch(line)
            if not match or len(self._lines) >= MAX_LINES:
                raise RelayBrokeProtocol("the relay's answer is not an SMTP reply")
            code, mark, text = match.groups()
            self._lines.append((int(code), (text or b"").decode("utf-8", "backslashreplace")))
            if mark != b"-":
                return self._reply()
        return None

    @property
    def idle(self) -> bool:
        """True when nothing of a further reply has come."""
        return not self._buffer and not self._lines

    def _next_line(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, MAX_LINE)
        if end < 0:
            if len(self._buffer) >= MAX_LINE:
                raise RelayBrokeProtocol(f"the relay's answer has a line of more than {MAX_LINE} bytes")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    def _reply(self) -> Reply:
        lines, self._lines = self._lines, []
        code, text = lines[-1]
        if len(lines) > 1 and any(other != code for other, _ in lines):
            raise RelayBrokeProtocol("the relay's answer has two codes in one reply")
        enhanced = _ENHANCED.match(text)
        if not enhanced or enhanced[1][0] != str(code)[0]:
            return Reply(code, "", "\n".join([text for _, text in lines]))
        return Reply(code, enhanced[1], "\n".join([_ENHANCED.sub("", text, count=1) for _, text in lines]))
