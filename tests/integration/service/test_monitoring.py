"""/healthz, /metrics and alarms at the desk, from the real database."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError
from django.test import Client, override_settings

from stoppress.delivery import canary_mail
from stoppress.delivery.choices import DeliveryState, Lane
from stoppress.delivery.models import MailerRun
from stoppress.delivery.recipients.materialise_recipients import materialise_batch
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import SettledDelivery
from stoppress.desk.access.people import create_user
from stoppress.inbound.models import Bounce
from stoppress.service.monitoring import current_alarms
from stoppress.service.monitoring.mail_statistics import mail_statistics
from stoppress.service.monitoring.system_status import SystemStatus, system_status_cache
from tests.factories.alerts import add_subscribers, send_post_alert, settle_deliveries

pytestmark = pytest.mark.django_db
CANARY = override_settings(CANARY_ADDRESS="canary@example.com", CANARY_INTERVAL=timedelta(hours=1))


@pytest.fixture(autouse=True)
def fresh_status():
    system_status_cache.invalidate()
    yield
    system_status_cache.invalidate()


@pytest.fixture
def given_status(monkeypatch):
    """Return a function that replaces the status of the installation."""

    def set_status(**changes):
        status = SystemStatus(**changes)
        monkeypatch.setattr(current_alarms, "system_status_cache", lambda: status)

    return set_status


def test_statistics_count_waiting_deliveries_and_their_age(blog, post, clock):
    add_subscribers(8, clock())
    send_post_alert(blog, post, clock)
    while materialise_batch(now=clock(), size=100):
        pass
    now = clock()
    parcels = claim_deliveries(4, holder="me", now=now)
    outcomes = [DeliveryState.UNCERTAIN, DeliveryState.ACCEPTED, DeliveryState.DEFERRED]
    settlements = [
        SettledDelivery(
            one.id, one.subscriber_id, state, 1, next_attempt_at=now if state is DeliveryState.DEFERRED else None
        )
        for one, state in zip(parcels, outcomes, strict=False)
    ]
    settle_deliveries(settlements, holder="me", now=now)
    found = mail_statistics(clock.tick(90), watched_since=now)
    assert (found.waiting, found.deferred, found.in_flight, found.uncertain) == (5, 1, 1, 1)
    assert found.oldest_due[Lane.BREAKING] == 90 and found.oldest_due[Lane.DIGEST] == 0


def test_statistics_contain_mailers_and_bounces_that_concern_the_newsroom(clock):
    now = clock()
    relays = [{"relay": name, "connections": 1, "fault": fault} for name, fault in (("a", "gone"), ("b", ""))]
    told = {"relays": relays, "paused": ["x.example"], "rate": 4.5, "restored": {"reason": "older backup"}}
    facts = {"host": "mail1", "pid": 1, "started_at": now}
    MailerRun.objects.create(holder="on", heartbeat_at=now - timedelta(seconds=2), status=told, **facts)
    MailerRun.objects.create(holder="off", heartbeat_at=now - timedelta(hours=2), status=told, **facts)
    for number, (reason, ago) in enumerate([("blocked", 1), ("blocked", 99), ("user_unknown", 1)]):
        at = now - timedelta(minutes=ago)
        Bounce.objects.create(key=str(number), at=at, via="smtp", kind="bounce", reason=reason, proven=True)
    found = mail_statistics(now, watched_since=now)
    assert found.policy_bounces == 1
    assert (found.mailers.running, found.mailers.heartbeat_age, found.mailers.paused_domains) == (1, 2.0, 1)
    assert found.mailers.relay_faults == {"a": "gone"} and found.mailers.restored == "older backup"
    assert found.mailers.rate == 4.5


@CANARY
def test_statistics_contain_the_canary(clock):
    start = clock()
    assert not mail_statistics(start, watched_since=start).canary.is_late
    canary_mail.queue_canary(start)
    assert mail_statistics(clock.tick(301), watched_since=start).canary.is_late
    [parcel] = claim_deliveries(1, holder="me", now=clock())
    settle_deliveries(
        [SettledDelivery(parcel.id, parcel.subscriber_id, DeliveryState.ACCEPTED, 1)], holder="me", now=clock()
    )
    found = mail_statistics(clock.tick(9), watched_since=start).canary
    assert (found.age, found.latency, found.is_late) == (9, 301, False)


def test_healthz_stays_200_and_mail_health_is_503_when_an_alarm_is_raised(given_status):
    given_status()
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/healthz/mail").status_code == 200
    given_status(is_scheduler_running=False, watched_since=datetime(2026, 1, 1, tzinfo=UTC))
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", "alarms": ["clock"]})
    answer = Client().get("/healthz/mail")
    assert (answer.status_code, answer.json()) == (503, {"status": "alarm", "alarms": ["clock"]})
    assert answer["Cache-Control"] == "no-store"


def test_unreadable_statistics_are_an_alarm_and_do_not_stop_pages(monkeypatch):
    def fails():
        raise DatabaseError("the table is locked")

    monkeypatch.setattr(current_alarms, "system_status_cache", fails)
    assert Client().get("/healthz").json() == {"status": "degraded", "alarms": ["unknown"]}
    metrics = Client(REMOTE_ADDR="127.0.0.1").get("/metrics").content.decode()
    assert "stoppress_mail_figures_known 0.0" in metrics and "stoppress_stream_dropped_total" in metrics


def test_metrics_contain_statistics_of_the_database():
    said = Client(REMOTE_ADDR="127.0.0.1").get("/metrics").content.decode()
    assert "stoppress_mail_waiting 0.0" in said and 'stoppress_alarm{alarm="restored"} 0.0' in said


def test_desk_shows_alarms_to_administrators_only(given_status):
    given_status(is_scheduler_running=False, watched_since=datetime(2026, 1, 1, tzinfo=UTC))
    pages = {}
    for role in ("admin", "editor"):
        client = Client()
        client.force_login(create_user(role, "the-tide-has-turned", role))
        pages[role] = client.get("/desk/").content.decode()
    assert 'class="alarms"' in pages["admin"] and "No scheduler is running" in pages["admin"]
    assert 'class="alarms"' not in pages["editor"]
    given_status()
    client.force_login(create_user("other", "the-tide-has-turned", "admin"))
    assert 'class="alarms"' not in client.get("/desk/").content.decode()
