"""Sign up, confirm, choose, leave: over HTTP, with the real database."""

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
from stoppress.subscribers.topics import breaking_topic, active_subscriptions

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(clock):
    """Somebody who signed up and has not confirmed yet."""
    return signed_up(Client(), clock)


def signed_up(client, clock, email="mari@example.com"):
    assert client.post("/alerts", {"email": email}).status_code == 200
    return Subscriber.objects.get(key=email)


def confirm_path(reader, back_to=""):
    token = make_confirm_token(reader.pk, breaking_topic().pk, reader.secret, back_to, utc_now())
    return f"/alerts/confirm/{token}"


def leave_path(reader):
    return f"/alerts/unsubscribe/{make_unsubscribe_token(reader.pk, breaking_topic().pk)}"


def manage_path(reader):
    return f"/alerts/manage/{make_manage_token(reader.pk, reader.secret)}"


def letters(reader):
    return list(Delivery.objects.filter(subscriber=reader).order_by("id").values_list("transactional_kind", flat=True))


def test_signing_up_counts_for_nothing_until_it_is_confirmed(client, reader):
    assert letters(reader) == [TransactionalKind.CONFIRM]
    assert active_subscriptions(breaking_topic()).count() == 0
    client.get(confirm_path(reader))
    client.head(confirm_path(reader))
    assert active_subscriptions(breaking_topic()).count() == 0
    assert client.post(confirm_path(reader)).status_code == 200
    assert active_subscriptions(breaking_topic()).count() == 1


def test_the_way_leads_back_to_the_coverage(client, clock):
    client.post("/alerts", {"email": "mari@example.com", "next": "storm-maren"})
    reader = Subscriber.objects.get()
    assert Delivery.objects.get().return_slug == "storm-maren"
    assert b'href="/live/storm-maren"' in client.post(confirm_path(reader, "storm-maren")).content
    assert b"evil" not in client.post("/alerts", {"email": "a@example.com", "next": "//evil.example"}).content


@pytest.mark.parametrize(
    "typed", ["", "mari", "mari@", "mari@@example.com", "m ari@example.com", "mari@gmail", "x" * 500]
)
def test_a_slip_is_explained_and_what_was_typed_is_kept(client, typed):
    answer = client.post("/alerts", {"email": typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'value="{typed[:400]}"' in page
    assert 'aria-invalid="true"' in page and 'aria-describedby="alerts-error alerts-help"' in page
    assert "autofocus" in page and 'id="alerts-error"' in page
    assert not Subscriber.objects.exists()


def test_the_page_says_the_same_of_known_and_unknown_addresses(client, clock, reader):
    client.post(confirm_path(reader))
    known = client.post("/alerts", {"email": "MARI@example.com"})
    unknown = client.post("/alerts", {"email": "tove@example.com"})
    assert known.content.replace(b"MARI", b"x") == unknown.content.replace(b"tove", b"x")
    assert letters(reader) == [TransactionalKind.CONFIRM, TransactionalKind.ALREADY_SUBSCRIBED]
    assert Subscriber.objects.count() == 2


def test_nobody_can_flood_an_inbox_through_the_form(client, reader):
    for _ in range(6):
        assert client.post("/alerts", {"email": "mari@example.com"}).status_code == 200
    assert len(letters(reader)) == 2


def test_one_client_cannot_sign_up_the_whole_world(client):
    answers = [client.post("/alerts", {"email": f"r{n}@example.com"}).status_code for n in range(25)]
    assert answers[:20] == [200] * 20
    assert set(answers[20:]) == {429}


def test_programs_fall_into_the_hidden_field(client):
    assert client.post("/alerts", {"email": "bot@example.com", "website": "http://x"}).status_code == 200
    assert not Subscriber.objects.exists()


def test_one_click_from_a_mail_program_needs_nothing_but_the_link(reader, client):
    client.post(confirm_path(reader))
    program = Client(enforce_csrf_checks=True)
    for _ in range(3):
        answer = program.post(leave_path(reader), {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert active_subscriptions(breaking_topic()).count() == 0


def test_leaving_twice_keeps_the_time_of_the_first(client, reader):
    client.post(confirm_path(reader))
    client.post(leave_path(reader))
    first = Subscription.objects.get().unsubscribed_at
    client.post(leave_path(reader))
    assert Subscription.objects.get().unsubscribed_at == first


def test_a_link_scanner_that_opens_everything_changes_nothing(client, reader):
    client.post(confirm_path(reader))
    before = list(Subscription.objects.values()), list(Delivery.objects.values()), list(Subscriber.objects.values())
    for path in ("/alerts", confirm_path(reader), manage_path(reader), leave_path(reader)):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    after = list(Subscription.objects.values()), list(Delivery.objects.values()), list(Subscriber.objects.values())
    assert before == after


def test_old_unsubscribe_links_work_after_the_secret_was_renewed(client, reader):
    client.post(confirm_path(reader))
    leave, manage = leave_path(reader), manage_path(reader)
    Subscriber.objects.update(secret="renewed")
    assert client.get(manage).status_code == 404
    assert client.post(leave).status_code == 200
    assert active_subscriptions(breaking_topic()).count() == 0


def test_topics_go_off_and_on_and_all_at_once(client, reader):
    client.post(confirm_path(reader))
    page = client.get(manage_path(reader)).content.decode()
    assert "m…@example.com" in page and "mari@example.com" not in page and "checked" in page
    client.post(manage_path(reader), {})
    assert active_subscriptions(breaking_topic()).count() == 0
    client.post(manage_path(reader), {"topic": ["breaking"]})
    assert active_subscriptions(breaking_topic()).count() == 1
    client.post(manage_path(reader), {"topic": ["breaking"], "unsubscribe_from_all": "1"})
    assert active_subscriptions(breaking_topic()).count() == 0


def test_an_address_that_was_dead_lives_again_once_it_confirms(client, reader, clock):
    client.post(confirm_path(reader))
    Suppression.objects.create(subscriber=reader, reason=SuppressionReason.NO_SUCH_ADDRESS, at=clock())
    assert active_subscriptions(breaking_topic()).count() == 0
    client.post(confirm_path(reader))
    assert active_subscriptions(breaking_topic()).count() == 1


@pytest.mark.parametrize("purpose", ["confirm", "manage", "unsubscribe"])
@pytest.mark.parametrize("token", ["x", "1.1.abc", "%00", "é", "1.1.cafe.99999999999.:sig", "a" * 3000])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_damaged_link_gets_a_kind_page(client, purpose, token, method):
    answer = getattr(client, method)(f"/alerts/{purpose}/{token}")
    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()


def test_an_old_confirmation_link_says_that_it_is_old(client, reader):
    long_ago = utc_now() - timedelta(days=8)
    token = make_confirm_token(reader.pk, breaking_topic().pk, reader.secret, "", long_ago)
    answer = client.post(f"/alerts/confirm/{token}")
    assert answer.status_code == 410
    assert "expired" in answer.content.decode()
    assert active_subscriptions(breaking_topic()).count() == 0


def test_these_pages_set_no_cookie_and_leave_no_trace(client, reader):
    for path in ("/alerts", confirm_path(reader), manage_path(reader), leave_path(reader), "/alerts/manage/x"):
        for answer in (client.get(path), client.post(path, {"email": "a@example.com"})):
            assert not answer.cookies
            assert "Cookie" not in answer.get("Vary", "")
            assert answer["Cache-Control"] == "no-store"
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["X-Robots-Tag"] == "noindex"
            assert not re.search(rb"<script(?![^>]*src=)|<style|style=", answer.content)
