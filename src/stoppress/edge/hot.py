"""Readers' hot addresses, answered from memory inside uvicorn's protocol: parse, look up, one write.

An answer goes out this way only if nothing on its connection is still being answered or waiting, the reader takes
what it is sent, and the request is a plain GET or HEAD over HTTP/1.1 that stays open, with one good Host and no
body. Everything else goes the ordinary way, through EdgeProtocol (streams) and uvicorn to remembering.py: it is
never wrong, only slower.

Members of uvicorn's HttpToolsProtocol relied on (held by tests): those named in stream.py and guarded.py, and
access_log, access_logger, client, flow.write_paused, server_state.default_headers, server_state.total_requests.
"""

from stoppress.edge.guarded import LARGEST_HEAD, LONGEST_URL, MOST_HEADERS, GuardedProtocol
from stoppress.edge.hosts import host_allowed
from stoppress.edge.memory import Answer, memory
from stoppress.edge.renditions import negotiated

METHODS = (b"GET", b"HEAD")
NOT_PLAIN = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"http2-settings"))


class HotProtocol(GuardedProtocol):
    """The protocol of the web process: hot addresses from memory, streams to the hub, the rest to Django."""

    memory = memory
    _answered = False

    def on_headers_complete(self) -> None:
        """Answer at once if that can be done; let everything else pass."""
        self._answered = False
        if len(self.url) <= LONGEST_URL:
            self._answered = self._answer()
        if not self._answered:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What was answered here had none."""
        if not self._answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request that was answered here has no cycle to tell."""
        if not self._answered:
            super().on_message_complete()

    def _answer(self) -> bool:
        method = self.parser.get_method()
        if method not in METHODS or self.busy or self.flow.write_paused or self.parser.should_upgrade():
            return False
        if self.parser.get_http_version() != "1.1" or not self.parser.should_keep_alive():
            return False
        wanted = self._wanted()
        if wanted is None:
            return False
        answer, tags = wanted
        status, data = answer.written(self.server_state.default_headers, method, tags)
        self.transport.write(data)
        self.server_state.total_requests += 1
        self.rest()
        if self.access_log:
            self._log_answer(method, status)
        return True

    def _wanted(self) -> tuple[Answer, str] | None:
        """The answer at hand for this request, and the tags of what its reader has."""
        host, accept, tags, size = b"", b"", b"", 0
        for name, value in self.headers:
            size += len(name) + len(value)
            if name == b"host":
                if host:
                    return None
                host = value
            elif name == b"accept-encoding":
                accept = accept + b"," + value if accept else value
            elif name == b"if-none-match":
                tags = tags + b"," + value if tags else value
            elif name in NOT_PLAIN:
                return None
        if size > LARGEST_HEAD or len(self.headers) > MOST_HEADERS or not host or not host_allowed(host):
            return None
        answer = self.memory.find(self.url.partition(b"?")[0], negotiated(accept.decode("latin-1")))
        return (answer, tags.decode("latin-1")) if answer is not None else None

    def _log_answer(self, method: bytes, status: int) -> None:
        """The line that uvicorn writes for every other request."""
        client = ":".join(map(str, self.client)) if self.client else ""
        url = self.url.decode("ascii", "replace")
        self.access_logger.info('%s - "%s %s HTTP/%s" %d', client, method.decode(), url, "1.1", status)
