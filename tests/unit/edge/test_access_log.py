"""The edge's access log: the lines of one moment in one record; none is lost, none blocks the event loop."""

import asyncio
import logging
from time import thread_time

import pytest

from stoppress.edge.http import access_log
from stoppress.edge.http.access_log import MAX_BUFFERED_CHARACTERS, MAX_DELAY_SECONDS, MAX_REQUEST_CHARACTERS, AccessLog
from stoppress.service.log_format import redact

CLIENT = ("127.0.0.1", 7)


@pytest.fixture
def records(monkeypatch) -> list[str]:
    """Return the log records, as they are written."""
    messages: list[str] = []
    quiet = logging.Logger("test", logging.INFO)
    quiet.handle = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    monkeypatch.setattr(access_log, "log", quiet)
    return messages


def test_access_log_writes_lines_of_one_moment_as_one_record(records):
    async def log_lines() -> None:
        log, loop = AccessLog(), asyncio.get_running_loop()
        for address in ("/a", "/b"):
            log.add(loop, CLIENT, f"GET {address}", 200)
        assert records == []
        await asyncio.sleep(2 * MAX_DELAY_SECONDS)
        log.add(loop, None, "GET /c", 304)
        await asyncio.sleep(2 * MAX_DELAY_SECONDS)

    asyncio.run(log_lines())
    assert records == [
        '127.0.0.1:7 - "GET /a HTTP/1.1" 200\n127.0.0.1:7 - "GET /b HTTP/1.1" 200',
        ':0 - "GET /c HTTP/1.1" 304',
    ]


def test_access_log_flushes_early_when_many_lines_wait_and_cuts_long_ones(records):
    async def log_lines() -> None:
        log, loop = AccessLog(), asyncio.get_running_loop()
        for _ in range(200):
            log.add(loop, CLIENT, "GET /" + "x" * 5000, 200)
        log.flush()

    asyncio.run(log_lines())
    lines = [line for record in records for line in record.splitlines()]
    assert len(lines) == 200 and all("…" in line and len(line) < MAX_REQUEST_CHARACTERS + 60 for line in lines)
    assert len(records) > 3 and all(
        len(record) < MAX_BUFFERED_CHARACTERS + MAX_REQUEST_CHARACTERS + 100 for record in records
    )


def test_access_log_flushes_from_a_new_loop_when_the_old_one_ended(records):
    log = AccessLog()

    async def log_line() -> None:
        log.add(asyncio.get_running_loop(), CLIENT, "GET /", 200)

    async def log_line_and_wait() -> None:
        await log_line()
        await asyncio.sleep(2 * MAX_DELAY_SECONDS)

    asyncio.run(log_line())
    assert records == []
    asyncio.run(log_line_and_wait())
    assert len("\n".join(records).splitlines()) == 2


def test_redact_takes_linear_time_on_hostile_addresses():
    line = "GET /live/x?" + "%40a" * 20_000
    started = thread_time()
    assert redact(line) == line
    assert thread_time() - started < 1  # with a quadratic pattern it was six


def test_redact_masks_an_address_behind_another_one():
    assert redact("a%40b%40reader.example") == "a…@reader.example"
    assert redact("one%40reader.example%40two@news.example").count("…") >= 1
