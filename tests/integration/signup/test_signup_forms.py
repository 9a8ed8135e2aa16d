"""The sign-up forms: page, block on live pages, embedded form. All have the same checks and rate limits."""

import pytest
from django.test import Client

from stoppress.coverage.actions import set_state
from stoppress.coverage.choices import BlogState
from stoppress.delivery.models import Delivery
from stoppress.signup.actions import SignUpSubmission, subscribe
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic
from stoppress.subscribers.topics import active_subscriptions, add_topic, breaking_topic
from tests.factories.subscribers import (
    confirm_path,
    confirmed_subscriber,
    manage_path,
    sign_up_subscriber,
    visible_text,
)

pytestmark = pytest.mark.django_db


def test_live_page_form_works_without_script_and_cookie(client, blog):
    page = client.get("/live/storm-maren").content.decode()
    form = page[page.index('action="/alerts"') : page.index("</form>", page.index('action="/alerts"'))]
    assert 'name="story" value="storm-maren"' in form and 'name="email"' in form and "csrf" not in form
    response = Client(enforce_csrf_checks=True).post(
        "/alerts",
        {"form": "live", "next": "storm-maren", "offered": "1", "story": "storm-maren", "email": "a@example.com"},
    )
    assert response.status_code == 200 and not response.cookies
    subscription = Subscription.objects.select_related("topic__blog").get()
    assert (
        subscription.topic.blog == blog and not subscription.topic.listed and subscription.topic.name == blog.headline
    )


def test_story_is_not_offered_when_its_live_blog_has_ended(client, blog, clock):
    set_state("storm-maren", BlogState.ENDED, by="ines", now=clock.tick())
    assert 'name="story"' not in client.get("/live/storm-maren").content.decode()
    response = client.post("/alerts", {"email": "a@example.com", "story": "storm-maren"})
    assert (
        response.status_code == 422 and not Subscriber.objects.exists() and not Topic.objects.filter(blog=blog).exists()
    )


def test_get_request_of_a_form_creates_no_topic(client, blog):
    page = client.get("/alerts?next=storm-maren").content.decode()
    assert 'name="story" value="storm-maren"' in page and not Topic.objects.filter(blog=blog).exists()


def test_one_mail_confirms_all_requested_topics(client, blog):
    reader = sign_up_subscriber(topic="breaking", story="storm-maren")
    assert Delivery.objects.count() == 1
    page = client.get(confirm_path(reader)).content.decode()
    assert page.count('name="topic"') == 2
    story = Topic.objects.get(blog=blog)
    client.post(confirm_path(reader), {"offered": "1", "topic": ["breaking", story.slug]})
    assert active_subscriptions(breaking_topic()).count() == active_subscriptions(story).count() == 1


def test_topic_stays_inactive_when_unticked_on_the_confirm_page(client, blog):
    reader = sign_up_subscriber(topic="breaking", story="storm-maren")
    client.post(confirm_path(reader), {"offered": "1", "topic": ["breaking"]})
    assert (
        active_subscriptions(breaking_topic()).count() == 1
        and active_subscriptions(Topic.objects.get(blog=blog)).count() == 0
    )


def test_form_offers_sections_and_stores_frequency_and_zone(client):
    add_topic("politics", "Politics", "What parliament decides.")
    page = visible_text(client.get("/alerts").content)
    assert "Politics What parliament decides." in page
    reader = sign_up_subscriber(topic=["breaking", "politics"], offered="1", frequency="morning", zone="Europe/Oslo")
    assert {subscription.frequency for subscription in Subscription.objects.filter(subscriber=reader)} == {
        Frequency.MORNING
    }
    assert reader.zone == "Europe/Oslo"


def test_sign_up_is_refused_when_no_topic_is_ticked(client):
    add_topic("politics", "Politics")
    response = client.post("/alerts", {"email": "a@example.com", "offered": "1"})
    assert response.status_code == 422 and "Choose at least one." in response.content.decode()
    assert 'value="a@example.com"' in response.content.decode() and not Subscriber.objects.exists()


@pytest.mark.parametrize("given", [{"topic": "no-such"}, {"topic": "story-storm-maren"}, {"story": "no-such"}])
def test_sign_up_is_refused_when_the_topic_is_not_offered(client, blog, given):
    confirmed_subscriber("tove@example.com", story="storm-maren")
    assert client.post("/alerts", {"email": "a@example.com", **given}).status_code == 422
    assert not Subscriber.objects.filter(key="a@example.com").exists()


@pytest.mark.parametrize(
    "given", [{"frequency": "hourly"}, {"zone": "Mars/Base"}, {"zone": "../etc/passwd"}, {"language": "xx"}]
)
def test_sign_up_ignores_invalid_frequency_zone_and_language(given):
    reader = sign_up_subscriber(**given)
    assert (reader.zone, reader.language) == ("", "")
    assert Subscription.objects.get().frequency == Frequency.INSTANT


def test_sign_up_keeps_preferences_when_the_subscriber_has_confirmed(client, settings):
    settings.READERS_LANGUAGES = ["en", "cy"]
    reader = confirmed_subscriber(zone="Europe/Oslo", language="cy")
    again = sign_up_subscriber(zone="Asia/Tokyo", language="en", frequency="evening")
    assert (again.zone, again.language) == ("Europe/Oslo", "cy") and again.pk == reader.pk
    assert Subscription.objects.get().frequency == Frequency.INSTANT


