"""Bytes after the head of a request are counted, limited and never become headers."""

import json
import resource
import socket
import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httptools
import pytest

from stoppress.coverage.models import LiveBlog
from stoppress.edge.protocol.request_limits import RequestLimitsProtocol
from tests.support.echo import DANGEROUS, RECEIVED_BODIES
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving

pytestmark = pytest.mark.django_db(transaction=True)

FRAMING = {"Content-Length": "3", "Transfer-Encoding": "chunked"}
CHUNKED = {"Transfer-Encoding": "chunked"}


def read_echo(client: RawConnection) -> Any:
    response = client.read_response()
    assert response.status == 200, response
    return json.loads(response.decoded_body)


def post(client: RawConnection, rest: bytes, **headers: str) -> None:
    client.send(client.build_request("/alerts/test-echo", "POST", **CHUNKED, **headers) + rest)


@pytest.mark.parametrize("apart", [False, True], ids=["one write", "after the body was read"])
@pytest.mark.parametrize("name", DANGEROUS)
def test_trailer_never_becomes_a_header(echoing: Serving, name: str, apart: bool) -> None:
    trailer = f"0\r\n{name}: {DANGEROUS[name]}\r\n\r\n".encode()
    with RawConnection(echoing.port) as client:
        if apart:
            post(client, b"5\r\nhello\r\n")
            time.sleep(0.05)
            client.send(trailer)
        else:
            post(client, b"5\r\nhello\r\n" + trailer)
        echo = read_echo(client)
        assert echo["body"] == "hello"
        assert echo["scope"] == ["host", "transfer-encoding"]
        assert {key for key in echo["meta"] if key.startswith(("HTTP_", "CONTENT_"))} == {
            "HTTP_HOST",
            "HTTP_TRANSFER_ENCODING",
        }
        assert echo["meta"]["HTTP_HOST"] == "localhost"
        assert echo["meta"]["REMOTE_ADDR"] == "127.0.0.1"
        client.send(client.build_request("/alerts/test-echo"))
        assert read_echo(client)["scope"] == ["host"]


@pytest.mark.parametrize("name", FRAMING)
def test_framing_trailer_is_refused(echoing: Serving, name: str) -> None:
    with RawConnection(echoing.port) as client:
        post(client, f"5\r\nhello\r\n0\r\n{name}: {FRAMING[name]}\r\n\r\n".encode())
        assert client.read_response().status == 400
        assert client.is_closed()


def test_close_trailer_closes_after_the_response(echoing: Serving) -> None:
    with RawConnection(echoing.port) as client:
        post(client, b"5\r\nhello\r\n0\r\nConnection: close\r\n\r\n")
        assert read_echo(client)["body"] == "hello"
        assert client.is_closed()


def test_trailer_gives_no_access_to_metrics(blog: LiveBlog, serving: Serving, settings: Any) -> None:
    settings.TRUSTED_PROXIES = settings.METRICS_NETWORKS = [ip_network("127.0.0.1/32")]
    with RawConnection(serving.port) as client:
        head = client.build_request("/metrics", "GET", **CHUNKED, **{"X-Forwarded-For": "203.0.113.9"})
        client.send(head + b"0\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n")
        assert client.read_response().status == 403


@pytest.mark.parametrize("name", ["X_Forwarded_For", "x_forwarded_for", "X-Forwarded_For", "X_Real_IP"])
def test_header_with_underscore_is_not_read_as_one_with_hyphen(echoing: Serving, name: str) -> None:
    with RawConnection(echoing.port) as client:
        client.send(client.build_request("/alerts/test-echo", **{name: "127.0.0.1"}))
        assert read_echo(client)["scope"] == ["host"]


def test_trailers_up_to_8_kib_are_ignored(echoing: Serving) -> None:
    with RawConnection(echoing.port) as client:
        post(client, b"5\r\nhello\r\n0\r\n" + b"X-Checksum: " + b"a" * 8000 + b"\r\n\r\n")
        assert read_echo(client)["body"] == "hello"
        post(client, b"5\r\nagain\r\n0\r\n" + b"X-A: b\r\n" * 900 + b"\r\n")
        assert read_echo(client)["body"] == "again"


@pytest.mark.parametrize(
    "rest",
    [
        b"5\r\nhello\r\n0\r\n" + b"X-A: b\r\n" * 1100 + b"\r\n",
        b"5\r\nhello\r\n0\r\nX-A: " + b"b" * 8300 + b"\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX-A: " + b"b" * 8300,
        b"5\r\nhello\r\n0\r\n" + b"X" * 8300,
        b"5;a=" + b"b" * 8300 + b"\r\nhello\r\n0\r\n\r\n",
        b"5;a=" + b"b" * 8300,
        b"5\r\nhello\r\n0;a=" + b"b" * 8300 + b"\r\n\r\n",
        (b"1;abcdefghijklmnopqrst\r\nx\r\n") * 900 + b"0\r\n\r\n",
        b"0" * 8300 + b"5\r\nhello\r\n0\r\n\r\n",
    ],
    ids=[
        "many trailers",
        "one long trailer",
        "one that does not end",
        "a name that does not end",
        "a long extension",
        "an extension that does not end",
        "an extension of the last chunk",
        "many short extensions",
        "leading zeros",
    ],
)
@pytest.mark.parametrize("pause", [False, True], ids=["with the head", "after the head"])
def test_more_than_8_kib_besides_content_is_refused(echoing: Serving, rest: bytes, pause: bool) -> None:
    with RawConnection(echoing.port) as client:
        post(client, b"" if pause else rest)
        if pause:
            time.sleep(0.05)
            client.send(rest)
        assert client.read_response().status == 431
        assert client.is_closed()
    time.sleep(0.05)
    assert RECEIVED_BODIES == []  # a refused request never reaches the application


