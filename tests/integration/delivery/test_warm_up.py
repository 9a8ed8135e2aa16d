"""Warm-up: daily budgets per provider, raised by schedule, lowered by deferrals and complaints; nothing is lost."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from stoppress.alerts.actions import SendRequest, compose, load_receipt
from stoppress.alerts.preflight.warm_up_checks import check_warm_up
from stoppress.coverage.public_posts import build_post_views
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Lane
from stoppress.delivery.ledger.providers import find_provider
from stoppress.delivery.ledger.warm_up import count_over_budget, daily_budget, record_complaint
from stoppress.delivery.models import Delivery, ProviderDay
from stoppress.delivery.overdue_mail import measure_overdue_mail
from stoppress.delivery.sender.ledger_store import LedgerStore
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.desk.screens.alert_receipt import sent_alert
from stoppress.subscribers.models import Subscriber, Subscription
from stoppress.subscribers.topics import breaking_topic
from tests.factories.alerts import materialise_all, send_post_alert

pytestmark = pytest.mark.django_db
SINCE = date(2026, 3, 8)
"""The day of the clock fixture."""


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "Gmail"),
        ("googlemail.com", "Gmail"),
        ("hotmail.co.uk", "Microsoft"),
        ("outlook.com", "Microsoft"),
        ("yahoo.co.jp", "Yahoo"),
        ("aol.com", "Yahoo"),
        ("icloud.com", "Apple"),
        ("web.de", "GMX and WEB.DE"),
        ("notgmail.com", "notgmail.com"),
        ("gmail.com.example", "gmail.com.example"),
        ("example.org", "example.org"),
    ],
)
def test_provider_is_found_by_domain(domain, provider):
    assert find_provider(domain) == provider


def day(number, sent=1000, deferred=0, complaints=0):
    return ProviderDay(day=SINCE + timedelta(days=number), sent=sent, deferred=deferred, complaints=complaints)


@pytest.mark.parametrize(
    ("number", "days", "budget"),
    [
        (0, [], 200),
        (1, [day(0)], 400),
        (4, [], 3000),
        (10, [], 60_000),
        (13, [], 400_000),
        (14, [], None),
        (4, [day(2, deferred=51)], 800),
        (4, [day(2, deferred=50)], 3000),
        (4, [day(4, complaints=2)], 800),
        (4, [day(4, complaints=1)], 3000),
        (4, [day(2, sent=49, deferred=49)], 3000),
        (1, [day(0, deferred=500), day(1, deferred=500)], 200),
        (15, [day(3, deferred=500)], 400_000),
    ],
)
def test_budget_grows_by_schedule_and_shrinks_after_bad_days(number, days, budget):
    assert daily_budget(SINCE, SINCE + timedelta(days=number), days) == budget


def add_readers(number, domain, now):
    for n in range(number):
        email = f"r{n}@{domain}"
        reader = Subscriber.objects.create(email=email, key=email, domain=domain, requested_at=now, confirmed_at=now)
        Subscription.objects.create(topic=breaking_topic(), subscriber=reader, requested_at=now, confirmed_at=now)


@pytest.fixture
def store(clock, tmp_path, settings):
    settings.WARM_UP_SINCE = SINCE
    made = LedgerStore(clock, Path(tmp_path), holder="h")
    made.take_over()
    return made


def claim_all(store, clock):
    """Claim and settle as accepted until nothing is due; return the deliveries."""
    claimed, settled = [], []
    for _ in range(20):
        store.find_work()
        window = store.settle_and_claim(settled, dict.fromkeys(Lane, 100))
        settled = [SettledDelivery(row.id, row.subscriber_id, State.ACCEPTED, 1, 250, "ok") for row in window]
        claimed += window
        if not window and not store.is_stale:
            break
    return claimed


def set_used(provider, sent):
    ProviderDay.objects.create(day=SINCE, provider=provider, sent=sent)


@pytest.mark.parametrize("materialised", [True, False])
def test_over_budget_waits_and_others_are_sent(blog, post, clock, store, materialised):
    add_readers(5, "gmail.com", clock())
    add_readers(3, "example.org", clock())
    set_used("Gmail", 198)
    alert = send_post_alert(blog, post, clock)
    if materialised:
        materialise_all(clock)
    sent = claim_all(store, clock)
    assert sorted(row.email.partition("@")[2] for row in sent) == ["example.org"] * 3 + ["gmail.com"] * 2
    receipt = load_receipt(alert)
    assert (receipt[State.ACCEPTED], receipt[State.DEFERRED], receipt.intended) == (5, 3, 8)
    assert sent_alert(alert, clock()).held_back == 3
    while store.process_batch(1.0, urgent_only=False):
        pass
    waiting = Delivery.objects.filter(state=State.DEFERRED)
    assert all(row.attempts == 0 and row.next_attempt_at <= clock() + timedelta(minutes=30) for row in waiting)
    assert measure_overdue_mail(clock() + timedelta(minutes=10), moving=True).late_seconds == {}
    assert ProviderDay.objects.get(provider="Gmail").sent == 200


def test_held_back_mail_is_sent_when_a_new_day_has_room(blog, post, clock, store):
    add_readers(4, "gmail.com", clock())
    set_used("Gmail", 200)
    alert = send_post_alert(blog, post, clock)
    assert claim_all(store, clock) == []
    assert load_receipt(alert)[State.DEFERRED] == 4
    Delivery.objects.update(next_attempt_at=clock())
    ProviderDay.objects.update(day=SINCE - timedelta(days=1))
    assert len(claim_all(store, clock)) == 4
    assert load_receipt(alert)[State.ACCEPTED] == 4


def test_digests_may_use_only_half_of_a_budget(blog, post, clock, store):
    add_readers(2, "gmail.com", clock())
    set_used("Gmail", 100)
    send_post_alert(blog, post, clock)
    materialise_all(clock)
    Delivery.objects.update(lane=Lane.DIGEST)
    assert claim_all(store, clock) == []
    Delivery.objects.update(lane=Lane.BREAKING, next_attempt_at=clock())
    assert len(claim_all(store, clock)) == 2


def test_nothing_is_held_back_but_all_is_counted_after_the_last_day_of_the_schedule(blog, post, clock, store, settings):
    settings.WARM_UP_SINCE = date(2026, 2, 22)  # the clock shows the fifteenth day
    add_readers(3, "gmail.com", clock())
    set_used("Gmail", 1_000_000)
    send_post_alert(blog, post, clock)
    assert len(claim_all(store, clock)) == 3
    assert ProviderDay.objects.get().sent == 1_000_003


def test_without_a_start_day_nothing_is_held_back_or_counted(blog, post, clock, store, settings):
    settings.WARM_UP_SINCE = None
    add_readers(3, "gmail.com", clock())
    set_used("Gmail", 100_000)
    send_post_alert(blog, post, clock)
    assert len(claim_all(store, clock)) == 3
    assert ProviderDay.objects.get().sent == 100_000


def test_deferrals_and_complaints_are_counted(blog, post, clock, store):
    add_readers(2, "gmail.com", clock())
    send_post_alert(blog, post, clock)
    store.find_work()
    [first, second] = store.settle_and_claim([], dict.fromkeys(Lane, 10))
    later = SettledDelivery(first.id, first.subscriber_id, State.DEFERRED, 1, 451, "later", clock())
    unsent = SettledDelivery(second.id, second.subscriber_id, State.DEFERRED, 0, None, "no relay", clock())
    store.settle_and_claim([later, unsent], {})
    record_complaint("googlemail.com", clock())
    row = ProviderDay.objects.get()
    assert (row.provider, row.sent, row.deferred, row.complaints) == ("Gmail", 2, 1, 1)


def test_editor_sees_how_many_would_wait(blog, post, clock, store):
    add_readers(5, "gmail.com", clock())
    add_readers(1, "example.org", clock())
    now = datetime.combine(SINCE, clock().time(), UTC)
    draft = compose(blog, build_post_views(blog, [post])[0], SendRequest(blog.slug, post.pk))
    assert [str(finding.severity) for finding in check_warm_up(draft, now)] == ["fine"]
    set_used("Gmail", 197)
    [finding] = check_warm_up(draft, now)
    assert finding.severity == "note" and "2 of 6 recipients wait" in finding.message and "Gmail 2" in finding.message
    assert count_over_budget({"gmail.com": 3, "googlemail.com": 2}, now) == {"Gmail": 2}
