"""Parsing costs little processor time, whatever the number of parts, lines and attached messages."""

import time

import pytest

from stoppress.inbound.bounces import parse_report
from stoppress.inbound.bounces.flufl_adapter import find_failed_addresses
from tests.factories.bounce_messages import ADA

HEAD = b"From: MAILER-DAEMON@mx.example\nSubject: failure notice\nContent-Type: multipart/mixed; boundary=x\n\n"
BODIES = {
    "90,000 empty parts": b"--x\n\n" * 90_000,
    "90,000 empty parts with CRLF": b"--x\r\n\r\n" * 90_000,
    "a million empty lines": b"\n" * 1_000_000,
    "other boundaries": b"--xy\n\n" * 150_000,
    "attached bounces": b"--x\nContent-Type: message/rfc822\n\nFrom: MAILER-DAEMON@x\n\n" * 15_000,
    "attached in attached": b"--x\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=x\n\n"
    * 12_000,
    "nested parts": b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 15_000,
    "recipients": b"--x\nContent-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@b.example\n\n" * 20_000,
}


@pytest.mark.parametrize("name", BODIES)
def test_parse_report_takes_little_processor_time(name: str) -> None:
    parse_report(HEAD)  # compiles the patterns
    started = time.process_time()
    parse_report(HEAD + BODIES[name])
    assert time.process_time() - started < 0.6  # before the limits: 1.1 to 2.5 seconds


MAILMAN_TEXT = f"Delivery to the following recipients failed.\n\n       {ADA}\n\n".encode()


def test_flufl_adapter_reads_only_the_first_2000_lines() -> None:
    head = b"From: postmaster@mx.example\nContent-Type: text/plain\n\n"
    assert find_failed_addresses(head + b"\n" * 100 + MAILMAN_TEXT) == [ADA]
    assert find_failed_addresses(head + b"\n" * 2000 + MAILMAN_TEXT) == []


def test_flufl_adapter_reads_no_message_with_more_than_60_parts() -> None:
    head = b"From: postmaster@mx.example\nContent-Type: multipart/mixed; boundary=x\n\n"
    text = b"\n--x\nContent-Type: text/plain\n\n" + MAILMAN_TEXT
    assert find_failed_addresses(head + text + b"\n--x\n\n" * 50) == [ADA]
    assert find_failed_addresses(head + text + b"\n--x\n\n" * 61) == []
