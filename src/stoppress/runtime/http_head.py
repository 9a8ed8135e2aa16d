"""The headers of a request: the one place that reads them, outside Django.

The protocol of the web process, its fast path for streams, the cache and the ASGI middleware all decide from the same
`RequestHead`, so that a request has one meaning on its whole way.
"""

from collections.abc import Sequence
from itertools import chain

Headers = Sequence[tuple[bytes, bytes]]
"""Names and values as an ASGI scope has them: names in lower case, values without white space around them."""

BODY_HEADERS = frozenset((b"content-length", b"transfer-encoding"))
"""Present if a request has a body, also an empty one."""
CONNECTION_HEADERS = frozenset((b"expect", b"upgrade", b"http2-settings"))
"""Headers that ask for more than an answer."""
PRECONDITION_HEADERS = frozenset((b"if-match", b"if-unmodified-since"))
CREDENTIAL_HEADERS = frozenset((b"cookie", b"authorization", b"proxy-authorization"))


class RequestHead:
    """The headers of one request, read in one pass.

    Values of a repeated field are joined by commas (RFC 9110 §5.3). The caller limits the number of headers first:
    joining takes time for each.
    """

    __slots__ = ("_fields", "_repeated", "size")

    def __init__(self, headers: Headers) -> None:
        fields = dict(headers)
        self._repeated: frozenset[bytes] = frozenset()
        if len(fields) != len(headers):
            fields, self._repeated = _joined(headers)
        self._fields = fields
        self.size = sum(map(len, chain.from_iterable(headers)))
        """Bytes of all names and values, without separators."""

    def get(self, name: bytes) -> bytes:
        """Return the value of a field, b"" if it is absent."""
        return self._fields.get(name, b"")

    def text(self, name: bytes) -> str:
        """Return the value of a field as text, "" if it is absent. Every byte is one character (latin-1)."""
        return self._fields.get(name, b"").decode("latin-1")

    def __contains__(self, name: bytes) -> bool:
        return name in self._fields

    def has_any(self, names: frozenset[bytes]) -> bool:
        """Return True if one of these fields is present."""
        return not names.isdisjoint(self._fields)

    @property
    def has_repeated_fields(self) -> bool:
        """True if a field is present more than once."""
        return bool(self._repeated)

    @property
    def has_one_host(self) -> bool:
        """True if there is exactly one Host, as HTTP/1.1 requires (RFC 9112 §3.2)."""
        return b"host" in self._fields and b"host" not in self._repeated

    @property
    def content_length(self) -> int:
        """The announced length of the body in bytes; 0 if none is announced."""
        value = self.get(b"content-length")
        return int(value) if value.isdigit() else 0


def _joined(headers: Headers) -> tuple[dict[bytes, bytes], frozenset[bytes]]:
    """Return the fields with their values joined, and the names of those that are repeated."""
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
    """Return the headers in `data`: lines that each end with CRLF and hold a colon, as checked by the caller.

    White space after a value is kept.
    """
    headers = []
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        name, _, value = line.partition(b":")
        headers.append((name.lower(), value.lstrip(b"\t ")))
    return headers
