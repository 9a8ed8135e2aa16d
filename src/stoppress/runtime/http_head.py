"""Parsed headers of a request: the only place outside Django that reads them.

The web server's protocol, the stream fast path, the cache and the ASGI middleware decide from the same `RequestHead`.
So all of them interpret a request in the same way.
"""

from collections.abc import Sequence
from itertools import chain

Headers = Sequence[tuple[bytes, bytes]]
"""Names and values as in an ASGI scope: names in lower case, values without surrounding white space."""

BODY_HEADERS = frozenset((b"content-length", b"transfer-encoding"))
"""A request has a body (perhaps an empty one) if one of these is present."""
CONNECTION_HEADERS = frozenset((b"expect", b"upgrade", b"http2-settings"))
"""Headers that request more than a response: an interim response or another protocol."""
PRECONDITION_HEADERS = frozenset((b"if-match", b"if-unmodified-since"))
CREDENTIAL_HEADERS = frozenset((b"cookie", b"authorization", b"proxy-authorization"))
NO_NAMES: frozenset[bytes] = frozenset()


class RequestHead:
    """The headers of one request, parsed in one pass.

    Values of a repeated field are joined by commas (RFC 9110 §5.3). Joining costs time per header, so the caller
    limits the number of headers first.
    """

    __slots__ = ("_fields", "_headers", "_repeated")

    def __init__(self, headers: Headers) -> None:
        fields = dict(headers)
        self._repeated = NO_NAMES
        if len(fields) != len(headers):
            fields, self._repeated = _join_repeated(headers)
        self._fields = fields
        self._headers = headers

    @property
    def size(self) -> int:
        """Bytes of all names and values, without separators."""
        return sum(map(len, chain.from_iterable(self._headers)))

    def get(self, name: bytes) -> bytes:
        """Return the value of a field, or b"" if it is absent."""
        return self._fields.get(name, b"")

    def text(self, name: bytes) -> str:
        """Return the value of a field as text (latin-1: one character per byte), or "" if it is absent."""
        value = self._fields.get(name)
        return value.decode("latin-1") if value else ""

    def __contains__(self, name: bytes) -> bool:
        return name in self._fields

    def has_any(self, names: frozenset[bytes]) -> bool:
        """Return True if one of these fields is present."""
        return not names.isdisjoint(self._fields)

    @property
    def has_repeated_fields(self) -> bool:
        """Return True if a field is present more than once."""
        return bool(self._repeated)

    @property
    def has_one_host(self) -> bool:
        """Return True if there is exactly one Host field, as HTTP/1.1 requires (RFC 9112 §3.2)."""
        return b"host" in self._fields and b"host" not in self._repeated

    @property
    def content_length(self) -> int:
        """Return the announced length of the body in bytes, or 0 if none is announced or it is no number."""
        value = self.get(b"content-length")
        return int(value) if value.isdigit() else 0


def _join_repeated(headers: Headers) -> tuple[dict[bytes, bytes], frozenset[bytes]]:
    """Return the fields with repeated values joined, and the names of the repeated fields."""
    fields: dict[bytes, bytes] = {}
    repeated = set()
    for name, value in headers:
        if name in fields:
            repeated.add(name)
            fields[name] = fields[name] + b"," + value
        else:
            fields[name] = value
    return fields, frozenset(repeated)


def parse_header_lines(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers in `data`. White space after a value is kept.

    Args:
        data: Lines that each end with CRLF and contain a colon; the caller has checked this.
    """
    headers = []
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        name, _, value = line.partition(b":")
        headers.append((name.lower(), value.lstrip(b"\t ")))
    return headers
