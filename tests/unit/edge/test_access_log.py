"""The edge's access log: lines of a moment in one record, none lost, none that holds the loop up."""

import asyncio
import logging
from time import thread_time

import pytest

from stoppress.edge.http import access_log
from stoppress.edge.http.access_log import MAX_REQUEST_CHARACTERS, MAX_DELAY_SECONDS, MAX_BUFFERED_CHARACTERS, AccessLog
from stoppress.service.log_format import redact

HERE = ("127.0.0.1", 7)


@pytest.fixture
def told(monkeypatch) -> list[str]:
    """The records that were made."""
    records: list[str] = []
    quiet = logging.Logger("test", logging.INFO)
    quiet.handle = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    monkeypatch.setattr(access_log, "log", quiet)
    return records


def test_lines_of_a_moment_are_one_record_and_the_next_ones_another(told):
    async def scene() -> None:
        log, loop = AccessLog(), asyncio.get_running_loop()
        for address in ("/a", "/b"):
            log.add(loop, HERE, f"GET {address}", 200)
        assert told == []
        await asyncio.sleep(2 * MAX_DELAY_SECONDS)
        log.add(loop, None, "GET /c", 304)
        await asyncio.sleep(2 * MAX_DELAY_SECONDS)

    asyncio.run(scene())
    assert told == [
        '127.0.0.1:7 - "GET /a HTTP/1.1" 200\n127.0.0.1:7 - "GET /b HTTP/1.1" 200',
        ':0 - "GET /c HTTP/1.1" 304',
    ]


def test_many_lines_do_not_wait_and_long_ones_are_cut(told):
    async def scene() -> None:
        log, loop = AccessLog(), asyncio.get_running_loop()
        for _ in range(200):
            log.add(loop, HERE, "GET /" + "x" * 5000, 200)
        log.flush()

    asyncio.run(scene())
    lines = [line for record in told for line in record.splitlines()]
    assert len(lines) == 200 and all("…" in line and len(line) < MAX_REQUEST_CHARACTERS + 60 for line in lines)
    assert len(told) > 3 and all(len(record) < MAX_BUFFERED_CHARACTERS + MAX_REQUEST_CHARACTERS + 100 for record in told)


def test_a_loop_that_ends_before_its_moment_silences_no_other(told):
    log = AccessLog()

    async def note() -> None:
        log.add(asyncio.get_running_loop(), HERE, "GET /", 200)

    async def note_and_wait() -> None:
        await note()
        await asyncio.sleep(2 * MAX_DELAY_SECONDS)

    asyncio.run(note())
    assert told == []
    asyncio.run(note_and_wait())
    assert len("\n".join(told).splitlines()) == 2


def test_no_address_makes_looking_for_secrets_slow():
    line = "GET /live/x?" + "%40a" * 20_000
    began = thread_time()
    assert redact(line) == line
    assert thread_time() - began < 1  # where each of them was tried to the end of the line, it was six


def test_an_address_behind_another_one_is_found():
    assert redact("a%40b%40reader.example") == "a…@reader.example"
    assert redact("one%40reader.example%40two@news.example").count("…") >= 1
