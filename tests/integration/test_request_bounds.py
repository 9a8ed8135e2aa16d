"""Nobody fills memory or disk by talking without end."""

import http.client
import socket

import pytest

from stoppress.coverage.models import LiveBlog
from stoppress.edge import guarded
from stoppress.service import bounds
from tests.serving import Serving

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_header_that_does_not_end_is_hung_up_on(blog: LiveBlog, serving: Serving) -> None:
    with socket.create_connection(("127.0.0.1", serving.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Filler: ")
        with pytest.raises(OSError):
            for _ in range(200):
                connection.sendall(b"a" * guarded.LARGEST_HEAD)


def test_a_header_of_ordinary_length_is_read(blog: LiveBlog, serving: Serving) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    for _ in range(5):
        connection.request("GET", "/", headers={"Host": "localhost", "X-Filler": "a" * 20_000})
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read()
    connection.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long_is_refused(blog: LiveBlog, serving: Serving, chunked: bool) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    body = (b"a" * 65536 for _ in range(bounds.LARGEST_BODY // 65536 + 1))
    if chunked:
        connection.request("POST", "/alerts", body, {"Host": "localhost"}, encode_chunked=True)
    else:
        connection.putrequest("POST", "/alerts", skip_host=True)
        connection.putheader("Host", "localhost")
        connection.putheader("Content-Length", str(bounds.LARGEST_BODY + 1))
        connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
