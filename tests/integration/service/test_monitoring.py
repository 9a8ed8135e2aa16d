"""What /healthz, /metrics and the desk say of mail and clock, from the real database."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError
from django.test import Client, override_settings

from stoppress.delivery import canary
from stoppress.delivery.choices import DeliveryState, Lane
from stoppress.delivery.models import MailerRun
from stoppress.delivery.recipients.materialise_recipients import freeze_slice
from stoppress.delivery.transitions.claim_deliveries import claim
from stoppress.delivery.transitions.settle import Settlement, settle
from stoppress.desk.access.people import create_user
from stoppress.inbound.models import Bounce
from stoppress.service.monitoring import current_alarms as watching
from stoppress.service.monitoring.mail_statistics import mail_figures
from stoppress.service.monitoring.system_status import Standing, standing
from tests.factories.alerts import add_readers, send

pytestmark = pytest.mark.django_db
CANARY = override_settings(CANARY_ADDRESS="canary@example.com", CANARY_INTERVAL=timedelta(hours=1))


@pytest.fixture(autouse=True)
def nothing_kept():
    standing.forget()
    yield
    standing.forget()


@pytest.fixture
def said(monkeypatch):
    """Have the installation stand as `said(…)` says."""

    def say(**facts):
        found = Standing(**facts)
        monkeypatch.setattr(watching, "standing", lambda: found)

    return say


def test_figures_count_what_waits_and_how_long(blog, post, clock):
    add_readers(8, clock())
    send(blog, post, clock)
    while freeze_slice(now=clock(), size=100):
        pass
    now = clock()
    parcels = claim(4, holder="me", now=now)
    outcomes = [DeliveryState.UNCERTAIN, DeliveryState.ACCEPTED, DeliveryState.DEFERRED]
    settlements = [
        Settlement(one.id, one.subscriber_id, state, 1, next_at=now if state is DeliveryState.DEFERRED else None)
        for one, state in zip(parcels, outcomes, strict=False)
    ]
    settle(settlements, holder="me", now=now)
    found = mail_figures(clock.tick(90), watched_since=now)
    assert (found.waiting, found.deferred, found.in_flight, found.uncertain) == (5, 1, 1, 1)
    assert found.oldest_due[Lane.BREAKING] == 90 and found.oldest_due[Lane.DIGEST] == 0


def test_figures_tell_of_mailers_and_of_bounces_for_our_sake(clock):
    now = clock()
    relays = [{"relay": name, "connections": 1, "fault": fault} for name, fault in (("a", "gone"), ("b", ""))]
    told = {"relays": relays, "paused": ["x.example"], "rate": 4.5, "fence": {"why": "it was put back"}}
    facts = {"host": "mail1", "pid": 1, "started_at": now}
    MailerRun.objects.create(holder="on", beat_at=now - timedelta(seconds=2), figures=told, **facts)
    MailerRun.objects.create(holder="off", beat_at=now - timedelta(hours=2), figures=told, **facts)
    for number, (reason, ago) in enumerate([("blocked", 1), ("blocked", 99), ("user_unknown", 1)]):
        at = now - timedelta(minutes=ago)
        Bounce.objects.create(key=str(number), at=at, via="smtp", kind="bounce", reason=reason, proven=True)
    found = mail_figures(now, watched_since=now)
    assert found.policy_bounces == 1
    assert (found.mailers.running, found.mailers.beat_age, found.mailers.paused_domains) == (1, 2.0, 1)
    assert found.mailers.relay_faults == {"a": "gone"} and found.mailers.set_aside == "it was put back"
    assert found.mailers.rate == 4.5


@CANARY
def test_figures_tell_of_the_canary(clock):
    start = clock()
    assert not mail_figures(start, watched_since=start).canary.late
    canary.fly(start)
    assert mail_figures(clock.tick(301), watched_since=start).canary.late
    [parcel] = claim(1, holder="me", now=clock())
    settle([Settlement(parcel.id, parcel.subscriber_id, DeliveryState.ACCEPTED, 1)], holder="me", now=clock())
    found = mail_figures(clock.tick(9), watched_since=start).canary
    assert (found.age, found.took, found.late) == (9, 301, False)


def test_a_balancer_is_told_200_whatever_mail_does_and_a_monitor_is_not(said):
    said()
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/healthz/mail").status_code == 200
    said(clock_works=False, watched_since=datetime(2026, 1, 1, tzinfo=UTC))
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", "alarms": ["clock"]})
    answer = Client().get("/healthz/mail")
    assert (answer.status_code, answer.json()) == (503, {"status": "alarm", "alarms": ["clock"]})
    assert answer["Cache-Control"] == "no-store"


def test_figures_that_cannot_be_read_stop_no_page_and_are_an_alarm(monkeypatch):
    def fails():
        raise DatabaseError("the table is locked")

    monkeypatch.setattr(watching, "standing", fails)
    assert Client().get("/healthz").json() == {"status": "degraded", "alarms": ["unknown"]}
    metrics = Client(REMOTE_ADDR="127.0.0.1").get("/metrics").content.decode()
    assert "stoppress_mail_figures_known 0.0" in metrics and "stoppress_stream_dropped_total" in metrics


def test_real_figures_reach_prometheus():
    said = Client(REMOTE_ADDR="127.0.0.1").get("/metrics").content.decode()
    assert "stoppress_mail_waiting 0.0" in said and 'stoppress_alarm{alarm="fence"} 0.0' in said


def test_managers_see_alarms_at_the_desk_and_nobody_else_does(said):
    said(clock_works=False, watched_since=datetime(2026, 1, 1, tzinfo=UTC))
    pages = {}
    for role in ("admin", "editor"):
        client = Client()
        client.force_login(create_user(role, "the-tide-has-turned", role))
        pages[role] = client.get("/desk/").content.decode()
    assert 'class="alarms"' in pages["admin"] and "The clock is not running" in pages["admin"]
    assert 'class="alarms"' not in pages["editor"]
    said()
    client.force_login(create_user("other", "the-tide-has-turned", "admin"))
    assert 'class="alarms"' not in client.get("/desk/").content.decode()
