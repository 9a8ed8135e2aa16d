"""Trailers of a chunked request that come through a real HAProxy never become headers."""

import json
import socket
import subprocess
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from stoppress.coverage.models import LiveBlog
from tests.support import system_packages
from tests.support.echo import DANGEROUS
from tests.support.raw_http import RawConnection
from tests.support.waiting import wait_until
from tests.support.web_server import Serving, free_port

pytestmark = pytest.mark.django_db(transaction=True)

CONFIGURATION = """
global
  log stdout format raw local0 err
defaults
  mode http
  timeout connect 10s
  timeout client 30s
  timeout server 30s
  option forwardfor
  http-reuse always
listen site
  bind 127.0.0.1:{port}
  server web 127.0.0.1:{upstream}
"""
ADDED_BY_HAPROXY = {"x-forwarded-for"}


def is_listening(port: int) -> bool:
    """Return True if a program accepts connections on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def haproxy(serving: Serving, tmp_path: Path) -> Iterator[int]:
    """Run HAProxy in front of the server; yield its port."""
    program, port = system_packages.haproxy(), free_port()
    assert program is not None, "HAProxy is missing: run `make test`"
    configuration = tmp_path / "haproxy.cfg"
    configuration.write_text(CONFIGURATION.format(port=port, upstream=serving.port))
    with subprocess.Popen([program, "-q", "-db", "-f", configuration]) as process:
        try:
            wait_until(lambda: is_listening(port))
            yield port
        finally:
            process.kill()


def test_trailers_through_haproxy_never_become_headers(echoing: Serving, haproxy: int) -> None:
    trailers = "".join(f"{name}: {value}\r\n" for name, value in DANGEROUS.items())
    with RawConnection(haproxy) as client:
        for _ in range(2):  # the second request uses the same connection to the server
            head = client.build_request("/alerts/test-echo", "POST", **{"Transfer-Encoding": "chunked"})
            client.send(head + f"5\r\nhello\r\n0\r\n{trailers}\r\n".encode())
            response = client.read_response()
            assert response.status == 200
            found = json.loads(response.decoded_body)
            assert found["body"] == "hello"
            assert set(found["scope"]) - ADDED_BY_HAPROXY <= {"host", "transfer-encoding"}
            assert found["meta"]["HTTP_HOST"] == "localhost" and "HTTP_AUTHORIZATION" not in found["meta"]
            assert found["meta"]["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"  # HAProxy's own, once


def test_metrics_stay_closed_to_a_client_with_trailers_behind_haproxy(blog: LiveBlog, haproxy: int, settings) -> None:
    settings.METRICS_NETWORKS = [ip_network("10.0.0.1")]  # the client of HAProxy is 127.0.0.1
    with RawConnection(haproxy) as client:
        client.send(client.build_request("/metrics", "GET", **{"Transfer-Encoding": "chunked"}))
        client.send(b"0\r\nX-Forwarded-For: 10.0.0.1\r\nX-Real-IP: 10.0.0.1\r\n\r\n")
        assert client.read_response().status == 403
