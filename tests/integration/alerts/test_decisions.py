"""Decisions after Send: approve, undo, halt, resume, resend, correct; and the history that they leave."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoppress.alerts import actions
from stoppress.alerts.actions import SendTerms
from stoppress.alerts.audience import count_audience
from stoppress.alerts.choices import DecisionKind
from stoppress.alerts.errors import AlreadyAlertedError, InvalidAlertError, OwnApprovalError
from stoppress.alerts.models import Decision
from stoppress.alerts.receipts.decision_history import decision_history
from stoppress.alerts.receipts.delivery_speed import delivery_speed
from stoppress.alerts.receipts.export_rows import receipt_csv_chunks
from stoppress.alerts.receipts.uncertain_deliveries import match_relay_log, uncertain_deliveries
from stoppress.coverage.actions import correct, open_blog, publish
from stoppress.coverage.post_content import Content
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Urgency
from stoppress.delivery.errors import CannotResumeError
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.transitions import resume
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery, mark_orphans_uncertain
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Mute, Subscriber, Subscription, Suppression, Topic
from tests.factories.alerts import (
    APPROVAL_TERMS,
    UNDO_TERMS,
    add_subscribers,
    materialise_all,
    send_post_alert,
    send_with_request,
    settle_deliveries,
    settle_some_accepted,
)

pytestmark = pytest.mark.django_db


def decisions(alert):
    return [(each.kind, each.by, each.count) for each in Decision.objects.filter(alert=alert).order_by("at", "pk")]


# Approval


def test_alert_waits_for_approval_when_it_has_many_recipients(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock, terms=APPROVAL_TERMS)
    assert alert.needs_approval and not alert.is_sendable(clock.tick(60))
    with pytest.raises(OwnApprovalError):
        actions.approve_alert(alert, by="ines", now=clock())
    approved = actions.approve_alert(alert, by="tom", now=clock())
    assert approved.not_before == clock() + timedelta(seconds=10)
    assert not approved.is_sendable(clock()) and approved.is_sendable(clock.tick(10))
    assert actions.approve_alert(alert, by="lena", now=clock()).approved_at == approved.approved_at
    assert decisions(alert) == [("sent", "ines", 3), ("approved", "tom", 3)]


def test_alert_needs_no_approval_when_it_has_few_recipients(blog, post, clock):
    add_subscribers(2, clock())
    assert not send_post_alert(blog, post, clock, terms=APPROVAL_TERMS).needs_approval


def test_declined_alert_never_leaves_and_the_post_can_be_sent_again(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock, terms=APPROVAL_TERMS)
    actions.decline_alert(alert, by="tom", now=clock())
    with pytest.raises(CannotResumeError):
        actions.approve_alert(alert, by="lena", now=clock())
    assert actions.load_receipt(alert)[State.HALTED] == 3
    assert "a second editor did not agree" in decision_history(alert)[-1].text
    assert send_post_alert(blog, post, clock).pk != alert.pk


def test_decline_is_refused_when_the_alert_is_approved(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock, terms=APPROVAL_TERMS)
    actions.approve_alert(alert, by="tom", now=clock())
    with pytest.raises(CannotResumeError):
        actions.decline_alert(alert, by="lena", now=clock())
    assert Alert.objects.get().halted_at is None


def test_approval_is_refused_when_the_post_was_corrected(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock, terms=APPROVAL_TERMS)
    correct(blog.slug, post.pk, Content("It holds"), note="It held.", by="ines", now=clock.tick(), based_on=1)
    with pytest.raises(CannotResumeError, match="corrected or withdrawn"):
        actions.approve_alert(alert, by="tom", now=clock())


# Undo and kill


def test_undo_is_recorded_as_undo_when_nothing_has_left(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock, terms=UNDO_TERMS)
    actions.undo_send(alert, by="ines", now=clock.tick(5))
    assert decisions(alert)[-1] == ("undone", "ines", 3)
    again = send_post_alert(blog, post, clock)
    with pytest.raises(AlreadyAlertedError):
        send_post_alert(blog, post, clock)
    assert again.pk != alert.pk


def test_undo_is_recorded_as_halt_when_a_delivery_has_left(blog, post, clock):
    add_subscribers(5, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 2)
    found = actions.undo_send(alert, by="ines", now=clock.tick())
    assert found[State.HALTED] == 3
    assert decisions(alert)[-1] == ("halted", "ines", 3)
    assert decision_history(alert)[-1].text == "halted it at 2 of 5"


def test_halt_is_recorded_once_when_repeated(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    assert actions.kill_alert(alert, by="ines", now=clock())[State.HALTED] == 3
    actions.kill_alert(alert, by="tom", now=clock.tick())
    assert [kind for kind, _, _ in decisions(alert)] == ["sent", "halted"]


# Resume


def test_resume_sends_to_recipients_not_reached_before(blog, post, clock, monkeypatch):
    monkeypatch.setattr(resume, "BATCH_SIZE", 2)
    add_subscribers(9, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 4)
    actions.kill_alert(alert, by="ines", now=clock.tick())
    assert actions.resume_send(alert, by="tom", now=clock.tick()) == 5
    receipt = actions.load_receipt(alert)
    assert (receipt[State.ACCEPTED], receipt[State.PENDING], receipt.intended) == (4, 5, 9)
    assert Alert.objects.get().halted_at is None
    assert decisions(alert)[-1] == ("resumed", "tom", 5)
    settle_some_accepted(clock, 20)
    assert actions.load_receipt(alert).summary() == "9 accepted"


def test_resume_includes_recipients_not_materialised_before(blog, post, clock):
    add_subscribers(6, clock())
    alert = send_post_alert(blog, post, clock)
    actions.kill_alert(alert, by="ines", now=clock())
    actions.resume_send(alert, by="ines", now=clock.tick())
    materialise_all(clock)
    assert actions.load_receipt(alert).summary() == "6 waiting"


def test_resume_is_completed_when_the_first_attempt_crashed(blog, post, clock):
    add_subscribers(4, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    actions.kill_alert(alert, by="ines", now=clock())
    Alert.objects.update(halted_at=None)
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(state=State.PENDING, next_attempt_at=clock())
    assert actions.resume_send(alert, by="ines", now=clock()) == 3
    assert actions.load_receipt(alert).summary() == "4 waiting"


@pytest.mark.parametrize("reason", ["late", "corrected", "correction"])
def test_resume_is_refused_when_the_alert_may_no_longer_leave(blog, post, clock, reason):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    actions.kill_alert(alert, by="ines", now=clock())
    if reason == "late":
        clock.tick(5 * 3600)
    elif reason == "corrected":
        correct(blog.slug, post.pk, Content("It holds"), note="It held.", by="ines", now=clock.tick(), based_on=1)
    else:
        send_post_alert(blog, post, clock, corrects=alert, subject="Correction: it holds")
    with pytest.raises(CannotResumeError):
        actions.resume_send(alert, by="tom", now=clock())
    assert Alert.objects.get(pk=alert.pk).halted_at


def test_halt_wins_when_it_comes_during_resume(blog, post, clock, monkeypatch):
    monkeypatch.setattr(resume, "BATCH_SIZE", 2)
    add_subscribers(8, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    actions.kill_alert(alert, by="ines", now=clock())
    original = resume._next_ids

    def slice_and_halt(alert, state, last):
        found = original(alert, state, last)
        if last:
            Alert.objects.update(halted_at=clock())
        return found

    monkeypatch.setattr(resume, "_next_ids", slice_and_halt)
    assert resume.resume_alert(alert, now=clock()) == 2


# Uncertain deliveries


def test_uncertain_deliveries_are_resent_only_by_an_editor(blog, post, clock):
    add_subscribers(5, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    claim_deliveries(3, holder="dead", now=clock())
    mark_orphans_uncertain(now=clock.tick())
    known = uncertain_deliveries(alert)
    assert len(known) == 3 and known[0].address == "r…@example.com"
    assert known[0].holder == "dead" and known[0].reply and known[0].message_id.endswith("@halden.test>")
    log = f"""postfix/cleanup[1]: 4F1A2B3C4D: message-id={known[1].message_id}
