"""Our own signed addresses name a delivery; nothing else does."""

from stoppress.delivery.message.verp_addresses import ForgedAddressError, SignedMailbox
from stoppress.inbound.bounces import ReportKind, parse_report
from tests.factories.bounce_messages import (
    ADA,
    NEWSROOM,
    ORIGINAL_MESSAGE,
    build_report,
    build_text_message,
    recipient_fields,
)

SIGNATURE = "0123456789abcdef"
BOUNCE = f"bounce+1a.{SIGNATURE}@lists.example"
UNSUBSCRIBE = f"leave+2.3.{SIGNATURE}@lists.example"


def verify(mailbox: SignedMailbox, address: str) -> tuple[int, ...]:
    """Accept SIGNATURE for any address."""
    name, _, rest = address.partition("+")
    numbers, _, signature = rest.partition("@")[0].rpartition(".")
    if name != mailbox or signature != SIGNATURE:
        raise ForgedAddressError
    return tuple(int(number, 36) for number in numbers.split("."))


def test_envelope_recipient_names_the_delivery() -> None:
    assert parse_report(build_text_message("?\n"), envelope_to=[BOUNCE], verify=verify).delivery_id == 46
    assert parse_report(build_text_message("?\n"), envelope_to=[BOUNCE.upper()], verify=verify).delivery_id == 46


def test_header_fields_name_the_delivery() -> None:
    for name in ("To", "Delivered-To", "X-Original-To"):
        assert parse_report(f"{name}: <{BOUNCE}>\nSubject: x\n\nwords".encode(), verify=verify).delivery_id == 46


def test_original_message_names_the_delivery() -> None:
    message = build_report(
        "\n",
        recipient_fields(ADA, "5.1.1", "smtp; 550 5.1.1 user unknown"),
        original=f"Return-Path: <{BOUNCE}>\n{ORIGINAL_MESSAGE}",
    )
    assert parse_report(message, verify=verify).delivery_id == 46


def test_rewritten_sender_names_the_delivery() -> None:
    srs = f"SRS0=Xy=4Q=lists.example=bounce+1a.{SIGNATURE}@forwarder.example"
    assert (
        parse_report(build_text_message("?\n"), envelope_to=[srs, f"prvs=0123={BOUNCE}"], verify=verify).delivery_id
        == 46
    )


def test_forged_address_names_no_delivery() -> None:
    forged = BOUNCE.replace("0123", "3210")
    assert parse_report(build_text_message("?\n"), envelope_to=[forged], verify=verify).delivery_id is None
    assert parse_report(build_text_message("?\n"), envelope_to=[forged, BOUNCE], verify=verify).delivery_id == 46
    assert parse_report(build_text_message("?\n"), envelope_to=[BOUNCE]).delivery_id is None


def test_mail_to_unsubscribe_address_is_unsubscribe_request() -> None:
    report = parse_report(build_text_message("?\n", sender=ADA, subject="x"), envelope_to=[UNSUBSCRIBE], verify=verify)
    assert (report.kind, report.unsubscribe_ids) == (ReportKind.UNSUBSCRIBE, (2, 3))


def test_unsubscribe_address_in_original_message_names_subscriber_without_request() -> None:
    returned = f"List-Unsubscribe: <mailto:{UNSUBSCRIBE}>\n{ORIGINAL_MESSAGE}"
    report = parse_report(
        build_report("Abuse.\n", "Feedback-Type: abuse", kind="feedback-report", original=returned), verify=verify
    )
    assert (report.kind, report.unsubscribe_ids) == (ReportKind.COMPLAINT, (2, 3))


def test_number_of_verified_signatures_is_limited() -> None:
    count = 0

    def count_and_refuse(mailbox: SignedMailbox, address: str) -> tuple[int, ...]:
        nonlocal count
        count += 1
        raise ForgedAddressError

    flood = "".join(f"bounce+{number}.{SIGNATURE}@lists.example\n" for number in range(500))
    parse_report(build_text_message(flood, headers=f"Cc: {NEWSROOM}\n"), verify=count_and_refuse)
    assert 0 < count <= 50
