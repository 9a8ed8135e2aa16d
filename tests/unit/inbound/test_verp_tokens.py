"""A delivery is named by our own signed address and by nothing else."""

from stoppress.delivery.message.verp_addresses import ForgedAddress, Mailbox
from stoppress.inbound.bounces import Kind, read
from tests.factories.bounce_messages import ADA, RETURNED, US, failed, letter, report

SIGNATURE = "0123456789abcdef"
BOUNCE = f"bounce+1a.{SIGNATURE}@lists.example"
LEAVE = f"leave+2.3.{SIGNATURE}@lists.example"


def check(mailbox: Mailbox, address: str) -> tuple[int, ...]:
    """Takes SIGNATURE for good, whatever it signs."""
    name, _, rest = address.partition("+")
    numbers, _, signature = rest.partition("@")[0].rpartition(".")
    if name != mailbox or signature != SIGNATURE:
        raise ForgedAddress
    return tuple(int(number, 36) for number in numbers.split("."))


def test_the_envelope_names_the_delivery() -> None:
    assert read(letter("?\n"), envelope_to=[BOUNCE], check=check).delivery == 46
    assert read(letter("?\n"), envelope_to=[BOUNCE.upper()], check=check).delivery == 46


def test_headers_name_the_delivery() -> None:
    for name in ("To", "Delivered-To", "X-Original-To"):
        assert read(f"{name}: <{BOUNCE}>\nSubject: x\n\nwords".encode(), check=check).delivery == 46


def test_the_returned_message_names_the_delivery() -> None:
    message = report(
        "\n", failed(ADA, "5.1.1", "smtp; 550 5.1.1 user unknown"), returned=f"Return-Path: <{BOUNCE}>\n{RETURNED}"
    )
    assert read(message, check=check).delivery == 46


def test_a_rewritten_sender_names_the_delivery() -> None:
    srs = f"SRS0=Xy=4Q=lists.example=bounce+1a.{SIGNATURE}@forwarder.example"
    assert read(letter("?\n"), envelope_to=[srs, f"prvs=0123={BOUNCE}"], check=check).delivery == 46


def test_a_forged_address_names_nothing() -> None:
    forged = BOUNCE.replace("0123", "3210")
    assert read(letter("?\n"), envelope_to=[forged], check=check).delivery is None
    assert read(letter("?\n"), envelope_to=[forged, BOUNCE], check=check).delivery == 46
    assert read(letter("?\n"), envelope_to=[BOUNCE]).delivery is None


def test_mail_to_a_leave_address_asks_to_leave() -> None:
    told = read(letter("?\n", sender=ADA, subject="x"), envelope_to=[LEAVE], check=check)
    assert (told.kind, told.leaving) == (Kind.UNSUBSCRIBE, (2, 3))


def test_a_leave_address_in_what_is_returned_names_the_reader_and_asks_for_nothing() -> None:
    returned = f"List-Unsubscribe: <mailto:{LEAVE}>\n{RETURNED}"
    told = read(report("Abuse.\n", "Feedback-Type: abuse", kind="feedback-report", returned=returned), check=check)
    assert (told.kind, told.leaving) == (Kind.COMPLAINT, (2, 3))


def test_only_so_many_signatures_are_checked() -> None:
    asked = 0

    def count(mailbox: Mailbox, address: str) -> tuple[int, ...]:
        nonlocal asked
        asked += 1
        raise ForgedAddress

    flood = "".join(f"bounce+{number}.{SIGNATURE}@lists.example\n" for number in range(500))
    read(letter(flood, headers=f"Cc: {US}\n"), check=count)
    assert 0 < asked <= 50
