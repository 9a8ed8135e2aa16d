"""Logs can be shared: no token, no address in full, one line per event."""

import logging
from time import monotonic

import pytest

from stoppress.service.logs import Line, Redact, redact


def test_tokens_and_addresses_are_cut():
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
def test_no_address_of_any_script_is_left_whole(address):
    text = redact(f'refused <{address}>, to={address} and "{address}".')
    local = address.replace("%40", "@").partition("@")[0]
    assert local not in text and local[1:] not in text and "…@" in text


def test_a_long_line_without_an_address_takes_no_time():
    began = monotonic()
    redact("x" * 200_000)
    assert monotonic() - began < 2


def test_a_record_is_one_line_and_redacted_with_its_traceback():
    try:
        raise ValueError("cannot send to amina@readers.example")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "bad: %s", ("a\nb@c.example",), None)
        record.exc_info = (type(error), error, error.__traceback__)
    Redact().filter(record)
    text = Line().format(record)
    assert "amina@" not in text and "\nb@" not in text.split("Traceback")[0].strip()


def test_requests_that_came_in_one_record_are_a_line_each():
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "%s", ('a - "GET /1"\nb - "GET /2"\nc',), None)
    record.created = 1_772_999_999.0
    Redact().filter(record)
    lines = Line().format(record).split("\n")
    assert lines == [f"2026-03-08T19:59:59Z INFO uvicorn.access {one}" for one in ('a - "GET /1"', 'b - "GET /2"', "c")]


def test_other_records_keep_their_lines_as_they_are():
    record = logging.LogRecord("stoppress", logging.WARNING, "", 0, "one\ntwo", None, None)
    assert Line().format(record).endswith("WARNING stoppress one\ntwo")
