"""Feedback reports (RFC 5965) and what comes in their dress."""

import base64

import pytest

from stoppress.inbound.bounces import RecipientReport, ReportKind, parse_report
from tests.factories.bounce_messages import ADA, BEN, ORIGINAL_MESSAGE, NEWSROOM, build_text_message, build_report


def complaint(kind: str = "abuse", more: str = f"Original-Rcpt-To: <{ADA}>") -> bytes:
    """A feedback report."""
    return build_report(
        "This is an abuse report.\n",
        f"Feedback-Type: {kind}\nUser-Agent: Loop/1\nVersion: 1\n{more}",
        kind="feedback-report",
    )


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other", "Abuse", "something-new"])
def test_a_complaint_names_its_recipient(kind: str) -> None:
    assert parse_report(complaint(kind)).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)


def test_a_complaint_may_name_several() -> None:
    found = parse_report(complaint(more=f"Original-Rcpt-To: {ADA}\nOriginal-Rcpt-To: {BEN}\nOriginal-Rcpt-To: {ADA}")).recipients
    assert [one.address for one in found] == [ADA, BEN]


def test_where_the_recipient_is_blacked_out_the_returned_message_names_it() -> None:
    assert parse_report(complaint(more="Source-IP: 203.0.113.9")).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)
    nobody = build_report(
        "Abuse.\n", "Feedback-Type: abuse", kind="feedback-report", returned=ORIGINAL_MESSAGE.replace(ADA, "redacted")
    )
    assert parse_report(nobody).recipients == (RecipientReport(ReportKind.COMPLAINT),)


@pytest.mark.parametrize(
    ("kind", "meant"),
    [("opt-out", ReportKind.UNSUBSCRIBE), ("auth-failure", ReportKind.AUTHENTICATION), ("not-spam", ReportKind.NOTHING)],
)
def test_not_every_feedback_report_complains(kind: str, meant: ReportKind) -> None:
    assert parse_report(complaint(kind)).kind is meant


def test_a_loop_that_sends_no_report_is_known_by_its_sender_and_subject() -> None:
    message = (
        f"From: <staff@hotmail.com>\nTo: {NEWSROOM}\nSubject: complaint about message from 203.0.113.9\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: message/rfc822\n\n'
        f"X-HmXmrOriginalRecipient: {ADA}\n{ORIGINAL_MESSAGE}\n--b--\n"
    ).encode()
    assert parse_report(message).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)


def test_amazon_tells_of_complaints_in_json() -> None:
    told = f'{{"notificationType":"Complaint","complaint":{{"complainedRecipients":[{{"emailAddress":"{ADA}"}}]}}}}\n'
    assert parse_report(build_text_message(told, sender="no-reply@sns.example", subject="AWS Notification Message")).recipients == (
        RecipientReport(ReportKind.COMPLAINT, ADA),
    )


def test_broken_json_is_nothing() -> None:
    assert parse_report(build_text_message('{"notificationType": "Complaint", ', sender="a@sns.example", subject="x")).kind is ReportKind.NOTHING
    assert (
        parse_report(build_text_message('{"notificationType": "Bounce", "bounce": 7}', sender="a@sns.example", subject="x")).kind
        is ReportKind.NOTHING
    )


@pytest.mark.parametrize(
    ("label", "whole"),
    [
        ("application/octet-stream", "multipart/report; report-type=feedback-report"),
        ("text/plain", "multipart/report; report-type=feedback-report"),
        ("text/plain", "multipart/mixed"),
        ("message/feedback-report", "multipart/mixed"),
    ],
)
def test_a_report_under_another_label_is_read(label: str, whole: str) -> None:
    message = complaint().replace(b"multipart/report; report-type=feedback-report", whole.encode())
    relabelled = message.replace(b"message/feedback-report", label.encode())
    assert parse_report(relabelled).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)


def test_an_encoded_report_is_read() -> None:
    fields = f"Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: {ADA}\n"
    message = complaint(more="").replace(
        b"message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Loop/1\nVersion: 1",
        (
            "message/feedback-report\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(fields.encode()).decode()
        ).encode(),
    )
    assert parse_report(message).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)
