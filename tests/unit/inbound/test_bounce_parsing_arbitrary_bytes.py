"""Whatever the bytes: no exception, and an end to the work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.inbound.bounces import RecipientReport, ReportKind, BounceReason, ParsedReport, parse_report
from stoppress.inbound.bounces.report import DEAD_ADDRESS_REASONS
from tests.factories.server_bounces import SERVER_BOUNCES

MESSAGES = [message for message, *_ in SERVER_BOUNCES.values()]
PIECES = [b"\n", b"\n\n", b"--", b"\x00", b"\xff", b"=?utf-8?b?/?=", b">>> ", b"<<< 550 ", b"<", b">", b"@", b'"',
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\n"]  # fmt: skip


def holds(report: ParsedReport) -> None:
    """What is so of every report."""
    for finding in report.recipients:
        assert isinstance(finding, RecipientReport)
        assert finding.reason is None or isinstance(finding.reason, BounceReason)
        assert len(finding.reply) <= 300
        if finding.dead:
            assert finding.kind is ReportKind.BOUNCE and finding.reason in DEAD_ADDRESS_REASONS and not finding.status.startswith("4")


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(message: bytes) -> None:
    holds(parse_report(message))


@settings(max_examples=300)
@given(st.data())
def test_mutated_bounces_are_read(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from(MESSAGES))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(message)))
        end = data.draw(st.integers(start, min(len(message), start + 60)))
        message = message[:start] + data.draw(st.sampled_from(PIECES) | st.binary(max_size=12)) + message[end:]
    holds(parse_report(message))


@given(st.sampled_from(MESSAGES), st.integers(0, 3000))
def test_a_bounce_cut_off_anywhere_is_read(message: bytes, length: int) -> None:
    holds(parse_report(message[:length]))


HEAD = b"From: MAILER-DAEMON@mx.example\nSubject: failure notice\n"
AWKWARD = {
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


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "multipart/report; boundary=x", "message/delivery-status"])
@pytest.mark.parametrize("name", AWKWARD)
def test_a_megabyte_of_one_thing_is_read(name: str, kind: str) -> None:
    message = HEAD + f"Content-Type: {kind}\n\n".encode() + AWKWARD[name] * (1_000_000 // len(AWKWARD[name]))
    holds(parse_report(message))
