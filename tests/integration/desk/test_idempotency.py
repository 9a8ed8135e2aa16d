"""Repeated ids and idempotency keys: the same request gets the first result, any other gets 409 and changes nothing.

The model below decides from place and content alone what is right. It imports no rule from the code under test.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoppress.alerts.models import Decision
from stoppress.coverage.actions import open_blog, publish, withdraw
from stoppress.coverage.errors import PostIdTakenError, PostWithdrawnError
from stoppress.coverage.models import Change, LiveBlog, Note, Post, Revision
from stoppress.coverage.post_content import Content
from stoppress.delivery.models import Alert, Delivery
from stoppress.desk.access.api_tokens import create_token
from stoppress.desk.models import Draft, IdempotentResponse, Seat
from stoppress.subscribers.models import Consent, Subscriber, Subscription
from tests.factories.alerts import add_subscribers
from tests.support.clocks import Clock

PLACES = ("harbour", "valley")
SECRETS = ("Aardvark", "Bandicoot", "Capybara")
"""A word of each text. The response to a refused request must not contain it."""
STORED = (
    LiveBlog,
    Post,
    Revision,
    Note,
    Change,
    Alert,
    Decision,
    Delivery,
    Subscriber,
    Subscription,
    Consent,
    IdempotentResponse,
)
SCOPES = ["posts:read", "posts:write", "posts:correct", "posts:withdraw", "alerts:read", "alerts:send"]
ANYWHERE = len(PLACES)
"""The actor who may write in both live blogs; actor 0 and 1 may write in the one of that number only."""

ACTORS = st.integers(0, ANYWHERE)
STEPS = st.lists(st.tuples(ACTORS, st.integers(0, 1), st.integers(0, 1), st.integers(0, 6)), min_size=2, max_size=9)
"""Actor, number of the id, place, content."""


def stored() -> list[list[dict[str, Any]]]:
    """Return every row that a request could change."""
    return [list(model.objects.order_by("pk").values()) for model in STORED]


@dataclass
class World:
    """Two live blogs with a post each, three readers, and an API token and a person at the desk for each actor."""

    clock: Clock = field(default_factory=Clock)
    ids: tuple[UUID, UUID] = field(default_factory=lambda: (uuid4(), uuid4()))

    def __post_init__(self) -> None:
        now = self.clock()
        self.blogs = [open_blog(slug=place, headline=place, zone="UTC", by="ines", now=now) for place in PLACES]
        self.posts = [publish(place, Content(f"Old {place}", "<p>Old.</p>"), by="ines", now=now) for place in PLACES]
        add_subscribers(3, now)
        scopes = [*SCOPES, "subscribers:write"]
        tokens = [create_token(place, SCOPES, blog=blog) for place, blog in zip(PLACES, self.blogs, strict=True)]
        self.tokens = [*tokens, create_token("both", scopes)]
        self.people = [self._person(blog) for blog in (*self.blogs, None)]

    def _person(self, blog: LiveBlog | None) -> Client:
        user = User.objects.create(username=f"of {blog or 'both'}", password="!")
        Seat.objects.create(user=user, blog=blog, role="editor")
        client = Client()
        client.force_login(user)
        return client

    def call(self, actor: int, method: str, path: str, body: dict[str, Any], key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[actor]}"} | ({"Idempotency-Key": key} if key else {})
        return Client().generic(method, f"/api/v1{path}", json.dumps(body), "application/json", headers=headers)


@contextmanager
def world() -> Iterator[World]:
    with transaction.atomic():
        yield World()
        transaction.set_rollback(True)


Send = Callable[[World, int, UUID, int, int], Any]
"""Send one request as an actor: id, place, content."""


def api_post(world: World, actor: int, post_id: UUID, place: int, content: int) -> Any:
    contents: list[dict[str, Any]] = [
        {"text": SECRETS[0]},
        {"text": SECRETS[1]},
        {"text": SECRETS[0], "headline": SECRETS[2]},
        {"text": SECRETS[0], "labels": ["breaking"]},
        {"text": SECRETS[0], "labels": ["key-event"]},
        {"text": SECRETS[0], "happened_at": "2026-03-08T18:00:00Z"},
        {"text": SECRETS[0], "happened_at": "2026-03-08T18:00:01Z"},
    ]
    return world.call(actor, "POST", f"/live/{PLACES[place]}/posts", {"id": str(post_id)} | contents[content])


def api_alert(world: World, actor: int, alert_id: UUID, place: int, content: int) -> Any:
    about = str(world.posts[place].pk)
    contents: list[dict[str, Any]] = [
        {"post": about, "subject": SECRETS[0]},
        {"post": about, "subject": SECRETS[1]},
        {"post": about, "subject": SECRETS[0], "summary": SECRETS[2]},
        {"subject": SECRETS[0]},
        {"post": about, "subject": SECRETS[0], "urgency": "flash"},
        {"post": about, "subject": SECRETS[0], "undo_seconds": 5},
        {"post": about, "subject": SECRETS[0], "variants": {"fr": {"subject": "Fin"}}},
    ]
    body = {"id": str(alert_id), "again": True} | contents[content]
    return world.call(actor, "POST", f"/live/{PLACES[place]}/alerts", body)


def desk_post(world: World, actor: int, post_id: UUID, place: int, content: int) -> Any:
    contents = [
        {"body": f"<p>{SECRETS[0]}</p>"},
        {"body": f"<p>{SECRETS[1]}</p>"},
        {"body": f"<p>{SECRETS[0]}</p>", "headline": SECRETS[2]},
        {"body": f"<p>{SECRETS[0]}</p>", "breaking": "on"},
        {"body": f"<p>{SECRETS[0]}</p>", "key_event": "on"},
        {"body": f"<p>{SECRETS[0]}</p>", "bylines": "Ines Okafor"},
        {"body": f"<p>{SECRETS[0]}</p>", "source_name": "Coastguard", "source_via": ""},
    ]
    return world.people[actor].post(f"/desk/live/{PLACES[place]}", {"id": str(post_id)} | contents[content])


def desk_alert(world: World, actor: int, alert_id: UUID, place: int, content: int) -> Any:
    contents = [
        {"subject": SECRETS[0]},
        {"subject": SECRETS[1]},
        {"subject": SECRETS[0], "summary": SECRETS[2]},
        {"subject": SECRETS[0], "urgency": "flash"},
        {"subject": SECRETS[0], "undo": "5"},
        {"subject": SECRETS[0], "life": "30"},
        {"subject": SECRETS[0], "subject.fr": "Fin"},
    ]
    form = {"alert_id": str(alert_id), "revision": "1", "again": "1", "undo": "0"} | contents[content]
    return world.people[actor].post(f"/desk/live/{PLACES[place]}/posts/{world.posts[place].pk}/alert", form)


def words(content: int) -> str:
    """Return the secrets in a request with this content."""
    return {1: SECRETS[1], 2: SECRETS[0] + SECRETS[2]}.get(content, SECRETS[0])


def leaks(answer: Any, sent: str) -> list[str]:
    """Return the words of stored texts in a response, if the request did not contain them."""
    page = answer.content.decode()
    return [secret for secret in SECRETS if secret in page and secret not in sent]


@pytest.mark.parametrize("send", [api_post, api_alert, desk_post, desk_alert], ids=lambda send: send.__name__)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_repeated_id_compares_live_blog_and_content(
    db: None, send: Send, steps: list[tuple[int, int, int, int]]
) -> None:
    done = 302 if send.__name__.startswith("desk") else 201
    with world() as here:
        first: dict[int, tuple[int, int]] = {}
        results: dict[int, str] = {}
        for actor, number, place, content in steps:
            before = stored()
            answer = send(here, actor, here.ids[number], place, content)
            if actor not in (place, ANYWHERE):
                assert answer.status_code == 404 and stored() == before
                assert leaks(answer, "") == []
            elif number not in first:
                assert answer.status_code == done and stored() != before
                first[number], results[number] = (place, content), result_of(answer)
            elif first[number] == (place, content):
                assert answer.status_code == done and stored() == before
                assert result_of(answer) == results[number]
            else:
                assert answer.status_code == 409 and stored() == before
                if done == 201:
                    assert_problem(answer, "id-taken")
                    assert leaks(answer, "") == []
                else:  # the desk shows again what was typed, and what stands in the same live blog
                    own = "".join(words(text) for at, text in first.values() if at == place)
                    assert leaks(answer, words(content) + own) == []


def result_of(answer: Any) -> str:
    """Return what identifies a result: the redirect of the desk, or the id in the JSON."""
    return answer["Location"] if answer.status_code == 302 else str(answer.json()["id"])


def assert_problem(answer: Any, name: str) -> None:
    """Assert that the response has problem details (RFC 9457) of this type and status 409."""
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"].endswith(f"#{name}") and problem["status"] == 409
    assert problem["title"] and problem["detail"]


KEYED = 14
KEYS = ("monday-1", "monday-2")
KEY_STEPS = st.lists(
    st.tuples(ACTORS, st.integers(0, len(KEYS) - 1), st.integers(0, KEYED - 1)), min_size=2, max_size=9
)


def keyed_requests(here: World) -> list[tuple[int | None, str, str, dict[str, Any]]]:
    """Return place (None for the newsroom), method, path and body of requests that succeed in any order."""
    found: list[tuple[int | None, str, str, dict[str, Any]]] = []
    for place, slug in enumerate(PLACES):
        now, base = here.clock(), f"/live/{slug}"
        changed, corrected, withdrawn = (
            publish(slug, Content(f"{name} {slug}", "<p>Old.</p>"), by="ines", now=now).pk for name in ("C", "R", "W")
        )
        halted = UUID(int=place + 1)
        here.call(ANYWHERE, "POST", f"{base}/alerts", {"id": str(halted), "subject": "Halt", "again": True})
        found += [
            (place, "POST", f"{base}/posts", {"text": "One."}),
            (place, "PATCH", f"{base}/posts/{changed}", {"text": "New.", "revision": 1, "note": "More is known."}),
            (place, "POST", f"{base}/posts/{corrected}/correct", {"text": "Right.", "revision": 1, "note": "Wrong."}),
            (place, "POST", f"{base}/posts/{withdrawn}/withdraw", {"note": "Not so."}),
            (place, "POST", f"{base}/alerts", {"subject": "Alert", "again": True}),
            (place, "POST", f"{base}/alerts/{halted}/halt", {}),
        ]
    found += [(None, "POST", "/subscribers", {"email": f"{name}@example.com"}) for name in ("ada", "ben")]
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=KEY_STEPS)
def test_repeated_key_returns_the_first_response_or_409(db: None, steps: list[tuple[int, int, int]]) -> None:
    with world() as here:
        requests = keyed_requests(here)
        assert len(requests) == KEYED
        first: dict[tuple[int, int], tuple[int, bytes]] = {}
        for actor, key, number in steps:
            place, method, path, body = requests[number]
            before = stored()
            answer = here.call(actor, method, path, body, KEYS[key])
            if actor not in (place, ANYWHERE):
                assert answer.status_code in (403, 404) and stored() == before
            elif (actor, key) not in first:
                assert answer.status_code in (200, 201, 202) and "Idempotency-Replayed" not in answer
                first[actor, key] = (number, answer.content)
            elif first[actor, key][0] == number:
                assert answer["Idempotency-Replayed"] == "true" and stored() == before
                assert json.loads(answer.content) == json.loads(first[actor, key][1])
            else:
                assert_problem(answer, "key-reused")
                assert answer.status_code == 409 and stored() == before


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(ACTORS, st.integers(0, 1), st.integers(0, 1), st.booleans()), max_size=10))
def test_draft_id_belongs_to_one_person_live_blog_and_post(db: None, steps: list[tuple[int, int, int, bool]]) -> None:
    """A draft is saved repeatedly with other text; only its person, live blog and post are fixed."""
    with world() as here:
        first: dict[int, tuple[int, int, bool]] = {}
        edits: dict[tuple[int, int], int] = {}
        for actor, number, place, is_edit in steps:
            form = {"id": str(here.ids[number]), "headline": f"{SECRETS[actor]}", "body": "<p>Draft.</p>"}
            if is_edit:
                form |= {"post": str(here.posts[place].pk), "based_on": "1"}
                if edits.get((actor, place), number) != number:
                    continue  # one draft per edit, whatever its id: nothing to be compared
            before = list(Draft.objects.order_by("pk").values())
            answer = here.people[actor].post(f"/desk/live/{PLACES[place]}/drafts", form)
            if actor not in (place, ANYWHERE):
                assert answer.status_code == 404
            elif first.setdefault(number, (actor, place, is_edit)) == (actor, place, is_edit):
                assert answer.status_code == 200 and answer.json()["saved_at"]
                if is_edit:
                    edits[actor, place] = number
                continue
            else:
                assert_problem(answer, "id-taken")
            assert list(Draft.objects.order_by("pk").values()) == before and leaks(answer, "") == []


def test_second_withdrawal_is_refused_when_its_note_differs(blog: LiveBlog, clock: Clock) -> None:
    post = publish(blog.slug, Content("Ferry aground"), by="ines", now=clock())
    withdraw(blog.slug, post.pk, note="It is afloat.", by="ines", now=clock.tick())
    assert withdraw(blog.slug, post.pk, note=" It is afloat. ", by="tom", now=clock.tick()).pk == post.pk
    with pytest.raises(PostWithdrawnError):
        withdraw(blog.slug, post.pk, note="It was another ferry.", by="tom", now=clock.tick())
    assert list(post.notes.values_list("text", "by")) == [("It is afloat.", "ines")]


def test_retry_is_recognised_after_labels_changed(blog: LiveBlog, clock: Clock) -> None:
    from stoppress.coverage.actions import mark_breaking

    sent = {"by": "ines", "post_id": uuid4(), "labels": ("breaking",)}
    post = publish(blog.slug, Content("Ferry aground"), now=clock(), **sent)
    mark_breaking(blog.slug, post.pk, on=False, by="ines", now=clock.tick())
    assert publish(blog.slug, Content("Ferry aground"), now=clock.tick(), **sent).pk == post.pk
    with pytest.raises(PostIdTakenError):
        publish(blog.slug, Content("Ferry aground"), now=clock.tick(), **(sent | {"labels": ()}))


def test_alert_retry_is_recognised_after_post_changed_and_topic_retired(db: None, clock: Clock) -> None:
    from stoppress.coverage.actions import update
    from stoppress.subscribers.models import Topic

    here = World(clock)
    topic = Topic.objects.create(slug="sport", name="Sport")
    body = {"id": str(uuid4()), "post": str(here.posts[0].pk), "subject": "Goal", "topic": "sport", "revision": 1}
    assert here.call(0, "POST", "/live/harbour/alerts", body).status_code == 201
    update("harbour", here.posts[0].pk, Content("Newer"), by="ines", now=clock.tick(), based_on=1)
    Topic.objects.filter(pk=topic.pk).update(retired_at=clock())
    again = here.call(0, "POST", "/live/harbour/alerts", body)
    assert again.status_code == 201 and again.json()["id"] == body["id"]
    assert Alert.objects.count() == 1


def test_desk_shows_the_text_with_a_new_id_when_the_id_is_used(db: None, clock: Clock) -> None:
    here, alert_id = World(clock), uuid4()
    assert desk_alert(here, 0, alert_id, 0, 0).status_code == 302
    refused = desk_alert(here, 0, alert_id, 0, 1)
    page = refused.content.decode()
    assert refused.status_code == 409 and SECRETS[1] in page and f'value="{alert_id}"' not in page
    assert "already sent an alert with other content" in page


def test_api_answers_409_to_a_withdrawal_with_another_note(db: None, clock: Clock) -> None:
    here = World(clock)
    path = f"/live/harbour/posts/{here.posts[0].pk}/withdraw"
    assert here.call(0, "POST", path, {"note": "Not so."}).status_code == 200
    assert here.call(0, "POST", path, {"note": "Not so."}).status_code == 200
    assert_problem(here.call(0, "POST", path, {"note": "Another reason."}), "withdrawn")


def test_desk_reports_that_a_post_was_withdrawn_with_another_note(db: None, clock: Clock) -> None:
    here = World(clock)
    path = f"/desk/live/harbour/posts/{here.posts[0].pk}/withdraw"
    assert "Withdrawn." in here.people[0].post(path, {"note": "Not so."}, follow=True).content.decode()
    page = here.people[2].post(path, {"note": "Another reason."}, follow=True).content.decode()
    assert "This post has been withdrawn" in page and "Another reason." not in page


def test_update_with_a_note_is_retried_without_a_second_note(db: None, clock: Clock) -> None:
    here = World(clock)
    path = f"/live/harbour/posts/{here.posts[0].pk}"
    body = {"text": "New.", "revision": 1, "note": "More is known."}
    first, before = here.call(0, "PATCH", path, body), stored()
    again = here.call(0, "PATCH", path, body)
    assert (first.status_code, again.status_code) == (200, 200) and stored() == before
    assert [note["text"] for note in again.json()["notes"]] == ["More is known."]
    assert here.call(0, "PATCH", path, body | {"note": "Still more."}).status_code == 409


def test_alert_with_the_id_of_a_digest_is_refused(db: None, clock: Clock) -> None:
    from datetime import timedelta

    from stoppress.subscribers.topics import breaking_topic

    here, now = World(clock), clock()
    digest = Alert.objects.create(
        topic=breaking_topic(), urgency="digest", subject="Capybara", headline="Capybara", by="clock", created_at=now,
        not_after=now + timedelta(hours=8), last_source_id=0, intended=0,
    )  # fmt: skip
    answer = api_alert(here, 0, digest.pk, 0, 0)
    assert_problem(answer, "id-taken")
    assert leaks(answer, "") == []


def test_equal_content_in_another_notation_is_a_retry(db: None, clock: Clock) -> None:
    """Outer white space, explicit defaults and fields that a correction ignores make no difference."""
    here, alert_id = World(clock), str(uuid4())
    first = {"id": alert_id, "subject": "Leave now", "urgency": "alert", "topic": "breaking"}
    assert here.call(0, "POST", "/live/harbour/alerts", first).status_code == 201
    spelled = {"id": alert_id.upper(), "subject": "  Leave  now ", "undo_seconds": 0, "stale_after_minutes": 240}
    assert here.call(0, "POST", "/live/harbour/alerts", spelled).status_code == 201
    assert Alert.objects.count() == 1
    assert_problem(here.call(0, "POST", "/live/harbour/alerts", spelled | {"stale_after_minutes": 239}), "id-taken")
