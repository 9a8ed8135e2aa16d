"""Digests at the desk. They belong to no live blog, so they need a seat for all live blogs."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from stoppress.alerts.actions import breaking_topic
from stoppress.alerts.models import Decision
from stoppress.coverage.actions import open_blog
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.choices import Urgency
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import mark_orphans_uncertain
from stoppress.desk.access.people import create_user
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Subscription
from tests.factories.alerts import add_subscribers, materialise_all, send_post_alert, settle_some_accepted

PASSWORD = "correct-horse-9"


@pytest.fixture
def clock():
    """Return the current time, which the desk reads."""
    return lambda: datetime.now(UTC)


@pytest.fixture
def digest(blog, clock) -> Alert:
    """Return a digest of this morning in Kolkata with five recipients, two of them accepted."""
    add_subscribers(5, clock())
    Subscription.objects.update(frequency=Frequency.MORNING)
    item = {"blog": "Storm", "headline": "Sea wall fails", "path": "/", "at": clock().isoformat(), "post": "", "seq": 0}
    made = Alert.objects.create(
        topic=breaking_topic(), urgency=Urgency.DIGEST, subject="Breaking news this morning", headline="This morning",
        items=[item], by="Stop Press", created_at=clock(), not_after=clock() + timedelta(hours=8), intended=5,
        frequency=Frequency.MORNING, zone="Asia/Kolkata", digest_day=clock().date(), last_source_id=10**9,
    )  # fmt: skip
    Alert.objects.update(zone="")  # so that readers who named none get it
    materialise_all(clock)
    Alert.objects.update(zone="Asia/Kolkata")
    settle_some_accepted(clock, 2)
    return made


def seat(client: Client, role: str, blog=None) -> Client:
    client.force_login(create_user("tom", PASSWORD, role, blog=blog))
    return client


def page_of(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_editor_finds_digests_and_their_receipts(digest, client) -> None:
    desk = seat(client, "editor")
    assert 'href="/desk/digests"' in page_of(desk, "/desk/")
    page = page_of(desk, "/desk/digests")
    assert "Breaking news" in page and "Kolkata" in page and "morning" in page
    told = '<td data-label="Recipients">5</td> <td data-label="Accepted">2</td> <td>2 accepted, 3 waiting</td>'
    assert told in page
    assert f'href="/desk/digests/{digest.pk}"' in page
    receipt = page_of(desk, f"/desk/digests/{digest.pk}")
    for words in ("2 of 5", "unsubscribed before it was sent", "replaced by the corrected version", "Halt now", "IST"):
        assert words in receipt
    assert "Send a correction" not in receipt
    assert "all servers" in page_of(desk, f"/desk/digests/{digest.pk}/speed")
    assert "Sea wall fails" in page_of(desk, f"/desk/digests/{digest.pk}/mail")
    assert json.loads(desk.get(f"/desk/digests/{digest.pk}/receipt.json").content)["intended"] == 5


def test_digest_is_halted_and_resumed(digest, client) -> None:
    desk, at = seat(client, "editor"), f"/desk/digests/{digest.pk}"
    answer = desk.post(f"{at}/halt", follow=True)
    assert answer.redirect_chain == [(at, 302)] and "Halted after 2 of 5." in answer.content.decode()
    assert Decision.objects.filter(alert=digest, kind="halted", by="tom").exists()
    assert "Resumed: 3 readers left." in desk.post(f"{at}/resume", follow=True).content.decode()


def test_uncertain_deliveries_of_a_digest_are_resent(digest, client, clock) -> None:
    desk, at = seat(client, "editor"), f"/desk/digests/{digest.pk}"
    claim_deliveries(3, holder="dead", now=clock())
    mark_orphans_uncertain(now=clock())
    assert "3 uncertain" in page_of(desk, f"{at}/uncertain")
    assert "Resent to 3 readers" in desk.post(f"{at}/resend", follow=True).content.decode()
    assert Delivery.objects.filter(state=State.PENDING).count() == 3


def test_reporter_reads_digests_and_cannot_act(digest, client) -> None:
    desk, at = seat(client, "reporter"), f"/desk/digests/{digest.pk}"
    assert "Halt now" not in page_of(desk, at)
    assert {desk.post(f"{at}/{act}").status_code for act in ("halt", "resume", "resend")} == {403}
    assert desk.get(f"{at}/deliveries.csv").status_code == desk.get(f"{at}/uncertain").status_code == 403


def test_seat_of_one_live_blog_sees_no_digests(digest, client, blog) -> None:
    desk = seat(client, "admin", blog=blog)
    assert "/desk/digests" not in page_of(desk, "/desk/")
    for path in ("", f"/{digest.pk}", f"/{digest.pk}/receipt.json", f"/{digest.pk}/mail"):
        assert desk.get(f"/desk/digests{path}").status_code == 403


def test_alert_of_a_live_blog_is_not_found_among_digests(digest, blog, post, clock, client) -> None:
    other = send_post_alert(blog, post, clock)
    desk = seat(client, "editor")
    open_blog(slug="other", headline="Other", zone="UTC", by="x", now=clock())
    assert desk.get(f"/desk/digests/{other.pk}").status_code == 404
    assert desk.get(f"/desk/digests/{uuid4()}").status_code == 404
    assert desk.get(f"/desk/live/other/alerts/{digest.pk}").status_code == 404


def test_digests_are_paginated_with_few_queries(digest, client, django_assert_max_num_queries) -> None:
    for number in range(40):
        digest.pk, digest.digest_day = uuid4(), digest.digest_day - timedelta(days=1)
        digest.created_at, digest.subject = digest.created_at - timedelta(days=1), f"Earlier {number}"
        digest.save(force_insert=True)
    desk = seat(client, "editor")
    with django_assert_max_num_queries(12):
        page = page_of(desk, "/desk/digests")
    assert page.count("<tr>") == 31 and 'href="?page=2"' in page
    assert page_of(desk, "/desk/digests?page=2").count("<tr>") == 12
    assert page_of(desk, "/desk/digests?page=nonsense").count("<tr>") == 31
