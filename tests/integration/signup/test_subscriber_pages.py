"""Pages behind the links in mail: preferences, mute, unsubscribe and undo, consents, messages, data download."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from stoppress.delivery.choices import DeliveryState, Lane
from stoppress.delivery.models import Alert, Delivery
from stoppress.inbound.models import Bounce
from stoppress.runtime.clock import utc_now
from stoppress.signup import subscriber_record
from stoppress.signup.actions import end_subscription, find_subscriber
from stoppress.subscribers.choices import ConsentKind, Frequency
from stoppress.subscribers.models import Consent, Mute, Subscription, Topic
from stoppress.subscribers.topics import active_subscriptions, add_topic, breaking_topic
from tests.factories.subscribers import (
    confirmed_subscriber,
    manage_path,
    mute_path,
    undo_path,
    unsubscribe_path,
    visible_text,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(db):
    """Return a subscriber of breaking news."""
    return confirmed_subscriber()


@pytest.fixture
def alert(blog, clock):
    return Alert.objects.create(
        topic=breaking_topic(),
        blog=blog,
        subject="Sea wall gives way",
        headline="Sea wall gives way",
        by="ines",
        created_at=clock(),
        not_after=clock() + timedelta(hours=4),
        last_source_id=10,
        intended=1,
    )


def create_delivery(reader, alert, state, **facts):
    return Delivery.objects.create(
        alert=alert, subscriber=reader, lane=Lane.BREAKING, state=state, created_at=alert.created_at, **facts
    )


def test_preferences_store_the_frequency_of_each_topic(client, reader):
    add_topic("politics", "Politics")
    path = manage_path(reader)
    client.post(
        path, {"topic": ["breaking", "politics"], "frequency-breaking": "evening", "frequency-politics": "morning"}
    )
    frequencies = dict(Subscription.objects.values_list("topic__slug", "frequency"))
    assert frequencies == {"breaking": Frequency.EVENING, "politics": Frequency.MORNING}
    assert (
        active_subscriptions(breaking_topic()).count() == 0
        and active_subscriptions(breaking_topic(), Frequency.EVENING).count() == 1
    )
    client.post(path, {"topic": ["breaking"]})
    assert Subscription.objects.get(topic=breaking_topic()).frequency == Frequency.EVENING
    kinds = list(Consent.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["requested", "confirmed", "chosen", "chosen", "unsubscribed"]


def test_preferences_keep_topics_that_the_page_did_not_show(client, reader):
    topic = add_topic("politics", "Politics")
    client.post(manage_path(reader), {"topic": ["breaking", "politics"]})
    client.post(manage_path(reader), {"offered": ["breaking"], "topic": ["breaking"]})
    assert active_subscriptions(topic).count() == 1


def test_preferences_store_zone_and_language(client, reader, settings):
    settings.READERS_LANGUAGES = ["en", "cy"]
    page = client.post(manage_path(reader), {"topic": ["breaking"], "zone": "Asia/Tokyo", "language": "cy"})
    reader.refresh_from_db()
    assert (reader.zone, reader.language) == ("Asia/Tokyo", "cy")
    assert "JST" in page.content.decode() and "Cymraeg" in page.content.decode()
    client.post(manage_path(reader), {"topic": ["breaking"], "zone": "Nowhere/City", "language": "tlh"})
    reader.refresh_from_db()
    assert (reader.zone, reader.language) == ("", "")


def test_story_is_muted_and_unmuted(client, reader, blog):
    link = mute_path(reader, blog)
    assert "No more about this story?" in client.get(link).content.decode() and not Mute.objects.exists()
    for _ in range(2):
        assert "Undo" in client.post(link).content.decode()
    assert Mute.objects.count() == 1 and active_subscriptions(breaking_topic()).count() == 1
    page = client.get(manage_path(reader)).content.decode()
    assert "Stories you have muted" in page and blog.headline in page
    client.post(manage_path(reader), {"unmute": "storm-maren"})
    assert not Mute.objects.exists() and active_subscriptions(breaking_topic()).count() == 1
    client.post(link)
    client.post(link, {"undo": "1"})
    assert not Mute.objects.exists()


def test_undo_link_works_for_an_hour_and_for_its_own_unsubscription_only(client, reader, monkeypatch):
    page = client.post(unsubscribe_path(reader)).content.decode()
    subscription = Subscription.objects.get()
    link = undo_path(subscription)
    assert link in page
    client.get(link)
    assert active_subscriptions(breaking_topic()).count() == 0
    for _ in range(2):
        assert client.post(link).status_code == 200
    assert active_subscriptions(breaking_topic()).count() == 1
    client.post(unsubscribe_path(reader))
    response = client.post(link)
    assert response.status_code == 410 and "unsubscribed again since" in response.content.decode()
    assert active_subscriptions(breaking_topic()).count() == 0
    late = utc_now() + timedelta(hours=1, minutes=1)
    monkeypatch.setattr("stoppress.signup.views.unsubscribe.utc_now", lambda: late)
    assert client.post(undo_path(Subscription.objects.get())).status_code == 410
    assert "Undo" not in client.post(unsubscribe_path(reader)).content.decode()


def test_undo_is_refused_when_the_subscriber_is_erased(client, reader):
    client.post(unsubscribe_path(reader))
    link = undo_path(Subscription.objects.get())
    client.post(manage_path(reader) + "/erase")
    assert client.post(link).status_code == 410 and "You are subscribed again" not in client.post(link).content.decode()


@pytest.mark.parametrize("method", ["put", "delete", "options", "patch"])
def test_wrong_method_gets_private_headers_too(client, reader, method):
    for path in (manage_path(reader), unsubscribe_path(reader)):
        response = getattr(client, method)(path)
        assert (response.status_code, response["Referrer-Policy"], response["Cache-Control"]) == (
            405,
            "no-referrer",
            "no-store",
        )


PART = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=b", PART),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=b", b"broken"),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click&x=" + b"y" * 3_000_000),
    ],
)
def test_one_click_unsubscribe_accepts_any_body(reader, content_type, body):
    for _ in range(2):
        response = Client(enforce_csrf_checks=True).generic("POST", unsubscribe_path(reader), body, content_type)
        assert response.status_code == 200 and not response.cookies and "Location" not in response
    assert active_subscriptions(breaking_topic()).count() == 0
    assert Consent.objects.filter(kind=ConsentKind.UNSUBSCRIBED).count() == 1


def test_end_subscription_records_the_mail_as_origin(reader, clock):
    topic = breaking_topic()
    assert end_subscription(reader.pk, topic.pk, now=clock()) is True
    assert end_subscription(reader.pk, topic.pk, now=clock()) is False
    assert end_subscription(99, 99, now=clock()) is False
    assert Consent.objects.filter(kind="unsubscribed").get().origin == "a mail to the unsubscribe address"


def test_preferences_page_shows_the_consents(client, blog):
    reader = confirmed_subscriber(form="live", next="storm-maren", offered="1", story="storm-maren")
    page = visible_text(client.get(manage_path(reader)).content)
    consent = Consent.objects.get(kind="requested")
    assert "This address was entered (/live/storm-maren)" in page and consent.wording in page
    assert "It was confirmed by the link in our mail" in page and blog.headline in page


def test_sent_messages_page_shows_each_message_and_its_state(client, reader, alert):
    row = create_delivery(reader, alert, DeliveryState.ACCEPTED, settled_at=alert.created_at, code=250, reply="taken")
    page = visible_text(client.get(manage_path(reader) + "/sent").content)
    assert "Sea wall gives way" in page and "Accepted by your mail server. 19:00 GMT" in page
    assert "Please confirm" in page and "Waiting to be sent." in page and "8 Mar 2026" in page
    Bounce.objects.create(key="k", at=alert.created_at, via="smtp", kind="bounce", delivery=row, subscriber=reader)
    assert "Later it came back" in visible_text(client.get(manage_path(reader) + "/sent").content)


def test_every_state_and_consent_has_a_text():
    assert set(subscriber_record.STATE_TEXTS) == set(DeliveryState) and set(subscriber_record.CONSENT_TEXTS) == set(
        ConsentKind
    )


def test_sent_messages_are_paginated(client, reader, clock, monkeypatch):
    monkeypatch.setattr("stoppress.signup.views.preferences.MESSAGES_PER_PAGE", 3)
    for _ in range(6):
        Delivery.objects.create(subscriber=reader, transactional_kind="subscribed", lane=30, created_at=clock.tick())
    seen, path = 0, f"{manage_path(reader)}/sent"
    while path:
        page = client.get(path).content.decode()
        seen += page.count('class="sent__message"')
        earlier = re.search(r'<a href="([^"]+)">Earlier messages', page)
        path = unescape(earlier[1]) if earlier else ""
    assert seen == 7
    for before in ("0", "x", "-1", "9" * 30):
        assert client.get(f"{manage_path(reader)}/sent?before={before}").status_code == 200


def test_data_download_contains_all_stored_data(client, reader, alert, blog):
    create_delivery(reader, alert, DeliveryState.UNCERTAIN)
    client.post(mute_path(reader, blog))
    response = client.get(manage_path(reader) + "/data.json")
    assert response["Content-Disposition"].startswith("attachment") and response["Cache-Control"] == "no-store"
    data = json.loads(response.content)
    assert data["address"] == "mari@example.com"
    assert data["subscriptions"][0]["topic"] == "breaking" and data["muted_stories"][0]["story"] == "storm-maren"
    assert [one["kind"] for one in data["consents"]] == ["requested", "confirmed"]
    assert [one["state"] for one in data["messages"]] == ["Uncertain", "Pending"]
    assert reader.secret not in response.content.decode()


@pytest.mark.parametrize("page", ["", "/sent", "/data.json", "/erase"])
def test_token_of_another_subscriber_is_refused(client, reader, page):
    other = confirmed_subscriber("tove@example.com")
    token = manage_path(reader).rpartition("/")[2].replace(str(reader.pk), str(other.pk), 1)
    for method in (client.get, client.post):
        assert method(f"/alerts/manage/{token}{page}").status_code == 404


def test_preferences_page_offers_a_story_when_it_was_unsubscribed(client, blog):
    reader = confirmed_subscriber(story="storm-maren")
    topic = Topic.objects.get(blog=blog)
    page = client.get(manage_path(reader)).content.decode()
    assert topic.name in page and find_subscriber(manage_path(reader).rpartition("/")[2], utc_now()) == reader
    client.post(manage_path(reader), {"offered": [topic.slug]})
    assert active_subscriptions(topic).count() == 0
    assert topic.name in client.get(manage_path(reader)).content.decode()


@pytest.mark.parametrize("value", ["\x00", "a\x00b", "é" * 500, "' OR 1=1 --", "-1"])
def test_preferences_page_ignores_invalid_values(client, reader, value):
    for name in ("unmute", "zone", "language", "frequency-breaking"):
        assert client.post(manage_path(reader), {"topic": ["breaking", value], name: value}).status_code == 200
    assert client.get(f"{manage_path(reader)}/sent", {"before": value}).status_code == 200
    assert active_subscriptions(breaking_topic()).count() == 1 and Subscription.objects.count() == 1


def test_preferences_page_offers_a_stored_zone_with_an_old_name(client, reader):
    client.post(manage_path(reader), {"topic": ["breaking"], "zone": "Asia/Calcutta"})
    page = client.get(manage_path(reader)).content.decode()
    assert '<option value="Asia/Calcutta" selected>Calcutta</option>' in page
