"""Recording of reports: each counts once, and only proven ones have an effect."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import override_settings

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.receipt_totals import load_receipt
from stoppress.delivery.message.verp_addresses import SignedMailbox, bounce_address, sign_address
from stoppress.inbound import record_report as recording
from stoppress.inbound.bounce_scores import highest_scores
from stoppress.inbound.bounce_statistics import BounceSummary, summarise_bounces
from stoppress.inbound.models import Bounce
from stoppress.inbound.receive.incoming_message import parse_incoming_message
from stoppress.inbound.receive.recipient_check import make_recipient_check
from stoppress.inbound.record_report import RecordResult, record_report
from stoppress.service.monitoring.mail_statistics import mail_statistics
from stoppress.subscribers.models import Consent, Subscription, Suppression
from tests.factories.returned_mail import (
    CANARY,
    CONFIRM,
    build_bounce,
    build_complaint,
    build_message,
    make_accepted_delivery,
    make_confirmed_subscriber,
    make_sent_alert,
    unsubscribe_address,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(clock):
    return make_confirmed_subscriber("ada@mail.example", clock())


def record(message, clock, to="", via="smtp"):
    return record_report(parse_incoming_message(message, via=via, envelope_to=(to,) if to else ()), now=clock())


def has_active_subscription(subscriber):
    return Subscription.objects.get(subscriber=subscriber).is_active


def test_dead_address_is_suppressed_and_ledger_is_unchanged(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    assert record(build_bounce(sent), clock, bounce_address(sent.pk)) is RecordResult.APPLIED
    [row], [suppression] = Bounce.objects.all(), Suppression.objects.all()
    assert (row.kind, row.reason, row.dead, row.proven, row.via) == ("bounce", "user_unknown", True, True, "smtp")
    assert (row.delivery, row.subscriber, row.domain, row.status) == (sent, ada, "mail.example", "5.1.1")
    assert "ada@" not in row.reply and (suppression.subscriber, suppression.reason, suppression.lifted_at) == (
        ada,
        "no_such_address",
        None,
    )
    sent.refresh_from_db()
    assert sent.state == "accepted" and has_active_subscription(ada)


def test_report_counts_once_however_it_is_received(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    assert record(build_bounce(sent), clock, bounce_address(sent.pk)) is RecordResult.APPLIED
    assert record(build_bounce(sent), clock, bounce_address(sent.pk)) is RecordResult.DUPLICATE
    assert (
        record(b"Delivered-To: box@halden.test\r\n" + build_bounce(sent), clock, via="imap") is RecordResult.DUPLICATE
    )
    assert record(build_bounce(sent, message_id="<another@mx.example>"), clock) is RecordResult.APPLIED
    assert Bounce.objects.count() == 2 and Suppression.objects.count() == 1


def test_complaint_suppresses_address_and_ends_subscriptions(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    message = build_complaint(ada.email, f"Return-Path: <{bounce_address(sent.pk)}>")
    assert record(message, clock, "abuse@halden.test") is RecordResult.APPLIED
    assert Suppression.objects.get().reason == "complaint" and not has_active_subscription(ada)
    assert Consent.objects.get().kind == "unsubscribed" and Bounce.objects.get().kind == "complaint"


def test_complaint_is_proven_by_unsubscribe_address_in_original_header(ada, clock):
    message = build_complaint("redacted@fbl.example", f"List-Unsubscribe: <mailto:{unsubscribe_address(ada)}>")
    assert record(message, clock, "abuse@halden.test") is RecordResult.APPLIED
    assert Suppression.objects.get().subscriber == ada and Bounce.objects.get().delivery is None


def forgeries(sent, other):
    real = bounce_address(sent.pk)
    token = real.partition("@")[0]
    with override_settings(SECRET_KEY="another-installation"):
        foreign = bounce_address(sent.pk)
    return {
        "not signed by us": "bounces@halden.test",
        "no signature": f"bounce+{sent.pk:x}@halden.test",
        "random": f"bounce+1.{uuid4().hex[:16]}@halden.test",
        "another installation's": foreign,
        "for another mailbox": real.replace("bounce+", "leave+"),
        "of another delivery": bounce_address(other.pk).replace("+", "+0").replace("+0", "+1", 1),
        "altered": token[:-1] + ("0" if token[-1] != "0" else "1") + "@halden.test",
        "cut": token[:-1] + "@halden.test",
    }


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_forged_report_changes_nothing(ada, clock, kind):
    sent = make_accepted_delivery(ada, clock())
    for name, address in forgeries(
        sent, make_accepted_delivery(make_confirmed_subscriber("ben@mail.example", clock()), clock())
    ).items():
        message_id = f"<{uuid4()}@mx.example>"
        message = (
            build_bounce(None, recipient=ada.email, delivered_to=address, message_id=message_id)
            if kind == "bounce"
            else build_complaint(ada.email, f"Return-Path: <{address}>", message_id=message_id)
        )
        assert record(message, clock, address) in (RecordResult.STORED_UNPROVEN, RecordResult.IGNORED), name
    assert (
        not Suppression.objects.exists()
        and not Bounce.objects.filter(proven=True).exists()
        and has_active_subscription(ada)
    )
    assert not Bounce.objects.exclude(delivery=None, subscriber=None, domain="", reply="").exists()


def test_unproven_reports_are_limited_and_raise_no_alarm(clock, monkeypatch):
    monkeypatch.setattr(recording, "MAX_UNPROVEN_PER_HOUR", 3)
    blocked = {"status": "5.7.1", "reply": "550 5.7.1 your network is on our blocklist"}
    results = [record(build_bounce(None, message_id=f"<{n}@mx.example>", **blocked), clock) for n in range(5)]
    assert results == [RecordResult.STORED_UNPROVEN] * 3 + [RecordResult.IGNORED] * 2
    assert mail_statistics(clock(), watched_since=clock()).policy_bounces == 0


def test_reason_about_our_mail_raises_alarm_and_suppresses_nothing(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    message = build_bounce(
        sent,
        status="5.7.1",
        reply="554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsbl.example",
    )
    assert record(message, clock) is RecordResult.STORED
    assert mail_statistics(clock(), watched_since=clock()).policy_bounces == 1
    assert not Suppression.objects.exists() and highest_scores(clock()) == []


def test_full_mailbox_gives_decaying_score_and_suppresses_nothing(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    for n in range(30):
        message = build_bounce(sent, status="5.2.2", reply="552 5.2.2 mailbox full", message_id=f"<{n}@mx.example>")
        assert record(message, clock) is RecordResult.STORED
    [worst] = highest_scores(clock())
    assert (worst.subscriber_id, worst.score, worst.reason) == (ada.pk, 30.0, "mailbox_full")
    clock.tick(timedelta(days=14).total_seconds())
    assert (
        highest_scores(clock())[0].score == 15.0 and not Suppression.objects.exists() and has_active_subscription(ada)
    )


def test_delay_and_automatic_reply_suppress_nothing(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    delay = build_bounce(sent, action="delayed", status="4.4.1", reply="451 4.4.1 connection timed out")
    assert record(delay, clock) is RecordResult.STORED and Bounce.objects.get().kind == "delayed"
    auto_reply = build_message(bounce_address(sent.pk), "Out of office", "Auto-Submitted: auto-replied\r\n")
    assert record(auto_reply, clock, bounce_address(sent.pk)) is RecordResult.IGNORED
    assert Bounce.objects.count() == 1 and not Suppression.objects.exists()


def test_bounce_suppresses_nothing_when_subscriber_confirmed_after_send(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    Subscription.objects.filter(subscriber=ada).update(confirmed_at=clock.tick())
    assert record(build_bounce(sent), clock) is RecordResult.STORED and Bounce.objects.get().dead
    assert not Suppression.objects.exists()


def test_lifted_suppression_returns_only_with_bounce_of_later_delivery(ada, clock):
    first = make_accepted_delivery(ada, clock())
    assert record(build_bounce(first), clock) is RecordResult.APPLIED
    Suppression.objects.update(lifted_at=clock.tick())
    Subscription.objects.filter(subscriber=ada).update(confirmed_at=clock())
    assert record(build_bounce(first, message_id="<again@mx.example>"), clock) is RecordResult.STORED
    assert record(build_bounce(make_accepted_delivery(ada, clock.tick())), clock) is RecordResult.APPLIED
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_bounce_of_forwarded_copy_suppresses_nothing(ada, clock):
    assert (
        record(build_bounce(make_accepted_delivery(ada, clock()), recipient="ben@elsewhere.example"), clock)
        is RecordResult.STORED
    )
    assert not Suppression.objects.exists()


def test_bounce_of_transactional_mail_suppresses_address(clock):
    subscriber = make_confirmed_subscriber("tpyo@mail.example", clock())
    Subscription.objects.filter(subscriber=subscriber).update(confirmed_at=None)
    sent = make_accepted_delivery(subscriber, clock(), transactional_kind=CONFIRM)
    assert (
        record(build_bounce(sent), clock) is RecordResult.APPLIED and Suppression.objects.get().subscriber == subscriber
    )


def test_bounce_of_canary_is_only_stored(clock):
    sent = make_accepted_delivery(
        make_confirmed_subscriber("canary@halden.test", clock()), clock(), transactional_kind=CANARY
    )
    assert record(build_bounce(sent), clock) is RecordResult.STORED and not Suppression.objects.exists()


def test_report_is_only_stored_when_subscriber_or_delivery_is_gone(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    ada.email = ada.domain = ""
    ada.save()
    assert record(build_bounce(sent, recipient="ada@mail.example"), clock) is RecordResult.STORED
    assert (
        record(build_complaint("x@fbl.example", f"Return-Path: <{bounce_address(sent.pk)}>"), clock)
        is RecordResult.STORED
    )
    deleted = sign_address(SignedMailbox.BOUNCE, 10**12)
    assert (
        record(build_bounce(None, delivered_to=deleted, message_id="<gone@mx.example>"), clock, deleted)
        is RecordResult.STORED
    )
    row = Bounce.objects.get(delivery=None)
    assert row.proven and row.subscriber is None and not Suppression.objects.exists()


def test_mail_to_unsubscribe_address_ends_subscription_once(ada, clock):
    address = unsubscribe_address(ada)
    assert record(
        build_message(address, "unsubscribe"), clock, address
    ) is RecordResult.APPLIED and not has_active_subscription(ada)
    ended_at = Subscription.objects.get().unsubscribed_at
    clock.tick()
    assert record(build_message(address.upper(), ""), clock, address.upper()) is RecordResult.DUPLICATE
    assert Subscription.objects.get().unsubscribed_at == ended_at and Consent.objects.count() == 1
    assert Consent.objects.get().origin == "a mail to the unsubscribe address" and not Bounce.objects.exists()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Out of office until Monday", ""),
        ("Re: x", "Auto-Submitted: auto-replied\r\n"),
        ("x", "X-Autoreply: yes\r\n"),
        ("Undelivered", 'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n'),
    ],
)
def test_automatic_reply_to_unsubscribe_address_ends_nothing(ada, clock, subject, headers):
    address = unsubscribe_address(ada)
    assert record(
        build_message(address, subject, headers), clock, address
    ) is RecordResult.IGNORED and has_active_subscription(ada)


def test_auto_generated_mail_to_unsubscribe_address_ends_subscription(ada, clock):
    address = unsubscribe_address(ada)
    assert (
        record(build_message(address, "unsubscribe", "Auto-Submitted: auto-generated\r\n"), clock, address)
        is RecordResult.APPLIED
    )


def test_unsubscribe_reply_to_envelope_sender_ends_subscription(ada, clock):
    address = bounce_address(make_accepted_delivery(ada, clock()).pk)
    assert record(
        build_message(address, "Unsubscribe"), clock, address
    ) is RecordResult.APPLIED and not has_active_subscription(ada)
    assert not Suppression.objects.exists()


def test_bounce_summary_counts_each_delivery_once(clock):
    sent_alert, now = make_sent_alert(clock()), clock()
    subscribers = [make_confirmed_subscriber(f"r{n}@mail.example", now) for n in range(5)]
    sent = [make_accepted_delivery(each, now, alert=sent_alert) for each in subscribers]
    record(build_bounce(sent[0]), clock)
    record(build_bounce(sent[0], message_id="<twice@mx.example>"), clock)
    record(build_bounce(sent[1], status="5.2.2", reply="552 5.2.2 mailbox full"), clock)
    record(build_complaint(subscribers[2].email, f"Return-Path: <{bounce_address(sent[2].pk)}>"), clock)
    record(build_bounce(make_accepted_delivery(subscribers[3], now)), clock)
    assert summarise_bounces(sent_alert) == BounceSummary(2, 1, 1, {"mailbox_full": 1, "user_unknown": 1})
    assert load_receipt(sent_alert)[DeliveryState.ACCEPTED] == 5


def test_control_characters_in_reply_are_replaced(ada, clock):
    message = build_bounce(
        make_accepted_delivery(ada, clock()),
        reply="550 5.1.1 <{to}>: user \x00 unknown \udcff".replace("\udcff", "\x85"),
    )
    assert record(message, clock) is RecordResult.APPLIED
    assert "\0" not in Bounce.objects.get().reply


def test_complaint_to_the_signed_address_counts_although_the_report_is_redacted(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    message = build_complaint("redacted@redacted.example", "X-Redacted: yes")
    to = sign_address(SignedMailbox.COMPLAINT, sent.pk)
    assert make_recipient_check("halden.test")(to) and not make_recipient_check("halden.test")(f"1{to}")
    assert record(message, clock, to) is RecordResult.APPLIED
    assert Suppression.objects.get().reason == "complaint" and not has_active_subscription(ada)
    assert record(message, clock, to) is RecordResult.DUPLICATE


def test_complaint_to_a_forged_address_has_no_effect(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    forged = sign_address(SignedMailbox.BOUNCE, sent.pk).replace("bounce+", "complaint+")
    assert not make_recipient_check("halden.test")(forged)
    message = build_complaint("redacted@redacted.example", "X-Redacted: yes")
    assert record(message, clock, forged) is RecordResult.STORED_UNPROVEN and not Suppression.objects.exists()
