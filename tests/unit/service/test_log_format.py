"""Shareable logs: no tokens, masked addresses, one line per event."""

import logging
import sqlite3
from contextlib import closing
from time import thread_time

import pytest
from django.db import InterfaceError, OperationalError

from stoppress.runtime.storage_faults import find_storage_fault
from stoppress.service.log_format import LineFormatter, RedactingFilter, redact


def test_redact_removes_tokens_and_masks_addresses():
    text = redact('"GET /alerts/manage/abc:def-123?x=1 HTTP/1.1" for amina.b+news@readers.example, Bearer sp_secret')
    assert "abc" not in text and "amina.b" not in text and "sp_secret" not in text
    assert "/alerts/manage/…" in text and "a…@readers.example" in text


@pytest.mark.parametrize(
    "address",
    [
        "mårten@readers.example",
        "हिन्दी@readers.example",
        "secret!name@readers.example",
        "o'hara/press@readers.example",
        "пошта@приклад.укр",
        "name@हिन्दी.भारत",
        "%D0%BF%D0%BE@readers.example",
        "name%40readers.example",
    ],
)
def test_redact_masks_addresses_in_any_script(address):
    text = redact(f'refused <{address}>, to={address} and "{address}".')
    local = address.replace("%40", "@").partition("@")[0]
    assert local not in text and local[1:] not in text and "…@" in text


def test_redact_is_fast_when_a_long_line_has_no_address():
    began = thread_time()
    redact("x" * 200_000)
    assert thread_time() - began < 2


def test_log_record_is_one_redacted_line_with_its_traceback():
    try:
        raise ValueError("cannot send to amina@readers.example")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "bad: %s", ("a\nb@c.example",), None)
        record.exc_info = (type(error), error, error.__traceback__)
    RedactingFilter().filter(record)
    text = LineFormatter().format(record)
    assert "amina@" not in text and "\nb@" not in text.split("Traceback")[0].strip()


def test_access_log_record_has_one_line_per_request():
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "%s", ('a - "GET /1"\nb - "GET /2"\nc',), None)
    record.created = 1_772_999_999.0
    RedactingFilter().filter(record)
    lines = LineFormatter().format(record).split("\n")
    assert lines == [f"2026-03-08T19:59:59Z INFO uvicorn.access {one}" for one in ('a - "GET /1"', 'b - "GET /2"', "c")]


def test_other_log_records_keep_their_lines():
    record = logging.LogRecord("stoppress", logging.WARNING, "", 0, "one\ntwo", None, None)
    assert LineFormatter().format(record).endswith("WARNING stoppress one\ntwo")


def sqlites(statement: str, *before: str) -> BaseException:
    """Return Django's exception for SQLite's error."""
    with closing(sqlite3.connect(":memory:")) as database:
        for one in before:
            database.execute(one)
        try:
            database.execute(statement)
        except sqlite3.OperationalError as fault:
            found = OperationalError(*fault.args)
            found.__cause__ = fault
            return found
    raise AssertionError("SQLite had nothing against it")


def postgres(state: str | None) -> BaseException:
    cause = ValueError("what psycopg says")
    cause.sqlstate = state  # type: ignore[attr-defined]
    fault = OperationalError("what psycopg says")
    fault.__cause__ = cause
    return fault


@pytest.mark.parametrize(
    ("fault", "away"),
    [
        (None, False),
        (ValueError("x"), False),
        (InterfaceError("connection already closed"), True),
        (OperationalError("refused"), True),
        (sqlites("SELECT z FROM nothing"), False),
        (sqlites("SELEKT 1"), False),
        (sqlites("INSERT INTO a VALUES (1)", "CREATE TABLE a (b)", "PRAGMA query_only = on"), True),
        (postgres(None), True),
        (postgres("08006"), True),
        (postgres("57P01"), True),
        (postgres("53300"), True),
        (postgres("40P01"), True),
        (postgres("57014"), True),
        (postgres("42P01"), False),
    ],
    ids=str,
)
def test_unavailable_database_differs_from_a_wrong_statement(fault, away):
    assert (find_storage_fault(fault) is not None) is away


def test_redact_removes_tokens_in_every_spelling_of_a_link():
    for link in ("/alerts//confirm/abc", "/ALERTS/confirm/abc", "/x?token=abc", "/x?a=1&api_token=abc&b=2"):
        assert "abc" not in redact(f'"GET {link} HTTP/1.1" 404')
