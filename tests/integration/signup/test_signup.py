"""Sign up, confirm, set preferences and unsubscribe over HTTP, with the real database."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.models import Delivery
from stoppress.runtime.clock import utc_now
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.models import Subscriber, Subscription, Suppression
from stoppress.subscribers.signed_links import make_confirm_token, make_manage_token, make_unsubscribe_token
from stoppress.subscribers.topics import active_subscriptions, breaking_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(clock):
    """Return a subscriber who has not confirmed yet."""
    return sign_up(Client(), clock)


def sign_up(client, clock, email="mari@example.com"):
    assert client.post("/alerts", {"email": email}).status_code == 200
    return Subscriber.objects.get(key=email)


def confirm_path(reader, return_slug=""):
    token = make_confirm_token(reader.pk, breaking_topic().pk, reader.secret, return_slug, utc_now())
    return f"/alerts/confirm/{token}"


def unsubscribe_path(reader):
    return f"/alerts/unsubscribe/{make_unsubscribe_token(reader.pk, breaking_topic().pk)}"


def manage_path(reader):
    return f"/alerts/manage/{make_manage_token(reader.pk, reader.secret, utc_now())}"


def mail_kinds(reader):
    return list(Delivery.objects.filter(subscriber=reader).order_by("id").values_list("transactional_kind", flat=True))


def test_sign_up_is_inactive_until_it_is_confirmed(client, reader):
    assert mail_kinds(reader) == [TransactionalKind.CONFIRM]
    assert active_subscriptions(breaking_topic()).count() == 0
    client.get(confirm_path(reader))
    client.head(confirm_path(reader))
    assert active_subscriptions(breaking_topic()).count() == 0
    assert client.post(confirm_path(reader)).status_code == 200
    assert active_subscriptions(breaking_topic()).count() == 1


def test_confirm_page_links_back_to_the_live_blog(client, clock):
    client.post("/alerts", {"email": "mari@example.com", "next": "storm-maren"})
    reader = Subscriber.objects.get()
    assert Delivery.objects.get().return_slug == "storm-maren"
    assert b'href="/live/storm-maren"' in client.post(confirm_path(reader, "storm-maren")).content
    assert b"evil" not in client.post("/alerts", {"email": "a@example.com", "next": "//evil.example"}).content


@pytest.mark.parametrize(
    "typed", ["", "mari", "mari@", "mari@@example.com", "m ari@example.com", "mari@gmail", "x" * 500]
)
def test_form_explains_an_invalid_address_and_keeps_it(client, typed):
    answer = client.post("/alerts", {"email": typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'value="{typed[:400]}"' in page
    assert 'aria-invalid="true"' in page and 'aria-describedby="alerts-error alerts-help"' in page
    assert "autofocus" in page and 'id="alerts-error"' in page
    assert not Subscriber.objects.exists()


def test_sign_up_answer_is_the_same_for_known_and_unknown_addresses(client, clock, reader):
    client.post(confirm_path(reader))
    known = client.post("/alerts", {"email": "MARI@example.com"})
    unknown = client.post("/alerts", {"email": "tove@example.com"})
    assert known.content.replace(b"MARI", b"x") == unknown.content.replace(b"tove", b"x")
    assert mail_kinds(reader) == [TransactionalKind.CONFIRM, TransactionalKind.ALREADY_SUBSCRIBED]
    assert Subscriber.objects.count() == 2


def test_sign_up_sends_at_most_two_mails_an_hour_to_an_address(client, reader):
    for _ in range(6):
        assert client.post("/alerts", {"email": "mari@example.com"}).status_code == 200
    assert len(mail_kinds(reader)) == 2


def test_sign_up_is_refused_when_one_client_sends_more_than_twenty(client):
    answers = [client.post("/alerts", {"email": f"r{n}@example.com"}).status_code for n in range(25)]
    assert answers[:20] == [200] * 20
    assert set(answers[20:]) == {429}


def test_sign_up_stores_nothing_when_the_honeypot_is_filled_in(client):
    assert client.post("/alerts", {"email": "bot@example.com", "website": "http://x"}).status_code == 200
    assert not Subscriber.objects.exists()


def test_one_click_unsubscribe_needs_no_cookie_or_csrf_token(reader, client):
    client.post(confirm_path(reader))
    program = Client(enforce_csrf_checks=True)
    for _ in range(3):
        answer = program.post(unsubscribe_path(reader), {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert active_subscriptions(breaking_topic()).count() == 0


def test_unsubscribe_keeps_the_first_time_when_repeated(client, reader):
    client.post(confirm_path(reader))
    client.post(unsubscribe_path(reader))
    first = Subscription.objects.get().unsubscribed_at
    client.post(unsubscribe_path(reader))
    assert Subscription.objects.get().unsubscribed_at == first


def test_get_and_head_of_all_links_change_nothing(client, reader):
    client.post(confirm_path(reader))
    before = list(Subscription.objects.values()), list(Delivery.objects.values()), list(Subscriber.objects.values())
    for path in ("/alerts", confirm_path(reader), manage_path(reader), unsubscribe_path(reader)):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    after = list(Subscription.objects.values()), list(Delivery.objects.values()), list(Subscriber.objects.values())
    assert before == after


def test_unsubscribe_link_works_after_the_secret_is_renewed(client, reader):
    client.post(confirm_path(reader))
    unsubscribe, manage = unsubscribe_path(reader), manage_path(reader)
    Subscriber.objects.update(secret="renewed")
    assert client.get(manage).status_code == 404
    assert client.post(unsubscribe).status_code == 200
    assert active_subscriptions(breaking_topic()).count() == 0


def test_preferences_end_and_resume_topics_one_by_one_and_all_at_once(client, reader):
    client.post(confirm_path(reader))
    page = client.get(manage_path(reader)).content.decode()
    assert "m…@example.com" in page and "mari@example.com" not in page and "checked" in page
    client.post(manage_path(reader), {})
    assert active_subscriptions(breaking_topic()).count() == 0
    client.post(manage_path(reader), {"topic": ["breaking"]})
    assert active_subscriptions(breaking_topic()).count() == 1
    client.post(manage_path(reader), {"topic": ["breaking"], "unsubscribe_from_all": "1"})
    assert active_subscriptions(breaking_topic()).count() == 0


def test_confirmation_lifts_the_suppression_of_a_dead_address(client, reader, clock):
    client.post(confirm_path(reader))
    Suppression.objects.create(subscriber=reader, reason=SuppressionReason.NO_SUCH_ADDRESS, at=clock())
    assert active_subscriptions(breaking_topic()).count() == 0
    client.post(confirm_path(reader))
    assert active_subscriptions(breaking_topic()).count() == 1


@pytest.mark.parametrize("purpose", ["confirm", "manage", "unsubscribe"])
@pytest.mark.parametrize("token", ["x", "1.1.abc", "%00", "é", "1.1.cafe.99999999999.:sig", "a" * 3000])
@pytest.mark.parametrize("method", ["get", "post"])
def test_damaged_link_gets_an_explanation(client, purpose, token, method):
    answer = getattr(client, method)(f"/alerts/{purpose}/{token}")
    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()


def test_confirm_link_is_refused_when_older_than_seven_days(client, reader):
    long_ago = utc_now() - timedelta(days=8)
    token = make_confirm_token(reader.pk, breaking_topic().pk, reader.secret, "", long_ago)
    answer = client.post(f"/alerts/confirm/{token}")
    assert answer.status_code == 410
    assert "expired" in answer.content.decode()
    assert active_subscriptions(breaking_topic()).count() == 0


def test_subscriber_pages_set_no_cookie_and_are_not_cached_or_indexed(client, reader):
    for path in ("/alerts", confirm_path(reader), manage_path(reader), unsubscribe_path(reader), "/alerts/manage/x"):
        for answer in (client.get(path), client.post(path, {"email": "a@example.com"})):
            assert not answer.cookies
            assert "Cookie" not in answer.get("Vary", "")
            assert answer["Cache-Control"] == "no-store"
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["X-Robots-Tag"] == "noindex"
            assert not re.search(rb"<script(?![^>]*src=)|<style|style=", answer.content)
