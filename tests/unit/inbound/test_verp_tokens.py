"""A delivery is named by our own signed address and by nothing else."""

from stoppress.delivery.message.verp_addresses import ForgedAddressError, SignedMailbox
from stoppress.inbound.bounces import ReportKind, parse_report
from tests.factories.bounce_messages import ADA, ORIGINAL_MESSAGE, NEWSROOM, recipient_fields, build_text_message, build_report

SIGNATURE = "0123456789abcdef"
BOUNCE = f"bounce+1a.{SIGNATURE}@lists.example"
LEAVE = f"leave+2.3.{SIGNATURE}@lists.example"


def verify(mailbox: SignedMailbox, address: str) -> tuple[int, ...]:
    """Takes SIGNATURE for good, whatever it signs."""
    name, _, rest = address.partition("+")
    numbers, _, signature = rest.partition("@")[0].rpartition(".")
    if name != mailbox or signature != SIGNATURE:
        raise ForgedAddressError
    return tuple(int(number, 36) for number in numbers.split("."))


def test_the_envelope_names_the_delivery() -> None:
    assert parse_report(build_text_message("?\n"), envelope_to=[BOUNCE], verify=verify).delivery_id == 46
    assert parse_report(build_text_message("?\n"), envelope_to=[BOUNCE.upper()], verify=verify).delivery_id == 46


def test_headers_name_the_delivery() -> None:
    for name in ("To", "Delivered-To", "X-Original-To"):
        assert parse_report(f"{name}: <{BOUNCE}>\nSubject: x\n\nwords".encode(), verify=verify).delivery_id == 46


def test_the_returned_message_names_the_delivery() -> None:
    message = build_report(
        "\n", recipient_fields(ADA, "5.1.1", "smtp; 550 5.1.1 user unknown"), returned=f"Return-Path: <{BOUNCE}>\n{ORIGINAL_MESSAGE}"
    )
    assert parse_report(message, verify=verify).delivery_id == 46


def test_a_rewritten_sender_names_the_delivery() -> None:
    srs = f"SRS0=Xy=4Q=lists.example=bounce+1a.{SIGNATURE}@forwarder.example"
    assert parse_report(build_text_message("?\n"), envelope_to=[srs, f"prvs=0123={BOUNCE}"], verify=verify).delivery_id == 46


def test_a_forged_address_names_nothing() -> None:
    forged = BOUNCE.replace("0123", "3210")
    assert parse_report(build_text_message("?\n"), envelope_to=[forged], verify=verify).delivery_id is None
    assert parse_report(build_text_message("?\n"), envelope_to=[forged, BOUNCE], verify=verify).delivery_id == 46
    assert parse_report(build_text_message("?\n"), envelope_to=[BOUNCE]).delivery_id is None


def test_mail_to_a_leave_address_asks_to_leave() -> None:
    told = parse_report(build_text_message("?\n", sender=ADA, subject="x"), envelope_to=[LEAVE], verify=verify)
    assert (told.kind, told.unsubscribe_ids) == (ReportKind.UNSUBSCRIBE, (2, 3))


def test_a_leave_address_in_what_is_returned_names_the_reader_and_asks_for_nothing() -> None:
    returned = f"List-Unsubscribe: <mailto:{LEAVE}>\n{ORIGINAL_MESSAGE}"
    told = parse_report(build_report("Abuse.\n", "Feedback-Type: abuse", kind="feedback-report", returned=returned), verify=verify)
    assert (told.kind, told.unsubscribe_ids) == (ReportKind.COMPLAINT, (2, 3))


def test_only_so_many_signatures_are_checked() -> None:
    asked = 0

    def count(mailbox: SignedMailbox, address: str) -> tuple[int, ...]:
        nonlocal asked
        asked += 1
        raise ForgedAddressError

    flood = "".join(f"bounce+{number}.{SIGNATURE}@lists.example\n" for number in range(500))
    parse_report(build_text_message(flood, headers=f"Cc: {NEWSROOM}\n"), verify=count)
    assert 0 < asked <= 50
