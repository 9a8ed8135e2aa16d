"""The hot path under nonsense: it answers or refuses, crashes never, and keeps neither connections nor memory."""

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
    """The web process; in the end it must serve as ever and have logged no fault."""
    actions.publish(blog.slug, Content(headline="Line"), by="tom", now=clock.tick())
    yield serving
    with RawConnection(serving.port) as wire:
        assert [wire.fetch(f"/live/{blog.slug}").status for _ in range(3)] == [200, 200, 200]
    wait_until(lambda: not serving.server.server_state.connections)
    wait_until(lambda: serving.readers == 0 and not serving.server.server_state.tasks)
    assert [record.getMessage() for record in caplog.records if is_fault(record)] == []


def is_fault(record: logging.LogRecord) -> bool:
    """Whether something went wrong here; that a reader named a foreign host did not."""
    return record.levelno >= logging.ERROR and not record.name.startswith("django.security")


def send(serving: Serving, pieces: list[bytes], patience: float = 0.05) -> bytes:
    """Send in pieces, read what comes for a moment, and go without a word."""
    came = b""
    with socket.create_connection(("127.0.0.1", serving.port), timeout=5) as connection, contextlib.suppress(OSError):
        for piece in pieces:
            connection.sendall(piece)
        connection.settimeout(patience)
        while data := connection.recv(65536):
            came += data
    return came


@pytest.mark.parametrize("name", CORPUS)
def test_recorded_requests_are_answered_or_refused_as_a_whole_and_byte_by_byte(server, name):
    data = CORPUS[name]
    whole = send(server, [data], 0.3)
    assert not whole or whole.startswith(b"HTTP/1.1 "), whole[:60]
    assert b" 500 " not in whole.split(b"\r\n")[0]
    send(server, [data[at : at + 1] for at in range(len(data))])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, 200), max_size=3))
def test_varied_requests_crash_nothing(server, chance, cuts):
    data = random_requests(chance)
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    came = send(server, [data[start:end] for start, end in pairwise(places)], 0.01)
    assert not came or came.startswith(b"HTTP/1.1 ")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(WELL_FORMED) - 1), min_size=1, max_size=8), st.integers(1, 60))
def test_pipelined_requests_are_all_answered_however_they_are_cut(server, turns, size):
    data = b"".join(WELL_FORMED[turn] for turn in turns)
    with RawConnection(server.port) as wire:
        for start in range(0, len(data), size):
            wire.send(data[start : start + size])
        methods = [WELL_FORMED[turn].split(b" ")[0].decode() for turn in turns]
        expected = [200, 200, 304, 200, 405, 200, 200]
        got = [wire.read_response(method).status for method in methods]
        assert got == [expected[turn] for turn in turns]


def test_many_connections_leave_nothing_behind(server):
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
