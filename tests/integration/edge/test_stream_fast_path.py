"""The fast path recognises a stream request only if uvicorn's parser would find the same request."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.server import ServerState

from stoppress.coverage.public_state import Cursor
from stoppress.edge.cache import log_positions
from stoppress.edge.cache.log_positions import LogPositions
from stoppress.edge.fanout.socket_write import INVALID_FD
from stoppress.edge.http.access_log import AccessLog
from stoppress.edge.live.connection import StreamConnection
from stoppress.edge.live.hub import Hub
from stoppress.edge.protocol import stream_fast_path
from stoppress.edge.protocol.cached_response_protocol import NEVER_CACHED, CachedResponseProtocol
from stoppress.edge.protocol.request_limits import MAX_HEADERS
from stoppress.edge.protocol.stream_fast_path import MAX_FAST_PATH_BYTES, StreamFastPath, parse_stream_request
from stoppress.edge.protocol.stream_takeover import StreamRequest
from tests.support.malformed_requests import damage_request

BROWSER = (
    b"GET /live/storm-maren/stream?after=ab12-7&again=1 HTTP/1.1\r\n"
    b"Host: localhost\r\nConnection: keep-alive\r\nCache-Control: no-cache\r\nAccept: text/event-stream\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nReferer: http://localhost/live/storm-maren\r\n"
    b"Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: de,en;q=0.8\r\nLast-Event-ID: ab12-9\r\n\r\n"
)
BARE = b"GET /live/storm-maren/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
POSITION = Cursor("ab12", 9)


class NullTransport(asyncio.Transport):
    """A transport without a socket."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return False

    def write(self, data: Any) -> None:
        pass

    def close(self) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


class ParsingProtocol(CachedResponseProtocol):
    """Stores the stream request that uvicorn's parser finds, in place of a take-over."""

    request: StreamRequest | None = None

    def _take_over(self, request: StreamRequest) -> None:
        self.request = request


@pytest.fixture(autouse=True)
def one_known_blog(monkeypatch) -> None:
    monkeypatch.setattr(log_positions, "_latest", LogPositions({"storm-maren": POSITION}, 0.0))


@pytest.fixture(scope="module")
def config() -> Config:
    created = Config(
        "stoppress.service.processes.asgi:application", lifespan="off", ws="none", log_config=None, access_log=False
    )
    created.load()
    return created


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    created = uvloop.new_event_loop()
    yield created
    created.close()


def parse_by_uvicorn(data: bytes, config: Config, loop: asyncio.AbstractEventLoop) -> StreamRequest | None:
    hub = Hub(lambda slug, after, until: asyncio.sleep(0))  # type: ignore[arg-type,return-value]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ParsingProtocol, "hub", staticmethod(lambda: hub))
        protocol = ParsingProtocol(config, ServerState(), {}, loop)
        protocol.connection_made(NullTransport())
        protocol.data_received(data)
    return protocol.request


@pytest.mark.parametrize("data", [BROWSER, BARE, BARE.replace(b"Host: ", b"hOST:\t ")])
def test_fast_path_recognises_what_browsers_send(data, config, loop):
    request = parse_stream_request(data)
    assert request is not None and request == parse_by_uvicorn(data, config, loop)
    assert (request.slug, request.position) == ("storm-maren", POSITION)


def test_fast_path_reads_the_cursor_of_the_reader():
    request = parse_stream_request(BROWSER)
    assert request and (request.cursor, request.is_reconnect) == (Cursor("ab12", 9), True)
    request = parse_stream_request(BROWSER.replace(b"Last-Event-ID", b"X"))
    assert request and (request.cursor, request.is_reconnect) == (Cursor("ab12", 7), True)
    request = parse_stream_request(BARE)
    assert request and (request.cursor, request.is_reconnect) == (None, False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GET", b"HEAD"),
        (b"GET", b"POST"),
        (b"1.1", b"1.0"),
        (b"/stream", b"/changes"),
        (b"storm-maren", b"no-such-blog"),
        (b"storm-maren", b"storm%2Dmaren"),
        (b"localhost", b"elsewhere.example"),
        (b"localhost", b"localhost \t"),
        (b"Host: localhost\r\n", b""),
        (b"Host:", b"Host: localhost\r\nHost:"),
        (b"Host:", b"Accept: a\r\nAccept: b\r\nHost:"),
        (b"Host:", b"Content-Length: 3\r\nHost:"),
        (b"Host:", b"Transfer-Encoding: chunked\r\nHost:"),
        (b"Host:", b"Upgrade: h2c\r\nHost:"),
        (b"Host:", b"Expect: 100-continue\r\nHost:"),
        (b"Host:", b"Host :"),
        (b"Host:", b"X: a\r\n b\r\nHost:"),
        (b"Host:", b"X: a\0b\r\nHost:"),
        (b"Host:", b"X: a\nHost:"),
        (b"\r\n\r\n", b"\r\n"),
        (b"\r\n\r\n", b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nX: " + b"x" * MAX_FAST_PATH_BYTES + b"\r\n\r\n"),
        (b"\r\n\r\n", b"".join(b"\r\nX%d: a" % number for number in range(100)) + b"\r\n\r\n"),
    ],
)
def test_fast_path_leaves_other_requests_to_uvicorn(old, new):
    assert old in BARE and parse_stream_request(BARE.replace(old, new, 1)) is None


