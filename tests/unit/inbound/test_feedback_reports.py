"""Feedback reports (RFC 5965) and other messages with their format or content."""

import base64

import pytest

from stoppress.inbound.bounces import RecipientReport, ReportKind, parse_report
from tests.factories.bounce_messages import ADA, BEN, NEWSROOM, ORIGINAL_MESSAGE, build_report, build_text_message


def complaint(kind: str = "abuse", fields: str = f"Original-Rcpt-To: <{ADA}>") -> bytes:
    """Build a feedback report."""
    return build_report(
        "This is an abuse report.\n",
        f"Feedback-Type: {kind}\nUser-Agent: Loop/1\nVersion: 1\n{fields}",
        kind="feedback-report",
    )


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other", "Abuse", "something-new"])
def test_feedback_report_is_complaint_of_its_recipient(kind: str) -> None:
    assert parse_report(complaint(kind)).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)


def test_feedback_report_may_have_several_recipients() -> None:
    found = parse_report(
        complaint(fields=f"Original-Rcpt-To: {ADA}\nOriginal-Rcpt-To: {BEN}\nOriginal-Rcpt-To: {ADA}")
    ).recipients
    assert [each.address for each in found] == [ADA, BEN]


def test_recipient_is_read_from_original_message_when_report_redacts_it() -> None:
    assert parse_report(complaint(fields="Source-IP: 203.0.113.9")).recipients == (
        RecipientReport(ReportKind.COMPLAINT, ADA),
    )
    redacted = build_report(
        "Abuse.\n", "Feedback-Type: abuse", kind="feedback-report", original=ORIGINAL_MESSAGE.replace(ADA, "redacted")
    )
    assert parse_report(redacted).recipients == (RecipientReport(ReportKind.COMPLAINT),)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("opt-out", ReportKind.UNSUBSCRIBE),
        ("auth-failure", ReportKind.AUTHENTICATION),
        ("not-spam", ReportKind.NOTHING),
    ],
)
def test_feedback_type_decides_kind(kind: str, expected: ReportKind) -> None:
    assert parse_report(complaint(kind)).kind is expected


def test_feedback_loop_is_detected_by_sender_and_subject_when_report_is_missing() -> None:
    message = (
        f"From: <staff@hotmail.com>\nTo: {NEWSROOM}\nSubject: complaint about message from 203.0.113.9\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: message/rfc822\n\n'
        f"X-HmXmrOriginalRecipient: {ADA}\n{ORIGINAL_MESSAGE}\n--b--\n"
    ).encode()
    assert parse_report(message).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)


def test_amazon_complaint_is_read_from_mailed_json() -> None:
    notification = (
        f'{{"notificationType":"Complaint","complaint":{{"complainedRecipients":[{{"emailAddress":"{ADA}"}}]}}}}\n'
    )
    assert parse_report(
        build_text_message(notification, sender="no-reply@sns.example", subject="AWS Notification Message")
    ).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)


def test_amazon_delay_is_read_from_an_event_as_from_a_notification() -> None:
    for field in ("eventType", "notificationType"):
        text = f'{{"{field}":"DeliveryDelay","deliveryDelay":{{"delayedRecipients":[{{"emailAddress":"{ADA}"}}]}}}}\n'
        message = build_text_message(text, sender="no-reply@sns.example", subject="AWS Notification Message")
        [found] = parse_report(message).recipients
        assert (found.kind, found.address, found.dead) == (ReportKind.DELAYED, ADA, False)


def test_amazon_delivery_is_not_a_report() -> None:
    text = f'{{"eventType":"Delivery","bounce":{{"bouncedRecipients":[{{"emailAddress":"{ADA}"}}]}}}}\n'
    message = build_text_message(text, sender="no-reply@sns.example", subject="AWS Notification Message")
    assert [found.kind for found in parse_report(message).recipients if found.address == ADA] in (
        [],
        [ReportKind.NOTHING],
    )


def test_broken_json_is_not_a_report() -> None:
    assert (
        parse_report(build_text_message('{"notificationType": "Complaint", ', sender="a@sns.example", subject="x")).kind
        is ReportKind.NOTHING
    )
    assert (
        parse_report(
            build_text_message('{"notificationType": "Bounce", "bounce": 7}', sender="a@sns.example", subject="x")
        ).kind
        is ReportKind.NOTHING
    )


@pytest.mark.parametrize(
    ("label", "content_type"),
    [
        ("application/octet-stream", "multipart/report; report-type=feedback-report"),
        ("text/plain", "multipart/report; report-type=feedback-report"),
        ("text/plain", "multipart/mixed"),
        ("message/feedback-report", "multipart/mixed"),
    ],
)
def test_feedback_report_is_read_when_media_type_is_wrong(label: str, content_type: str) -> None:
    message = complaint().replace(b"multipart/report; report-type=feedback-report", content_type.encode())
    relabelled = message.replace(b"message/feedback-report", label.encode())
    assert parse_report(relabelled).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)


def test_feedback_report_is_decoded_when_base64() -> None:
    fields = f"Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: {ADA}\n"
    message = complaint(fields="").replace(
        b"message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Loop/1\nVersion: 1",
        (
            "message/feedback-report\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(fields.encode()).decode()
        ).encode(),
    )
    assert parse_report(message).recipients == (RecipientReport(ReportKind.COMPLAINT, ADA),)
