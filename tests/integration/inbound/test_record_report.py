"""What comes back is written down once, and only what is proven acts."""

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
from stoppress.inbound.record_report import RecordResult, record_report
from stoppress.service.monitoring.mail_statistics import mail_statistics
from stoppress.subscribers.models import Consent, Subscription, Suppression
from tests.factories.returned_mail import (
    CANARY,
    CONFIRM,
    make_sent_alert,
    build_bounce,
    build_complaint,
    make_accepted_delivery,
    unsubscribe_address,
    build_message,
    make_confirmed_subscriber,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(clock):
    return make_confirmed_subscriber("ada@mail.example", clock())


def came(message, clock, to="", via="smtp"):
    return record_report(parse_incoming_message(message, via=via, envelope_to=(to,) if to else ()), now=clock())


def in_force(subscriber):
    return Subscription.objects.get(subscriber=subscriber).is_active


def test_a_dead_address_gets_no_more_mail_and_the_ledger_stays_as_it_is(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    assert came(build_bounce(sent), clock, bounce_address(sent.pk)) is RecordResult.APPLIED
    [row], [stop] = Bounce.objects.all(), Suppression.objects.all()
    assert (row.kind, row.reason, row.dead, row.proven, row.via) == ("bounce", "user_unknown", True, True, "smtp")
    assert (row.delivery, row.subscriber, row.domain, row.status) == (sent, ada, "mail.example", "5.1.1")
    assert "ada@" not in row.reply and (stop.subscriber, stop.reason, stop.lifted_at) == (ada, "no_such_address", None)
    sent.refresh_from_db()
    assert sent.state == "accepted" and in_force(ada)


def test_the_same_report_counts_once_whichever_way_it_comes(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    assert came(build_bounce(sent), clock, bounce_address(sent.pk)) is RecordResult.APPLIED
    assert came(build_bounce(sent), clock, bounce_address(sent.pk)) is RecordResult.DUPLICATE
    assert came(b"Delivered-To: box@halden.test\r\n" + build_bounce(sent), clock, via="imap") is RecordResult.DUPLICATE
    assert came(build_bounce(sent, by="<another@mx.example>"), clock) is RecordResult.APPLIED
    assert Bounce.objects.count() == 2 and Suppression.objects.count() == 1


def test_a_complaint_ends_everything_and_consent_says_so(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    message = build_complaint(ada.email, f"Return-Path: <{bounce_address(sent.pk)}>")
    assert came(message, clock, "abuse@halden.test") is RecordResult.APPLIED
    assert Suppression.objects.get().reason == "complaint" and not in_force(ada)
    assert Consent.objects.get().kind == "unsubscribed" and Bounce.objects.get().kind == "complaint"


def test_a_complaint_is_proven_by_the_leave_address_in_the_returned_header_as_well(ada, clock):
    message = build_complaint("redacted@fbl.example", f"List-Unsubscribe: <mailto:{unsubscribe_address(ada)}>")
    assert came(message, clock, "abuse@halden.test") is RecordResult.APPLIED
    assert Suppression.objects.get().subscriber == ada and Bounce.objects.get().delivery is None


def forgeries(sent, other):
    real = bounce_address(sent.pk)
    token = real.partition("@")[0]
    with override_settings(SECRET_KEY="another-installation"):
        foreign = bounce_address(sent.pk)
    return {
        "no address of ours": "bounces@halden.test",
        "no signature": f"bounce+{sent.pk:x}@halden.test",
        "random": f"bounce+1.{uuid4().hex[:16]}@halden.test",
        "another installation's": foreign,
        "for another mailbox": real.replace("bounce+", "leave+"),
        "of another delivery": bounce_address(other.pk).replace("+", "+0").replace("+0", "+1", 1),
        "altered": token[:-1] + ("0" if token[-1] != "0" else "1") + "@halden.test",
        "cut": token[:-1] + "@halden.test",
    }


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_forged_reports_change_nothing(ada, clock, kind):
    sent = make_accepted_delivery(ada, clock())
    for name, address in forgeries(sent, make_accepted_delivery(make_confirmed_subscriber("ben@mail.example", clock()), clock())).items():
        mark = f"<{uuid4()}@mx.example>"
        message = (
            build_bounce(None, to=ada.email, sent_to=address, by=mark)
            if kind == "bounce"
            else build_complaint(ada.email, f"Return-Path: <{address}>", by=mark)
        )
        assert came(message, clock, address) in (RecordResult.STORED_UNPROVEN, RecordResult.IGNORED), name
    assert not Suppression.objects.exists() and not Bounce.objects.filter(proven=True).exists() and in_force(ada)
    assert not Bounce.objects.exclude(delivery=None, subscriber=None, domain="", reply="").exists()


def test_unproven_reports_fill_no_table_and_raise_no_alarm(clock, monkeypatch):
    monkeypatch.setattr(recording, "MAX_UNPROVEN_PER_HOUR", 3)
    blocked = {"status": "5.7.1", "said": "550 5.7.1 your network is on our blocklist"}
    told = [came(build_bounce(None, by=f"<{n}@mx.example>", **blocked), clock) for n in range(5)]
    assert told == [RecordResult.STORED_UNPROVEN] * 3 + [RecordResult.IGNORED] * 2
    assert mail_statistics(clock(), watched_since=clock()).policy_bounces == 0


def test_what_speaks_of_us_alarms_and_ends_nobodys_mail(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    message = build_bounce(
        sent,
        status="5.7.1",
        said="554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using dnsbl.example",
    )
    assert came(message, clock) is RecordResult.STORED
    assert mail_statistics(clock(), watched_since=clock()).policy_bounces == 1
    assert not Suppression.objects.exists() and highest_scores(clock()) == []


def test_a_full_mailbox_makes_a_score_that_fades_and_never_ends_mail(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    for n in range(30):
        message = build_bounce(sent, status="5.2.2", said="552 5.2.2 mailbox full", by=f"<{n}@mx.example>")
        assert came(message, clock) is RecordResult.STORED
    [worst] = highest_scores(clock())
    assert (worst.subscriber_id, worst.score, worst.reason) == (ada.pk, 30.0, "mailbox_full")
    clock.tick(timedelta(days=14).total_seconds())
    assert highest_scores(clock())[0].score == 15.0 and not Suppression.objects.exists() and in_force(ada)


def test_a_server_that_still_tries_and_a_machine_that_answers_kill_nobody(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    late = build_bounce(sent, action="delayed", status="4.4.1", said="451 4.4.1 connection timed out")
    assert came(late, clock) is RecordResult.STORED and Bounce.objects.get().kind == "delayed"
    away = build_message(bounce_address(sent.pk), "Out of office", "Auto-Submitted: auto-replied\r\n")
    assert came(away, clock, bounce_address(sent.pk)) is RecordResult.IGNORED
    assert Bounce.objects.count() == 1 and not Suppression.objects.exists()


def test_who_confirmed_after_the_message_was_sent_is_not_dead(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    Subscription.objects.filter(subscriber=ada).update(confirmed_at=clock.tick())
    assert came(build_bounce(sent), clock) is RecordResult.STORED and Bounce.objects.get().dead
    assert not Suppression.objects.exists()


def test_a_suppression_that_was_lifted_comes_back_with_the_next_bounce_only(ada, clock):
    first = make_accepted_delivery(ada, clock())
    assert came(build_bounce(first), clock) is RecordResult.APPLIED
    Suppression.objects.update(lifted_at=clock.tick())
    Subscription.objects.filter(subscriber=ada).update(confirmed_at=clock())
    assert came(build_bounce(first, by="<again@mx.example>"), clock) is RecordResult.STORED
    assert came(build_bounce(make_accepted_delivery(ada, clock.tick())), clock) is RecordResult.APPLIED
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_a_forwarded_copy_that_bounced_does_not_end_mail(ada, clock):
    assert came(build_bounce(make_accepted_delivery(ada, clock()), to="ben@elsewhere.example"), clock) is RecordResult.STORED
    assert not Suppression.objects.exists()


def test_letters_bounce_too(clock):
    asked = make_confirmed_subscriber("tpyo@mail.example", clock())
    Subscription.objects.filter(subscriber=asked).update(confirmed_at=None)
    sent = make_accepted_delivery(asked, clock(), transactional_kind=CONFIRM)
    assert came(build_bounce(sent), clock) is RecordResult.APPLIED and Suppression.objects.get().subscriber == asked


def test_the_canary_is_only_counted(clock):
    sent = make_accepted_delivery(make_confirmed_subscriber("canary@halden.test", clock()), clock(), transactional_kind=CANARY)
    assert came(build_bounce(sent), clock) is RecordResult.STORED and not Suppression.objects.exists()


def test_what_is_erased_or_gone_is_counted_and_not_acted_upon(ada, clock):
    sent = make_accepted_delivery(ada, clock())
    ada.email = ada.domain = ""
    ada.save()
    assert came(build_bounce(sent, to="ada@mail.example"), clock) is RecordResult.STORED
    assert came(build_complaint("x@fbl.example", f"Return-Path: <{bounce_address(sent.pk)}>"), clock) is RecordResult.STORED
    gone = sign_address(SignedMailbox.BOUNCE, 10**12)
    assert came(build_bounce(None, sent_to=gone, by="<gone@mx.example>"), clock, gone) is RecordResult.STORED
    row = Bounce.objects.get(delivery=None)
    assert row.proven and row.subscriber is None and not Suppression.objects.exists()


def test_a_mail_to_the_leave_address_ends_that_topic_once(ada, clock):
    home = unsubscribe_address(ada)
    assert came(build_message(home, "unsubscribe"), clock, home) is RecordResult.APPLIED and not in_force(ada)
    left = Subscription.objects.get().unsubscribed_at
    clock.tick()
    assert came(build_message(home.upper(), ""), clock, home.upper()) is RecordResult.DUPLICATE
    assert Subscription.objects.get().unsubscribed_at == left and Consent.objects.count() == 1
    assert Consent.objects.get().origin == "a mail to the address for leaving" and not Bounce.objects.exists()
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
def test_a_machine_that_answers_the_leave_address_ends_nothing(ada, clock, subject, headers):
    home = unsubscribe_address(ada)
    assert came(build_message(home, subject, headers), clock, home) is RecordResult.IGNORED and in_force(ada)


def test_a_mail_program_may_say_that_it_asked_by_itself(ada, clock):
    home = unsubscribe_address(ada)
    assert came(build_message(home, "unsubscribe", "Auto-Submitted: auto-generated\r\n"), clock, home) is RecordResult.APPLIED


def test_unsubscribe_as_an_answer_to_the_envelope_sender_is_heard(ada, clock):
    home = bounce_address(make_accepted_delivery(ada, clock()).pk)
    assert came(build_message(home, "Unsubscribe"), clock, home) is RecordResult.APPLIED and not in_force(ada)
    assert not Suppression.objects.exists()


def test_the_receipt_of_an_alert_has_its_returns_beside_it(clock):
    gone_out, now = make_sent_alert(clock()), clock()
    readers = [make_confirmed_subscriber(f"r{n}@mail.example", now) for n in range(5)]
    sent = [make_accepted_delivery(one, now, of=gone_out) for one in readers]
    came(build_bounce(sent[0]), clock)
    came(build_bounce(sent[0], by="<twice@mx.example>"), clock)
    came(build_bounce(sent[1], status="5.2.2", said="552 5.2.2 mailbox full"), clock)
    came(build_complaint(readers[2].email, f"Return-Path: <{bounce_address(sent[2].pk)}>"), clock)
    came(build_bounce(make_accepted_delivery(readers[3], now)), clock)
    assert summarise_bounces(gone_out) == BounceSummary(2, 1, 1, {"mailbox_full": 1, "user_unknown": 1})
    assert load_receipt(gone_out)[DeliveryState.ACCEPTED] == 5


def test_what_no_database_takes_is_written_down_all_the_same(ada, clock):
    message = build_bounce(
        make_accepted_delivery(ada, clock()), said="550 5.1.1 <{to}>: user \x00 unknown \udcff".replace("\udcff", "\x85")
    )
    assert came(message, clock) is RecordResult.APPLIED
    assert "\0" not in Bounce.objects.get().reply