postfix/qmgr[2]: 4F1A2B3C4D: from=<x>, size=99, nrcpt=1 (queue active)
postfix/cleanup[1]: 5F1A2B3C4D: message-id={known[2].message_id}"""
    spare = frozenset(match_relay_log(log.splitlines(), known))
    assert spare == {known[1].delivery_id}
    assert actions.resend_uncertain_deliveries(alert, by="tom", now=clock(), spare=spare) == 2
    receipt = actions.load_receipt(alert)
    assert (receipt[State.UNCERTAIN], receipt[State.PENDING]) == (1, 4)
    assert decisions(alert)[-1] == ("resent", "tom", 2)
    assert "1 were left out" in decision_history(alert)[-1].text


def test_resend_is_refused_when_the_alert_is_halted_or_expired(blog, post, clock):
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    claim_deliveries(1, holder="dead", now=clock())
    mark_orphans_uncertain(now=clock())
    actions.kill_alert(alert, by="ines", now=clock())
    with pytest.raises(CannotResumeError, match="resume it first"):
        actions.resend_uncertain_deliveries(alert, by="tom", now=clock())
    Alert.objects.update(halted_at=None)
    with pytest.raises(CannotResumeError):
        actions.resend_uncertain_deliveries(alert, by="tom", now=clock.tick(5 * 3600))


# Corrections


def test_correction_counts_the_recipients_of_the_corrected_alert(blog, post, clock):
    add_subscribers(6, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 2)
    claimed = claim_deliveries(1, holder="h", now=clock())
    settle_deliveries(
        [SettledDelivery(claimed[0].id, claimed[0].subscriber_id, State.REFUSED, 1, 550, "no")], holder="h", now=clock()
    )
    correction = send_post_alert(blog, post, clock, corrects=alert, subject="Correction: the wall holds", again=False)
    assert correction.urgency == Urgency.CORRECTION and correction.topic == alert.topic
    assert correction.intended == 5
    assert Alert.objects.get(pk=alert.pk).halted_at and decisions(alert)[-1] == ("corrected", "ines", 5)
    assert correction.not_after - correction.created_at == timedelta(days=3)


# Terms and audience


def test_send_terms_are_refused_when_out_of_range(blog, post, clock):
    for terms in (
        SendTerms(undo=timedelta(hours=1)),
        SendTerms(stale_after=timedelta(0)),
        SendTerms(stale_after=timedelta(days=9)),
    ):
        with pytest.raises(InvalidAlertError):
            send_post_alert(blog, post, clock, terms=terms)
    alert = send_post_alert(blog, post, clock, terms=SendTerms(stale_after=timedelta(minutes=30)))
    assert alert.not_after - alert.created_at == timedelta(minutes=30) and alert.not_before is None


def test_alert_about_a_live_blog_has_no_post(blog, clock):
    add_subscribers(1, clock())
    alert = send_with_request(
        alert_id=uuid4(),
        blog_slug=blog.slug,
        post_id=None,
        topic=actions.breaking_topic(),
        subject="Follow the storm",
        summary="",
        by="ines",
        now=clock(),
    )
    assert alert.post is None and alert.headline == blog.headline and alert.seq == blog.seq
    assert alert.summary.startswith("Two thousand people")


def test_alert_is_refused_when_the_topic_is_another_story_s(blog, post, clock):
    other = open_blog(slug="other", headline="Other", zone="UTC", by="x", now=clock())
    foreign = Topic.objects.create(slug="story-other", name="Other", blog=other)
    with pytest.raises(InvalidAlertError):
        send_post_alert(blog, post, clock, topic=foreign)


def test_audience_separates_muted_suppressed_and_digest_subscribers(blog, clock):
    add_subscribers(10, clock())
    topic = actions.breaking_topic()
    people = list(Subscriber.objects.order_by("pk"))
    for n, language in enumerate(("fr", "fr", "fr", "de")):
        Subscriber.objects.filter(pk=people[n].pk).update(language=language)
    Subscription.objects.filter(subscriber=people[9]).update(frequency=Frequency.MORNING)
    Mute.objects.create(subscriber=people[0], blog=blog, at=clock())
    Suppression.objects.create(subscriber=people[1], reason="complaint", at=clock())
    Mute.objects.create(subscriber=people[1], blog=blog, at=clock())
    found = count_audience(topic, blog)
    assert (found.instant, found.digest, found.muted, found.suppressed) == (7, 1, 1, 1)
    assert found.languages == {"fr": 1, "de": 1}
    assert actions.count_recipients(topic, blog) == 7 and actions.count_recipients(topic) == 8


def test_variants_are_stored_unless_empty(blog, post, clock):
    alert = send_post_alert(
        blog, post, clock, variants={"fr": {"subject": " La digue cède ", "summary": ""}, "de": {"subject": ""}}
    )
    assert alert.variants == {"fr": {"subject": "La digue cède"}}
    for bad in ("en", "x" * 30, "<b>"):
        with pytest.raises(InvalidAlertError):
            send_post_alert(blog, post, clock, again=True, variants={bad: {"subject": "x"}})


# Receipt


def test_delivery_speed_is_measured_by_domain_and_against_all_intended(blog, post, clock):
    add_subscribers(10, clock())
    Subscriber.objects.update(domain="example.com")
    Subscriber.objects.filter(key="r0@example.com").update(domain="other.test")
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    clock.tick(2)
    settle_some_accepted(clock, 5)
    clock.tick(58)
    settle_some_accepted(clock, 4)
    found = delivery_speed(alert, actions.load_receipt(alert), now=clock())
    assert (found.overall.p50, found.overall.p90, found.overall.p99) == (2.1, 60.1, None)
    assert [each.count for each in found.counts_within][:3] == [5, 5, 9]
    assert {each_domain.name: each_domain.intended for each_domain in found.domains} == {
        "example.com": 9,
        "other.test": 1,
    }


def test_ledger_export_masks_addresses_unless_allowed(blog, post, clock):
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 1)
    masked, full = ("".join(receipt_csv_chunks(alert, full=full)) for full in (False, True))
    assert len(masked.splitlines()) == 4 and "r…@example.com" in masked and "r0@example.com" not in masked
    assert "r0@example.com" in full and ",accepted,1,250,ok," in full


def test_receipt_makes_a_fixed_number_of_queries(blog, post, clock):
    add_subscribers(40, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    with CaptureQueriesContext(connection) as queries:
        actions.load_receipt(alert)
    assert len(queries) <= 3


ACTIONS = st.lists(st.sampled_from(["kill", "resume", "resend", "accept", "crash", "correct"]), max_size=14)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=ACTIONS)
def test_receipt_adds_up_after_any_sequence_of_decisions(blog, clock, steps):
    with transaction.atomic():
        post = publish(blog.slug, Content("Wall", "<p>It fails.</p>"), by="ines", now=clock())
        add_subscribers(8, clock())
        alert = send_post_alert(blog, post, clock)
        materialise_all(clock, size=3)
        accepted: set[int] = set()
        for step in steps:
            clock.tick(1)
            run_step(step, alert, blog, post, clock)
            receipt = actions.load_receipt(alert)
            assert receipt.intended == 8
            now_accepted = set(Delivery.objects.filter(alert=alert, state=State.ACCEPTED).values_list("pk", flat=True))
            assert accepted <= now_accepted
            accepted = now_accepted
            waiting = Delivery.objects.filter(next_attempt_at__isnull=False).exclude(
                state__in=[State.PENDING, State.DEFERRED]
            )
            assert not waiting.exists()
        assert Decision.objects.filter(alert=alert, kind=DecisionKind.SENT).count() == 1
        transaction.set_rollback(True)


def run_step(step, alert, blog, post, clock):
    try:
        if step == "kill":
            actions.kill_alert(alert, by="ines", now=clock())
        elif step == "resume":
            actions.resume_send(alert, by="ines", now=clock())
        elif step == "resend":
            actions.resend_uncertain_deliveries(alert, by="ines", now=clock())
        elif step == "accept":
            settle_some_accepted(clock, 2)
        elif step == "crash":
            claim_deliveries(2, holder="dead", now=clock())
            mark_orphans_uncertain(now=clock())
        elif not alert.corrections.exists():
            send_post_alert(blog, post, clock, corrects=alert, subject="Correction")
    except CannotResumeError:
        return
