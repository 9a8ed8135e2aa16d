"""A plain HTTP client for tests that care about every byte: nothing is added, nothing is followed, order is kept."""

import gzip
import socket
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import brotli
import zstandard


@dataclass
class RawResponse:
    """One answer."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def get(self, name: str) -> str:
        """One header's value, empty if it is not there."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def plain(self) -> bytes:
        """Its body without the encoding it came in."""
        return decode_body(self.body, self.get("content-encoding"))


def decode_body(body: bytes, encoding: str) -> bytes:
    """`body` without `encoding`."""
    if not body or not encoding:
        return body
    ways = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.ZstdDecompressor().decompress}
    return bytes(ways[encoding](body))


class RawConnection:
    """One connection: `ask` for one answer, or `send` bytes and read each `answer`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        self._file = self._socket.makefile("rb")
        self._method = "GET"

    @property
    def ends(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Host and port on this side, and on the other."""
        return self._socket.getsockname(), self._socket.getpeername()

    def build_request(self, path: str, method: str = "GET", version: str = "1.1", **headers: str) -> bytes:
        """The bytes of one request."""
        lines = [f"{method} {path} HTTP/{version}"]
        lines += [f"{name}: {value}" for name, value in ({"Host": "localhost"} | headers).items()]
        return "\r\n".join([*lines, "", ""]).encode()

    def ask(self, path: str, method: str = "GET", version: str = "1.1", **headers: str) -> RawResponse:
        """One request and its answer."""
        self.send(self.build_request(path, method, version, **headers))
        return self.answer(method)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def answer(self, method: str = "GET") -> RawResponse:
        """The next answer on this connection."""
        line = self._file.readline()
        if not line.startswith(b"HTTP/1.1 "):
            raise ConnectionError(f"no answer but {line!r}")
        found = RawResponse(int(line.split()[1]))
        for raw in iter(self._file.readline, b"\r\n"):
            name, _, value = raw.decode("latin-1").rstrip("\r\n").partition(": ")
            found.headers.append((name.lower(), value))
        if method != "HEAD" and found.status not in (204, 304):
            found.body = self._body(found)
        return found

    def closed(self) -> bool:
        """Whether the other side has closed; waits for it."""
        return self._socket.recv(1) == b"" if not self._file.peek(1) else False

    def _body(self, found: RawResponse) -> bytes:
        if found.get("transfer-encoding") == "chunked":
            parts = []
            while size := int(self._file.readline(), 16):
                parts.append(self._file.read(size + 2)[:-2])
            self._file.readline()
            return b"".join(parts)
        length = found.get("content-length")
        return self._file.read(int(length)) if length else self._file.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._socket.close()
