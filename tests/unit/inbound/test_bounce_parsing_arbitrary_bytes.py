"""Parsing of arbitrary bytes: it raises nothing, and its work is bounded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.bounce_rules.report import DEAD_ADDRESS_REASONS
from stoppress.inbound.bounces import BounceReason, ParsedReport, RecipientReport, ReportKind, parse_report
from tests.factories.server_bounces import SERVER_BOUNCES

MESSAGES = [message for message, *_ in SERVER_BOUNCES.values()]
PIECES = [b"\n", b"\n\n", b"--", b"\x00", b"\xff", b"=?utf-8?b?/?=", b">>> ", b"<<< 550 ", b"<", b">", b"@", b'"',
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\n"]  # fmt: skip


def assert_valid(report: ParsedReport) -> None:
    """Assert what holds for every report."""
    for recipient in report.recipients:
        assert isinstance(recipient, RecipientReport)
        assert recipient.reason is None or isinstance(recipient.reason, BounceReason)
        assert len(recipient.reply) <= 300
        if recipient.dead:
            assert (
                recipient.kind is ReportKind.BOUNCE
                and recipient.reason in DEAD_ADDRESS_REASONS
                and not recipient.status.startswith("4")
            )


@given(st.binary(max_size=2000))
def test_parse_report_accepts_any_bytes(message: bytes) -> None:
    assert_valid(parse_report(message))


@settings(max_examples=300)
@given(st.data())
def test_parse_report_accepts_mutated_bounces(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from(MESSAGES))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(message)))
        end = data.draw(st.integers(start, min(len(message), start + 60)))
        message = message[:start] + data.draw(st.sampled_from(PIECES) | st.binary(max_size=12)) + message[end:]
    assert_valid(parse_report(message))


@given(st.sampled_from(MESSAGES), st.integers(0, 3000))
def test_parse_report_accepts_truncated_bounces(message: bytes, length: int) -> None:
    assert_valid(parse_report(message[:length]))


HEAD = b"From: MAILER-DAEMON@mx.example\nSubject: failure notice\n"
PATTERNS = {
    "letters": b"a",
    "addresses": b"<ada@mail.example>: ",
    "at signs": b"a@",
    "angles": b"<",
    "tags": b"<style><p><br ",
    "quotes": b'"',
    "replies": b"<<< 550 ",
    "commands": b">>> RCPT TO:<",
    "brackets": b"(reason: ",
    "colons": b"reason: ",
    "fields": b"Final-Recipient: rfc822; a@b.c\n",
    "blank lines": b" \n",
    "boundaries": b"--x\nContent-Type: multipart/mixed; boundary=x\n\n",
    "signed": b"bounce+",
    "digits": b"5.1.",
    "words": b"user mailbox is not ",
    "refused": b"recipient address rejected blocked by host ",
    "encoded words": b"=?utf-8?q?a?= ",
    "failed": b"failed to deliver to ",
}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/html", "multipart/report; boundary=x", "message/delivery-status"]
)
@pytest.mark.parametrize("name", PATTERNS)
def test_parse_report_accepts_a_megabyte_of_one_pattern(name: str, content_type: str) -> None:
    message = HEAD + f"Content-Type: {content_type}\n\n".encode() + PATTERNS[name] * (1_000_000 // len(PATTERNS[name]))
    assert_valid(parse_report(message))
