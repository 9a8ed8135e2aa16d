"""Sign-up through the API: the steps and rate limits of forms, the same response for every address."""

from typing import Any

import pytest
from django.test import Client

from stoppress.coverage.models import LiveBlog
from stoppress.delivery.models import Delivery
from stoppress.desk.access.api_tokens import create_token
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic

pytestmark = pytest.mark.django_db
URL = "/api/v1/subscribers"


@pytest.fixture
def token() -> str:
    return create_token("the site", ["subscribers:write"])


def call(token: str, **given: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return Client(headers=headers).post(URL, given, content_type="application/json")


def test_sign_up_sends_a_confirmation_mail(token: str, blog: LiveBlog) -> None:
    answer = call(
        token, email="Mari@example.com", stories=["storm-maren"], origin="courier.example", wording="Yes please"
    )
    assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    wish = Subscription.objects.get()
    assert wish.topic.blog == blog and not wish.is_active
    assert Delivery.objects.get().transactional_kind == "confirm"
    consent = Consent.objects.get()
    assert (consent.origin, consent.wording) == ("api: the site courier.example", "Yes please")


def test_known_and_unknown_addresses_get_the_same_response(token: str) -> None:
    answers = [call(token, email=email) for email in ("mari@example.com", "mari@example.com", "tove@example.com")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b'{"accepted": true}')}
    assert Subscriber.objects.count() == 2


def test_sign_ups_are_limited_by_network_and_address(token: str) -> None:
    for number in range(20):
        assert call(token, email=f"r{number}@example.com", client="203.0.113.7").status_code == 202
    assert call(token, email="x@example.com", client="203.0.113.7").status_code == 429
    assert call(token, email="x@example.com", client="198.51.100.1").status_code == 202
    for number in range(4):
        assert call(token, email="x@example.com", client=f"198.51.100.{number + 2}").status_code == 202
    assert Delivery.objects.filter(subscriber__key="x@example.com").count() == 2


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"email": "mari@"}, 422),
        ({}, 422),
        ({"email": "mari@example.com", "topics": ["no-such"]}, 404),
        ({"email": "mari@example.com", "stories": ["no-such"]}, 404),
        ({"email": "mari@example.com", "stories": ["a\x00b"]}, 404),
        ({"email": "mari\x00@example.com"}, 422),
        ({"email": "mari@example.com", "frequency": "hourly"}, 422),
        ({"email": "mari@example.com", "surprise": 1}, 422),
    ],
)
def test_invalid_sign_up_is_refused(token: str, given: dict[str, Any], status: int) -> None:
    answer = call(token, **given)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert not Subscriber.objects.exists()


def test_sign_up_requires_its_scope() -> None:
    assert call(create_token("reader", ["posts:read"]), email="mari@example.com").status_code == 403


def test_token_of_one_live_blog_signs_up_for_that_story_only(blog: LiveBlog) -> None:
    token = create_token("storm", ["subscribers:write"], blog)
    assert call(token, email="mari@example.com").status_code == 404
    assert call(token, email="mari@example.com", topics=["breaking"], stories=["storm-maren"]).status_code == 404
    assert call(token, email="mari@example.com", stories=["storm-maren"]).status_code == 202
    assert list(Subscription.objects.values_list("topic__slug", flat=True)) == ["story-storm-maren"]
    assert Topic.objects.get(slug="story-storm-maren").listed is False


def test_wording_of_the_form_is_stored_on_one_line(token: str) -> None:
    assert call(token, email="mari@example.com", wording="Yes\x00\nplease", origin="a\x00b").status_code == 202
    assert (Consent.objects.get().wording, Consent.objects.get().origin) == ("Yes please", "api: the site ab")
