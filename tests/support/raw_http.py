"""An HTTP client for tests that check every byte: it adds nothing, follows no redirect and keeps header order."""

import gzip
import socket
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import brotli
import zstandard

TIMEOUT_SECONDS = 15
DECODERS = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    # One object per body: a decompressor is not safe to share between threads.
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}


@dataclass
class RawResponse:
    """One response; header names in lower case."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def get(self, name: str) -> str:
        """Return the value of one header, or "" if it is absent."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def decoded_body(self) -> bytes:
        """The body without its content coding."""
        return decode_body(self.body, self.get("content-encoding"))


def decode_body(body: bytes, encoding: str) -> bytes:
    """Return `body` without the content coding `encoding` ("" for none)."""
    return bytes(DECODERS[encoding](body)) if body and encoding else body


class RawConnection:
    """One connection: `fetch` one response, or `send` bytes and `read_response` one by one."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
        self._file = self._socket.makefile("rb")

    @property
    def addresses(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Host and port of this side, and of the server."""
        return self._socket.getsockname(), self._socket.getpeername()

    def build_request(self, path: str, method: str = "GET", version: str = "1.1", **headers: str) -> bytes:
        """Return the bytes of one request."""
        lines = [f"{method} {path} HTTP/{version}"]
        lines += [f"{name}: {value}" for name, value in ({"Host": "localhost"} | headers).items()]
        return "\r\n".join([*lines, "", ""]).encode()

    def fetch(self, path: str, method: str = "GET", version: str = "1.1", **headers: str) -> RawResponse:
        """Send one request and return its response."""
        self.send(self.build_request(path, method, version, **headers))
        return self.read_response(method)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def read_response(self, method: str = "GET") -> RawResponse:
        """Return the next response on this connection.

        Args:
            method: the method of its request; a response to HEAD has no body.

        Raises:
            ConnectionError: the connection ends, or something other than a response arrives.
        """
        line = self._file.readline()
        if not line.startswith(b"HTTP/1.1 "):
            raise ConnectionError(f"expected a status line, got {line!r}")
        response = RawResponse(int(line.split()[1]))
        for raw in iter(self._file.readline, b"\r\n"):
            name, _, value = raw.decode("latin-1").rstrip("\r\n").partition(": ")
            response.headers.append((name.lower(), value))
        if method != "HEAD" and response.status not in (204, 304):
            response.body = self._read_body(response)
        return response

    def is_closed(self) -> bool:
        """Wait for the next byte; return True if the server has closed instead."""
        return self._socket.recv(1) == b"" if not self._file.peek(1) else False

    def _read_body(self, response: RawResponse) -> bytes:
        if response.get("transfer-encoding") == "chunked":
            chunks = []
            while size := int(self._file.readline(), 16):
                chunks.append(self._file.read(size + 2)[:-2])
            self._file.readline()
            return b"".join(chunks)
        length = response.get("content-length")
        return self._file.read(int(length)) if length else self._file.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._socket.close()