LINES = [b"Accept: */*", b"accept:a", b"Host: localhost", b"host: localhost", b"Last-Event-ID: ab12-3", b"X: \xff\t"]
LINES += [
    b"Content-Length: 0",
    b"Connection: close",
    b"Connection: Upgrade",
    b"Cookie: a=b",
    b"X : y",
    b" folded",
    b"Y:",
]
QUERIES = [b"", b"?", b"?after=ab12-8", b"?after=x&after=ab12-1", b"?again=1", b"?a=%31", b"#x", b"?a?b"]


@given(st.lists(st.sampled_from(LINES), max_size=6), st.sampled_from(QUERIES))
def test_fast_path_agrees_with_uvicorn_on_header_variations(config, loop, lines, query):
    data = b"\r\n".join([b"GET /live/storm-maren/stream" + query + b" HTTP/1.1", b"Host: localhost", *lines, b"", b""])
    request = parse_stream_request(data)
    assert request is None or request == parse_by_uvicorn(data, config, loop)


@given(st.randoms(use_true_random=False))
def test_fast_path_agrees_with_uvicorn_on_random_damage(config, loop, chance):
    data = damage_request(chance.choice([BROWSER, BARE]), chance)
    request = parse_stream_request(data)
    assert request is None or request == parse_by_uvicorn(data, config, loop)


class IPv6Socket:
    """A socket whose peer address has four parts."""

    family = socket.AF_INET6

    def getpeername(self) -> tuple[str, int, int, int]:
        return ("::1", 4711, 0, 0)

    def setsockopt(self, *option: int) -> None:
        pass

    def fileno(self) -> int:
        return INVALID_FD


class IPv6Transport(NullTransport):
    """The transport of an IPv6Socket."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return IPv6Socket() if name == "socket" else default

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


def test_fast_path_serves_and_logs_a_stream_over_ipv6(loop, monkeypatch):
    hub = Hub(lambda slug, after, until: asyncio.sleep(0))  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(CachedResponseProtocol, "hub", staticmethod(lambda: hub))
    log = AccessLog()
    monkeypatch.setattr(stream_fast_path, "access_log", log)
    logging_config = Config(
        "stoppress.service.processes.asgi:application", http=StreamFastPath, ws="none", log_config=None
    )
    state, transport = ServerState(), IPv6Transport()
    protocol = StreamFastPath(logging_config, state, {}, loop)
    protocol.connection_made(transport)
    assert state.connections == {protocol}
    protocol.data_received(BARE)
    assert not state.connections and hub.reader_count == 1 and isinstance(transport.protocol, StreamConnection)
    assert log._lines == ['::1:4711 - "GET /live/storm-maren/stream HTTP/1.1" 200']


def test_fast_path_accepts_the_maximum_number_of_headers():
    full = b"".join(b"\r\nX%d: a" % number for number in range(MAX_HEADERS - 1))
    assert parse_stream_request(BARE.replace(b"\r\n\r\n", full + b"\r\n\r\n"))


@pytest.mark.parametrize("url", [b"/live/stream", b"/embed/stream", b"/live/storm-maren?u=/stream", b"/live/a/streams"])
def test_never_cached_matches_streams_only(url):
    assert not NEVER_CACHED.match(url)


@pytest.mark.parametrize("url", [b"/live/storm-maren/stream", b"/live/storm%2Dmaren/stream?after=a-1"])
def test_never_cached_matches_every_stream(url):
    assert NEVER_CACHED.match(url)