def test_only_the_embedded_form_may_be_framed_by_other_sites(client):
    framed = client.get("/alerts/embed", headers={"Referer": "https://partner.example/page"})
    assert "X-Frame-Options" not in framed and "frame-ancestors *" in framed["Content-Security-Policy"]
    assert (
        framed["Content-Security-Policy"].replace("frame-ancestors *", "frame-ancestors 'none'")
        == (client.get("/alerts")["Content-Security-Policy"])
    )
    assert b'name="site" value="partner.example"' in framed.content
    sent = client.post("/alerts/embed", {"email": "a@example.com", "site": "partner.example"})
    assert sent.status_code == 200 and not sent.cookies and "frame-ancestors *" in sent["Content-Security-Policy"]
    reader = Subscriber.objects.get()
    assert Consent.objects.get().origin == "/alerts/embed on partner.example"
    for path in ("/alerts", confirm_path(reader), manage_path(reader)):
        response = client.get(path)
        assert response["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "posted"),
    [
        ("/alerts", {}),
        ("/alerts", {"sections": ""}),
        ("/alerts", {"topic": ["breaking", "politics"], "offered": "1", "frequency": "evening"}),
        ("/alerts/embed", {"topic": "politics", "offered": "1"}),
        ("/live/storm-maren", {"form": "live", "next": "storm-maren", "topic": "breaking", "story": "storm-maren"}),
    ],
)
def test_consent_stores_the_wording_of_the_form(client, blog, path, posted):
    if "sections" not in posted:
        add_topic("politics", "Politics", "What parliament decides.")
    shown = visible_text(client.get(path).content)
    client.post(path if path.startswith("/alerts") else "/alerts", {"email": "a@example.com", **posted})
    consents = list(Consent.objects.all())
    assert len(consents) == max(1, len(posted.get("topic", [])) if isinstance(posted.get("topic"), list) else 1) + (
        "story" in posted
    )
    for consent in consents:
        assert consent.kind == "requested" and consent.origin.startswith(path)
        for part in consent.wording.split(" / "):
            assert part in shown


def test_confirmation_is_stored_with_its_wording_and_time(client):
    reader = sign_up_subscriber()
    shown = visible_text(client.get(confirm_path(reader)).content)
    client.post(confirm_path(reader))
    client.post(confirm_path(reader))
    consent = Consent.objects.get(kind="confirmed")
    assert consent.origin == "/alerts/confirm" and consent.at == Subscription.objects.get().confirmed_at
    assert all(part in shown for part in consent.wording.split(" / "))


def test_sign_up_is_refused_when_one_network_sends_more_than_a_hundred():
    statuses = [
        sign_up_status(f"203.0.113.{number % 200}", f"r{number}@d{number}.example.org") for number in range(103)
    ]
    assert statuses.count(200) == 100 and set(statuses[100:]) == {429}
    assert sign_up_status("203.0.114.1", "a@example.com") == 200


def test_sign_up_is_refused_when_a_mail_domain_reaches_its_limit(monkeypatch):
    monkeypatch.setattr(subscribe, "SIGN_UPS_PER_DOMAIN", subscribe.RateLimit("to a domain", limit=3, seconds=10**9))
    statuses = [sign_up_status(f"203.0.{number}.1", f"r{number}@courier.example") for number in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert sign_up_status("203.0.9.1", "mari@gmail.com") == 200


def test_large_mail_providers_have_a_higher_limit():
    assert subscribe.PROVIDER_PATTERN.fullmatch("gmail.com") and subscribe.PROVIDER_PATTERN.fullmatch("yahoo.co.uk")
    assert not subscribe.PROVIDER_PATTERN.fullmatch("courier.example") and not subscribe.PROVIDER_PATTERN.fullmatch(
        "notgmail.com"
    )


def test_sign_up_writes_as_many_rows_for_known_as_for_unknown_addresses(clock, django_assert_max_num_queries):
    confirmed_subscriber("mari@example.com")
    topics = (breaking_topic(),)
    counts = []
    for email in ("mari@example.com", "tove@example.com"):
        with django_assert_max_num_queries(40) as queries:
            subscribe.submit_sign_up(
                SignUpSubmission(email=email, topics=topics, client="", origin="test"), now=clock()
            )
        writes = [query for query in queries.captured_queries if query["sql"].startswith(("INSERT", "UPDATE"))]
        counts.append(len(writes))
    assert counts[1] - counts[0] in (2, 3)  # the rows of a new subscriber; the number of mails is the same


def sign_up_status(client: str, email: str) -> int:
    return Client(REMOTE_ADDR=client).post("/alerts", {"email": email}).status_code


@pytest.mark.parametrize("name", ["topic", "story", "next", "zone", "language", "frequency", "site", "form", "offered"])
@pytest.mark.parametrize("value", ["\x00", "a\x00b", "é" * 500, "' OR 1=1 --", "<b>", "%s", "story-storm-maren\n"])
@pytest.mark.parametrize("path", ["/alerts", "/alerts/embed"])
def test_form_answers_any_value_of_any_field(client, blog, path, name, value):
    assert client.get(path, {name: value}).status_code == 200
    response = client.post(path, {"email": "mari@example.com", name: value})
    assert response.status_code in (200, 422)
