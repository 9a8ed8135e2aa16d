"""One client may have so many streams and no more; streams leave descriptors to desk, API and health checks."""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from stoppress.edge.cache import log_positions
from stoppress.edge.live import stream_limits
from tests.support.raw_http import RawConnection
from tests.support.waiting import wait_until
from tests.support.web_server import Serving

OpenStream = Callable[..., tuple[int, RawConnection, str]]
STREAM = "/live/storm-maren/stream"


@pytest.fixture(autouse=True)
def five_streams(settings, monkeypatch) -> Iterator[None]:
    settings.MAX_STREAMS_PER_CLIENT = 5
    monkeypatch.setattr(stream_limits.stream_limits, "_open", {})
    yield


@pytest.fixture
def open_stream(blog, serving: Serving) -> Iterator[OpenStream]:
    """Yield a function that requests a stream and returns the status, the connection and the value of Retry-After."""
    wait_until(lambda: blog.slug in log_positions.last_known())
    with ExitStack() as stack:

        def request(**headers: str) -> tuple[int, RawConnection, str]:
            connection = stack.enter_context(RawConnection(serving.port))
            connection.send(connection.build_request(STREAM, **headers))
            status = int(connection._file.readline().split()[1])
            head = [line.decode().lower().strip() for line in iter(connection._file.readline, b"\r\n")]
            return status, connection, next((line for line in head if line.startswith("retry-after")), "")

        yield request


@pytest.mark.parametrize("headers", [{}, {"Expect": "x"}], ids=["fast path", "parser"])
def test_sixth_stream_of_a_client_is_refused_until_one_closes(
    serving: Serving, open_stream: OpenStream, headers
) -> None:
    opened = [open_stream(**headers) for _ in range(5)]
    assert [status for status, _, _ in opened] == [200] * 5
    status, refused, retry_after = open_stream(**headers)
    assert (status, retry_after) == (429, "retry-after: 30") and refused.is_closed()
    with RawConnection(serving.port) as other:
        assert other.fetch("/healthz").status == 200
    opened[0][1].__exit__(None, None, None)
    wait_until(lambda: open_stream(**headers)[0] == 200)


def test_clients_behind_a_proxy_are_counted_by_their_own_addresses(open_stream: OpenStream, settings) -> None:
    for client in ("203.0.113.9", "203.0.113.10"):
        found = [open_stream(**{"X-Forwarded-For": f"192.0.2.1, {client}"})[:2] for _ in range(6)]
        assert [status for status, _ in found] == [200] * 5 + [429]
    settings.TRUSTED_HOPS = 2
    assert open_stream(**{"X-Forwarded-For": "203.0.113.11, 203.0.113.9"})[0] == 200


def test_addresses_of_one_ipv6_network_are_one_client(open_stream: OpenStream) -> None:
    found = [open_stream(**{"X-Forwarded-For": f"2001:db8:1:2::{number}"})[0] for number in range(6)]
    assert found == [200] * 5 + [429]


def test_there_is_no_limit_when_the_setting_is_0(open_stream: OpenStream, settings) -> None:
    settings.MAX_STREAMS_PER_CLIENT = 0
    assert {open_stream()[0] for _ in range(12)} == {200}


def test_streams_leave_descriptors_to_other_requests(monkeypatch) -> None:
    monkeypatch.setattr(stream_limits, "stream_limits", None)  # never the process's own limit of descriptors
    limits = stream_limits.StreamLimits()
    monkeypatch.setattr(limits._descriptors, "_limit", 50)
    assert (limits.admit("203.0.113.9", 49), limits.admit("203.0.113.9", 50)) == (0, 503)
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft >= 4096:
        assert stream_limits.stream_descriptor_limit() == soft - 64 - 256


def test_bounds_of_descriptors_are_shares_of_a_small_limit() -> None:
    program = (
        "import os, resource; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'stoppress.service.settings'\n"
        "from stoppress.edge.http.connection_limit import descriptor_limit\n"
        "from stoppress.edge.live.stream_limits import stream_descriptor_limit\n"
        "print(descriptor_limit(), stream_descriptor_limit())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["150", "113"], done.stderr
