"""Alerts through the API: sent once, by the rules of the desk, with a receipt."""

from uuid import uuid4

import pytest

from stoppress.coverage.actions import publish, withdraw
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.delivery.models import Alert
from stoppress.desk.access.api_tokens import SCOPES, create_token
from stoppress.desk.models import ApiToken
from stoppress.subscribers.models import Subscriber, Topic
from tests.factories.alerts import add_subscribers, materialise_all
from tests.support.api_client import Caller

ALERTS = "/api/v1/live/storm-maren/alerts"


@pytest.fixture
def api(blog: LiveBlog) -> Caller:
    return Caller(create_token("wire robot", ["alerts:read", "alerts:send"]))


@pytest.fixture
def post(blog: LiveBlog, clock) -> Post:
    words = "<p>Everyone below Quay Street must leave.</p>"
    return publish("storm-maren", Content("Lower town told to leave", words), by="ines", now=clock())


def body(about: Post, **more: object) -> dict[str, object]:
    return {"id": str(uuid4()), "post": str(about.pk), "subject": "Lower town told to leave"} | more


def test_repeated_request_sends_the_alert_once(api: Caller, post: Post, clock) -> None:
    add_subscribers(3, clock())
    given = body(post, urgency="flash", undo_seconds=5)
    first, second = api("POST", ALERTS, given), api("POST", ALERTS, given)
    assert first.status_code == second.status_code == 201
    said = first.json()
    assert said["intended"] == 3 and said["states"]["pending"] == 3 and sum(said["states"].values()) == 3
    assert said["decisions"][0] | {"at": 0} == {
        "what": "sent",
        "by": "api: wire robot",
        "at": 0,
        "count": 3,
        "note": "",
    }
    alert = Alert.objects.get()
    assert alert.summary == "Everyone below Quay Street must leave."
    assert (alert.not_before - alert.created_at).total_seconds() == 5
    shown = api("GET", f"{ALERTS}/{given['id']}").json()
    assert shown["id"] == given["id"] and shown["states"] == said["states"] and not shown["finished"]


def test_alert_may_be_about_the_live_blog_and_in_other_languages(api: Caller, post: Post, clock) -> None:
    add_subscribers(1, clock())
    given = {"subject": "Follow the storm", "variants": {"fr": {"subject": "Suivez la tempête"}}}
    assert api("POST", ALERTS, given).status_code == 201
    alert = Alert.objects.get()
    assert alert.post is None and alert.variants == {"fr": {"subject": "Suivez la tempête"}}


def test_halt_returns_the_progress(api: Caller, post: Post, clock) -> None:
    add_subscribers(3, clock())
    given = body(post)
    api("POST", ALERTS, given)
    materialise_all(clock)
    said = api("POST", f"{ALERTS}/{given['id']}/halt", {}).json()
    assert said["states"]["halted"] == 3 and said["halted_at"] and said["finished"]
    assert said["decisions"][-1]["note"] == "at 0 of 3"
    again = api("POST", f"{ALERTS}/{given['id']}/halt", {}).json()
    assert again["decisions"] == said["decisions"]


@pytest.mark.parametrize(
    ("more", "status", "name"),
    [
        ({"topic": "nothing"}, 422, "bad-alert"),
        ({"picture": "a" * 32}, 422, "bad-alert"),
        ({"urgency": "digest"}, 422, "invalid-request"),
        ({"revision": 7}, 409, "stale-save"),
        ({"post": str(uuid4())}, 404, "no-such-post"),
        ({"corrects": str(uuid4())}, 404, "no-such-alert"),
        ({"undo_seconds": 601}, 422, "invalid-request"),
    ],
)
def test_invalid_alert_is_refused(api: Caller, post: Post, clock, more, status: int, name: str) -> None:
    answer = api("POST", ALERTS, body(post, **more))
    assert answer.status_code == status and answer.json()["type"].endswith(f"#{name}")
    assert not Alert.objects.exists()


def test_withdrawn_post_and_unconfirmed_repetition_are_refused(api: Caller, post: Post, clock) -> None:
    api("POST", ALERTS, body(post))
    assert api("POST", ALERTS, body(post)).json()["type"].endswith("#already-alerted")
    assert api("POST", ALERTS, body(post, again=True)).status_code == 201
    withdraw("storm-maren", post.pk, note="Not so.", by="ines", now=clock.tick())
    assert api("POST", ALERTS, body(post, again=True)).json()["type"].endswith("#withdrawn")


def test_alert_above_the_threshold_awaits_approval(api: Caller, post: Post, clock, settings) -> None:
    settings.APPROVAL_THRESHOLD = 2
    add_subscribers(3, clock())
    assert api("POST", ALERTS, body(post)).json()["approval"] == "awaited"


def test_token_without_alert_scopes_is_refused(blog: LiveBlog, post: Post) -> None:
    usual = Caller(create_token("usual"))
    assert "alerts:send" in SCOPES and not any("alerts" in scope for scope in ApiToken.objects.get().scopes)
    assert usual("POST", ALERTS, body(post)).status_code == 403
    assert usual("GET", f"{ALERTS}/{uuid4()}").status_code == 403
    reader = Caller(create_token("reads", ["alerts:read"]))
    assert reader("POST", ALERTS, body(post)).status_code == 403
    assert reader("POST", f"{ALERTS}/{uuid4()}/halt", {}).status_code == 403
    assert reader("GET", f"{ALERTS}/{uuid4()}").status_code == 404
    assert not Alert.objects.exists()


def test_receipt_contains_no_address(api: Caller, post: Post, clock) -> None:
    add_subscribers(2, clock())
    given = body(post)
    api("POST", ALERTS, given)
    materialise_all(clock)
    assert Subscriber.objects.filter(email__contains="@example.com").count() == 2
    assert "@example.com" not in api("GET", f"{ALERTS}/{given['id']}").content.decode()


def test_topic_of_another_story_is_refused(api: Caller, post: Post, clock) -> None:
    from stoppress.coverage.actions import open_blog

    other = open_blog(slug="other", headline="Other", zone="UTC", by="x", now=clock())
    Topic.objects.create(slug="story-other", name="Other", blog=other)
    assert api("POST", ALERTS, body(post, topic="story-other")).status_code == 422
