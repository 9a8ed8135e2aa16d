"""Malformed requests: the server answers or refuses, never crashes, and keeps neither connections nor memory."""

import contextlib
import logging
import random
import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoppress.coverage import actions
from stoppress.coverage.post_content import Content
from tests.support.malformed_requests import CORPUS, WELL_FORMED, random_requests
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(blog, serving, clock, caplog) -> Iterator[Serving]:  # type: ignore[no-untyped-def]
    """Return the web process; at the end it must still serve and have logged no error."""
    actions.publish(blog.slug, Content(headline="Line"), by="tom", now=clock.tick())
    yield serving
    with RawConnection(serving.port) as client:
        assert [client.fetch(f"/live/{blog.slug}").status for _ in range(3)] == [200, 200, 200]
    wait_until(lambda: not serving.server.server_state.connections)
    wait_until(lambda: serving.readers == 0 and not serving.server.server_state.tasks)
    assert [record.getMessage() for record in caplog.records if is_server_error(record)] == []


def is_server_error(record: logging.LogRecord) -> bool:
    """Return True if the record reports an error of the server; a wrong Host is the client's."""
    return record.levelno >= logging.ERROR and not record.name.startswith("django.security")


def send(serving: Serving, pieces: list[bytes], seconds: float = 0.05) -> bytes:
    """Send in pieces, read for `seconds`, and close."""
    received = b""
    with socket.create_connection(("127.0.0.1", serving.port), timeout=5) as connection, contextlib.suppress(OSError):
        for piece in pieces:
            connection.sendall(piece)
        connection.settimeout(seconds)
        while data := connection.recv(65536):
            received += data
    return received


@pytest.mark.parametrize("name", CORPUS)
def test_recorded_requests_get_the_same_answer_whole_and_byte_by_byte(server, name):
    data = CORPUS[name]
    whole = send(server, [data], 0.3)
    assert not whole or whole.startswith(b"HTTP/1.1 "), whole[:60]
    assert b" 500 " not in whole.split(b"\r\n")[0]
    send(server, [data[at : at + 1] for at in range(len(data))])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, 200), max_size=3))
def test_server_survives_random_requests(server, chance, cuts):
    data = random_requests(chance)
    bounds = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    received = send(server, [data[start:end] for start, end in pairwise(bounds)], 0.01)
    assert not received or received.startswith(b"HTTP/1.1 ")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(WELL_FORMED) - 1), min_size=1, max_size=8), st.integers(1, 60))
def test_pipelined_requests_are_all_answered_when_cut_anywhere(server, turns, size):
    data = b"".join(WELL_FORMED[turn] for turn in turns)
    with RawConnection(server.port) as client:
        for start in range(0, len(data), size):
            client.send(data[start : start + size])
        methods = [WELL_FORMED[turn].split(b" ")[0].decode() for turn in turns]
        expected = [200, 200, 304, 200, 405, 200, 200]
        statuses = [client.read_response(method).status for method in methods]
        assert statuses == [expected[turn] for turn in turns]


def test_closed_connections_leave_nothing_in_memory(server):
    import gc
    import tracemalloc

    chance = random.Random(7)
    for _ in range(300):
        send(server, [random_requests(chance)], 0.001)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(600):
        send(server, [random_requests(chance)], 0.001)
    wait_until(lambda: not server.server.server_state.connections)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 2_000_000, f"{grown} bytes kept of 600 connections"
