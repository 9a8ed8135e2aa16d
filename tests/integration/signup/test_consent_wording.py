"""A consent quotes what its page showed: each part of the stored wording stands on the page that was answered."""

import pytest
from django.test import Client

from stoppress.coverage.models import LiveBlog
from stoppress.delivery.message.transactional_mail import build_transactional_content, render_transactional_text
from stoppress.delivery.models import Delivery
from stoppress.delivery.relays.message_factory import MessageFactory
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.runtime.clock import utc_now
from stoppress.subscribers.models import Consent, Subscription
from stoppress.subscribers.topics import add_topic
from tests.factories.subscribers import (
    confirm_path,
    manage_path,
    sign_up_subscriber,
    undo_path,
    unsubscribe_path,
    visible_text,
)

pytestmark = pytest.mark.django_db


def newest_consents(kind: str) -> list[Consent]:
    return list(Consent.objects.filter(kind=kind).select_related("topic").order_by("pk"))


def assert_shown(consents: list[Consent], page: bytes) -> None:
    shown = visible_text(page)
    for consent in consents:
        assert consent.wording and [part for part in consent.wording.split(" / ") if part not in shown] == []


def test_confirmed_topics_are_quoted_as_their_page_lists_them(client: Client, blog: LiveBlog) -> None:
    add_topic("politics", "Politics", "What parliament decides.")
    reader = sign_up_subscriber(topic=["breaking", "politics"], story="storm-maren")
    page = client.get(confirm_path(reader)).content
    client.post(confirm_path(reader), {"offered": "1", "topic": ["breaking", "politics", "story-storm-maren"]})
    consents = newest_consents("confirmed")
    assert_shown(consents, page)
    assert [consent.topic.slug for consent in consents] == ["breaking", "politics", "story-storm-maren"]
    assert consents[1].wording == (
        "Confirm your address / What to send / Politics What parliament decides. / Yes, sign me up"
    )


def test_a_single_topic_is_quoted_as_its_question(client: Client) -> None:
    reader = sign_up_subscriber()
    page = client.get(confirm_path(reader)).content
    client.post(confirm_path(reader))
    assert_shown(newest_consents("confirmed"), page)
    assert newest_consents("confirmed")[0].wording == "Send “Breaking news” to this address? / Yes, sign me up"


def test_nothing_is_confirmed_when_every_topic_was_unticked(client: Client, blog: LiveBlog) -> None:
    reader = sign_up_subscriber(topic="breaking", story="storm-maren")
    answer = client.post(confirm_path(reader), {"offered": "1"})
    assert answer.status_code == 422 and "Choose at least one." in visible_text(answer.content)
    assert not Subscription.objects.filter(confirmed_at__isnull=False).exists()


def test_preferences_are_quoted_as_shown_for_sections_and_stories(client: Client, blog: LiveBlog) -> None:
    add_topic("politics", "Politics", "What parliament decides.")
    reader = sign_up_subscriber(topic="breaking", story="storm-maren")
    client.post(confirm_path(reader), {"offered": "1", "topic": ["breaking", "story-storm-maren"]})
    page = client.get(manage_path(reader)).content
    chosen = {"topic": ["politics", "story-storm-maren"], "frequency-story-storm-maren": "evening"}
    client.post(manage_path(reader), {"offered": ["politics", "story-storm-maren"], **chosen})
    assert [consent.topic.slug for consent in newest_consents("chosen")] == ["politics", "story-storm-maren"]
    assert_shown(newest_consents("chosen"), page)


@pytest.mark.parametrize("on_own_page", [True, False])
def test_undo_is_quoted_as_the_page_with_the_pressed_button(client: Client, on_own_page: bool) -> None:
    reader = sign_up_subscriber()
    client.post(confirm_path(reader))
    after = client.post(unsubscribe_path(reader)).content
    path = undo_path(Subscription.objects.get())
    page = client.get(path).content if on_own_page else after
    fields = {} if on_own_page else {"after_unsubscribing": "1"}
    assert on_own_page or b'name="after_unsubscribing" value="1"' in after
    client.post(path, fields)
    assert_shown(newest_consents("chosen"), page)


def test_live_page_form_without_a_choice_is_quoted_without_a_topic(client: Client, blog: LiveBlog) -> None:
    page = client.get("/live/storm-maren").content
    client.post("/alerts", {"form": "live", "email": "a@example.com"})
    [consent] = newest_consents("requested")
    assert_shown([consent], page)
    assert "Breaking news /" not in consent.wording


def mail_text() -> tuple[str, str]:
    """Return subject and text of the only waiting mail, with the names that the mailer loads."""
    [claimed] = claim_deliveries(1, holder="test", now=utc_now())
    factory = MessageFactory()
    factory.load([claimed])
    message = factory.build(claimed).message
    first, *others = factory._topic_names[claimed.id]
    content = build_transactional_content(claimed.transactional_kind, first, tuple(others))
    assert content.subject.encode() in message.replace(b"\r\n ", b" ")
    return content.subject, render_transactional_text(content, "https://news.test/")


def test_confirmation_mail_names_every_topic_that_its_page_offers(client: Client, blog: LiveBlog) -> None:
    add_topic("politics", "Politics", "What parliament decides.")
    reader = sign_up_subscriber(topic=["breaking", "politics"], story="storm-maren")
    subject, text = mail_text()
    assert subject == "Please confirm your topics from The Halden Courier"
    for name in ("• Breaking news", "• Politics", "• Sea wall at Port Halden gives way"):
        assert name in text
    page = client.get(confirm_path(reader)).content.decode()
    assert text.count("• ") == page.count('name="topic"') == 3


def test_mail_to_a_present_subscriber_names_every_topic_that_was_asked_for(client: Client) -> None:
    add_topic("politics", "Politics", "What parliament decides.")
    reader = sign_up_subscriber(topic=["breaking", "politics"])
    client.post(confirm_path(reader), {"offered": "1", "topic": ["breaking", "politics"]})
    Delivery.objects.all().delete()
    sign_up_subscriber(topic=["politics", "breaking"])
    subject, text = mail_text()
    assert subject == "You are already signed up for these topics"
    assert "• Politics" in text and "• Breaking news" in text and "You already get them" in text
