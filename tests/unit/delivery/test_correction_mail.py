"""The mail of a correction: what was sent, what is right, and the reply to the reader's own copy."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.build_message import compile_alert, fill_alert
from stoppress.delivery.message.correction import CorrectedAlert, mark_wrong_words
from stoppress.delivery.message.dkim import SigningKey, sign_message
from tests.factories.alert_messages import ALERT_CONTENT, ALERT_ID, RECIPIENT, SENT_AT, body_part, parse_message

WRONG = CorrectedAlert("412 people on board the ferry", datetime(2026, 3, 8, 19, 22, tzinfo=UTC))
CORRECTION = replace(
    ALERT_CONTENT,
    urgency=Urgency.CORRECTION,
    headline="212 people on board the ferry",
    subject="Correction: 212 people on board the ferry",
    corrected=WRONG,
    note="There are 212 people on board. The wrong figure was ours.",
    blog_id=7,
)
KEY = SigningKey("k1", "halden.test", Ed25519PrivateKey.generate())
FIRST, SECOND = UUID(int=1), UUID(int=2)


def fill(content=CORRECTION, thread=(FIRST,)):
    return fill_alert(compile_alert(content, ALERT_ID, SENT_AT, thread), ALERT_ID, RECIPIENT)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_correction_shows_what_was_sent_and_the_note_when_the_reader_got_the_error(kind):
    text = " ".join(body_part(fill(), kind).split())
    for expected in (
        "What we sent you at 19:22 GMT",
        "What is right",
        "There are 212 people on board. The wrong figure was ours.",
        "Corrected at 20:04 GMT, 8 March 2026",
        "the alert of 19:22 GMT went to",
        "Corrections come even for stories you have muted.",
    ):
        assert expected in text
    assert "correction to an alert we sent you" in text.lower()
    assert "It was wrong" not in text and "No more about this story" not in text and "signed up" not in text


def test_only_the_wrong_words_are_struck_out():
    assert "“<del>412</del> people on board the ferry”" in body_part(fill(), "html")
    assert "“412 people on board the ferry”" in body_part(fill(), "plain")


@pytest.mark.parametrize(
    ("wrong", "right", "struck"),
    [
        ("Sea wall fails", "Sea wall holds", ["fails"]),
        ("Two dead, four hurt in fire", "Two dead, five hurt in fire", ["four"]),
        ("Mayor resigns", "Harbour reopens after storm", []),
        ("One and the same", "One and the same", []),
        ("", "Anything", []),
    ],
)
def test_words_are_struck_out_when_the_rest_is_alike(wrong, right, struck):
    pieces = list(mark_wrong_words(wrong, right))
    assert [piece.text for piece in pieces if piece.is_wrong] == struck
    assert "".join(piece.text for piece in pieces) == wrong


def test_date_of_the_corrected_alert_is_shown_when_it_is_another_day():
    earlier = replace(WRONG, at=datetime(2026, 3, 7, 19, 22, tzinfo=UTC))
    assert "What we sent you at 19:22 GMT on 7 March 2026:" in body_part(
        fill(replace(CORRECTION, corrected=earlier)), "plain"
    )


def test_reader_who_never_got_the_error_is_not_told_that_it_was_sent():
    content = replace(CORRECTION, corrected=replace(WRONG, was_received=False))
    raw = fill(content, ())
    text = " ".join(body_part(raw, "plain").split())
    assert "sent you" not in text and "What an alert said at 19:22 GMT" in text and "The wrong figure was ours." in text
    assert "this address is signed up for “Breaking news”" in text and "Corrections come even" not in text
    mail = parse_message(raw)
    assert mail["In-Reply-To"] is None and mail["References"] is None


def test_correction_replies_to_the_copies_of_this_recipient():
    mail = parse_message(fill(thread=(FIRST, SECOND)))
    assert mail["In-Reply-To"] == "<00000000000000000000000000000002.29@halden.test>"
    assert mail["References"].split() == [
        "<00000000000000000000000000000001.29@halden.test>",
        "<00000000000000000000000000000002.29@halden.test>",
    ]


def test_alert_is_no_reply():
    assert "In-Reply-To" not in parse_message(fill(ALERT_CONTENT, ()))


def test_complaint_address_names_the_delivery_and_is_signed():
    raw = fill_alert(compile_alert(ALERT_CONTENT, ALERT_ID, SENT_AT), ALERT_ID, replace(RECIPIENT, delivery_id=255))
    address, _, rest = str(parse_message(raw)["CFBL-Address"]).partition(";")
    assert address.startswith("complaint+ff.") and address.endswith("@halden.test") and rest.strip() == "report=arf"
    signed = parse_message(sign_message(raw, [KEY], 0))["DKIM-Signature"]
    names = "".join(signed.split()).partition("h=")[2].partition(";")[0].split(":")
    assert {"cfbl-address", "list-unsubscribe", "list-unsubscribe-post"} <= set(names)
    threaded = parse_message(sign_message(fill(), [KEY], 0))["DKIM-Signature"]
    assert {"in-reply-to", "references"} <= set(
        "".join(threaded.split()).partition("h=")[2].partition(";")[0].split(":")
    )


@pytest.mark.parametrize(
    ("mail_from", "list_domain", "offered"),
    [
        ("alerts@halden.test", "halden.test", True),
        ("alerts@halden.test", "lists.halden.test", True),
        ("alerts@news.halden.test", "halden.test", False),
        ("alerts@halden.test", "lists.other.test", False),
        ("alerts@halden.test", "nothalden.test", False),
    ],
)
def test_complaint_address_is_offered_when_the_signature_of_from_covers_its_domain(
    settings, mail_from, list_domain, offered
):
    settings.NEWSROOM = replace(newsroom(), mail_from=mail_from, list_domain=list_domain)
    assert (parse_message(fill(ALERT_CONTENT, ()))["CFBL-Address"] is not None) is offered