def test_framing_in_small_pieces_is_counted(echoing: Serving) -> None:
    with RawConnection(echoing.port) as client:
        post(client, b"5\r\nhello\r\n0\r\nX-A: ")
        with pytest.raises(OSError):
            for _ in range(200):
                client.send(b"b" * 100)
                time.sleep(0.002)


def test_body_of_many_tiny_chunks_is_refused(echoing: Serving) -> None:
    with RawConnection(echoing.port) as client:
        post(client, b"1\r\nx\r\n" * 6000 + b"0\r\n\r\n")
        assert client.read_response().status == 400
        assert client.is_closed()


def test_small_chunks_of_an_ordinary_client_are_accepted(echoing: Serving) -> None:
    with RawConnection(echoing.port) as client:
        post(client, b"1\r\nx\r\n" * 4000 + b"0\r\n\r\n")
        assert read_echo(client)["body"] == "x" * 4000
        post(client, b"10\r\n0123456789abcdef\r\n" * 20_000 + b"0\r\n\r\n")
        assert len(read_echo(client)["body"]) == 320_000


@pytest.mark.parametrize(
    "flood", [b"0\r\nX-A: ", b"0\r\n" + b"X-A: b\r\n" * 100, b"1;a="], ids=["one", "many", "extension"]
)
def test_flood_after_the_head_costs_no_memory(echoing: Serving, flood: bytes) -> None:
    before = memory()
    with RawConnection(echoing.port) as client, pytest.raises(OSError):
        post(client, flood)
        for _ in range(960):  # 60 MiB
            client.send((b"b" * 1000 + b"\r\nX-A: ") * 65 if b"X-A: b" in flood else b"b" * 65_536)
        raise AssertionError("the server accepted all of it")
    assert memory() - before < 8 * 1024 * 1024


def memory() -> int:
    """Return the bytes of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_pipelined_requests_are_limited_to_16(echoing: Serving) -> None:
    with RawConnection(echoing.port) as client:
        client.send(client.build_request("/alerts/test-echo") * 500)
        statuses = [client.read_response().status for _ in range(18)]
        assert statuses == [200] * 17 + [429]
        assert client.is_closed()


def test_client_may_send_requests_ahead_of_responses(echoing: Serving) -> None:
    with RawConnection(echoing.port) as client:
        for _ in range(3):
            client.send(client.build_request("/alerts/test-echo") * 10)
            assert [client.read_response().status for _ in range(10)] == [200] * 10


def test_endless_empty_lines_are_refused(echoing: Serving) -> None:
    with RawConnection(echoing.port) as client:
        client.send(b"\r\n" * 100 + client.build_request("/alerts/test-echo"))
        assert read_echo(client)["scope"] == ["host"]
        client.send(b"\r\n" * 600)
        assert client.read_response().status == 400
        assert client.is_closed()


def test_bytes_after_a_last_request_are_counted(echoing: Serving) -> None:
    with RawConnection(echoing.port) as client:
        client.send(client.build_request("/alerts/test-echo", Connection="close") + b"x" * 200)
        assert read_echo(client)["scope"] == ["connection", "host"]
        assert client.is_closed()


def test_unused_body_is_discarded_up_to_a_limit(
    blog: LiveBlog, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stoppress.edge.protocol.request_limits.MAX_DISCARDED_BODY_BYTES", 100_000)
    with RawConnection(serving.port) as client:
        client.send(client.build_request("/nothing-here", "GET", **CHUNKED))
        with pytest.raises(OSError):
            for _ in range(2000):
                client.send(b"1000\r\n" + b"a" * 4096 + b"\r\n")
                time.sleep(0.001)


def test_bytes_after_a_stream_request_are_limited(blog: LiveBlog, serving: Serving) -> None:
    with socket.create_connection(("127.0.0.1", serving.port), timeout=10) as connection:
        connection.sendall(b"GET /live/storm-maren/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        connection.sendall(b"x" * 8000)
        time.sleep(0.1)
        assert serving.readers == 1
        with pytest.raises(OSError):
            for _ in range(100):
                connection.sendall(b"x" * 1000)
                time.sleep(0.01)


def test_uvicorns_parser_reports_trailers_and_chunks() -> None:
    assert callable(RequestLimitsProtocol.on_chunk_header)
    calls: list[str] = []

    class Recorder:
        def on_header(self, name: bytes, value: bytes) -> None:
            calls.append(name.decode())

        def on_headers_complete(self) -> None:
            calls.append("complete")

        def on_chunk_header(self) -> None:
            calls.append("chunk")

    parser = httptools.HttpRequestParser(Recorder())
    parser.feed_data(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n")
    assert calls == ["Transfer-Encoding", "complete", "chunk", "chunk", "A"]
