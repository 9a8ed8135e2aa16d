"""No client fills memory or disk by sending without end."""

import http.client
import socket
import time
from typing import Any

import pytest

from stoppress.coverage.models import LiveBlog
from stoppress.edge.protocol import request_limits
from stoppress.service.processes import body_limit
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_connection_is_closed_when_a_header_does_not_end(blog: LiveBlog, serving: Serving) -> None:
    with socket.create_connection(("127.0.0.1", serving.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Filler: ")
        with pytest.raises(OSError):
            for _ in range(200):
                connection.sendall(b"a" * request_limits.MAX_HEAD_BYTES)


def test_long_header_below_the_limit_is_accepted(blog: LiveBlog, serving: Serving) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    for _ in range(5):
        connection.request("GET", "/", headers={"Host": "localhost", "X-Filler": "a" * 20_000})
        response = connection.getresponse()
        assert response.status == 200 and response.read()
    connection.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_body_above_the_limit_is_refused(blog: LiveBlog, serving: Serving, chunked: bool) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    body = (b"a" * 65536 for _ in range(body_limit.MAX_BODY_BYTES // 65536 + 1))
    if chunked:
        connection.request("POST", "/alerts", body, {"Host": "localhost"}, encode_chunked=True)
    else:
        connection.putrequest("POST", "/alerts", skip_host=True)
        connection.putheader("Host", "localhost")
        connection.putheader("Content-Length", str(body_limit.MAX_BODY_BYTES + 1))
        connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def post(client: RawConnection, length: int) -> None:
    client.send(client.build_request("/alerts", "POST", **{"Content-Length": str(length)}))


def test_body_slower_than_the_minimum_pace_is_aborted(
    blog: LiveBlog, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "BODY_TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(request_limits, "TIMEOUT_CHECK_SECONDS", 0.1)
    with RawConnection(serving.port) as client:
        post(client, 100_000)
        started = time.monotonic()
        with pytest.raises(OSError):
            for _ in range(50):
                client.send(b"a")
                time.sleep(0.2)
        assert time.monotonic() - started < 6
    wait_until(lambda: not serving.server.server_state.connections)


def test_body_at_a_slow_steady_pace_is_accepted(
    blog: LiveBlog, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "BODY_TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(request_limits, "TIMEOUT_CHECK_SECONDS", 0.1)
    with RawConnection(serving.port) as client:
        post(client, 20 * 4096)
        for _ in range(20):
            client.send(b"a" * 4096)
            time.sleep(0.15)
        assert client.read_response().status in range(200, 500)


@pytest.mark.parametrize("path", ["/", "/live/storm-maren", "/live/storm-maren/stream", "/healthz", "/static/nope"])
@pytest.mark.parametrize(
    "hosts",
    [[], ["localhost"] * 2, ["evil.example", "localhost"], ["localhost", "evil.example"], ["", "localhost"]],
    ids=["none", "twice", "bad first", "bad last", "empty first"],
)
def test_request_is_refused_unless_it_names_one_host(
    blog: LiveBlog, serving: Serving, path: str, hosts: list[str]
) -> None:
    with RawConnection(serving.port) as client:
        client.fetch("/live/storm-maren")
        lines = [f"GET {path} HTTP/1.1", *(f"Host: {host}" for host in hosts), "", ""]
        client.send("\r\n".join(lines).encode())
        assert client.read_response().status == 400
        assert client.is_closed()


def test_http_1_0_request_needs_no_host(blog: LiveBlog, serving: Serving, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with RawConnection(serving.port) as client:
        client.send(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert client.read_response().status == 200
