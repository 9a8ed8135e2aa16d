"""Posts through the API: publishing, editing, correcting, withdrawing, and errors."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stoppress.coverage.actions import open_blog, publish, update
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.post_content import Content
from stoppress.desk.access.api_tokens import TokenError, create_token, find_token, revoke_token
from stoppress.desk.models import ApiToken, IdempotentResponse
from stoppress.runtime import notifications
from tests.support.api_client import Caller

POSTS = "/api/v1/live/storm-maren/posts"


@pytest.fixture
def api(blog: LiveBlog) -> Caller:
    return Caller(create_token("wire robot"))


def test_publication_returns_the_url_of_the_post(api: Caller) -> None:
    body = {"headline": "Alarm", "text": "One.\n\nTwo & more.", "bylines": ["Ines Okafor"], "labels": ["breaking"]}
    answer = api("POST", POSTS, body)
    assert answer.status_code == 201
    post = Post.objects.get()
    said = answer.json()
    assert said["id"] == str(post.pk)
    assert said["url"] == newsroom().absolute_url(f"/live/storm-maren/posts/{post.pk}")
    assert said["html"] == "<p>One.</p><p>Two &amp; more.</p>"
    assert said["labels"] == ["breaking"] and said["revision"] == 1
    assert post.revision.made_by == "api: wire robot"


def test_html_is_sanitised(api: Caller) -> None:
    said = api("POST", POSTS, {"html": "<p onclick=x>Hi <b>you</b></p><script>1</script>"}).json()
    assert said["html"] == "<p>Hi <strong>you</strong></p>"


def test_repeated_id_publishes_once(api: Caller) -> None:
    body = {"id": str(uuid4()), "text": "Once."}
    first, second = api("POST", POSTS, body), api("POST", POSTS, body)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert Post.objects.count() == 1
    other = api("POST", POSTS, body | {"text": "Other words."})
    assert other.status_code == 409 and other.json()["type"].endswith("#id-taken")


def test_retry_with_the_same_key_gets_the_first_response(api: Caller) -> None:
    first = api("POST", POSTS, {"text": "Once."}, Idempotency_Key="k1")
    update("storm-maren", first.json()["id"], Content("", "<p>New.</p>"), by="ines", now=_now(), based_on=1)
    second = api("POST", POSTS, {"text": "Once."}, Idempotency_Key="k1")
    assert second.status_code == 201 and second.json() == first.json()
    assert second["Idempotency-Replayed"] == "true"
    assert Post.objects.count() == 1


def test_retry_hides_text_withdrawn_since(api: Caller) -> None:
    body = {"headline": "Alarm", "text": "Words that are wrong."}
    made = api("POST", POSTS, body, Idempotency_Key="key-1").json()
    api("POST", f"{POSTS}/{made['id']}/withdraw", {"note": "Not so."})
    again = api("POST", POSTS, body, Idempotency_Key="key-1")
    assert again.status_code == 201 and again.json()["withdrawn_at"]
    assert "Alarm" not in again.content.decode() and "wrong" not in again.content.decode()


def test_key_with_another_body_is_refused(api: Caller) -> None:
    api("POST", POSTS, {"text": "One."}, Idempotency_Key="k1")
    answer = api("POST", POSTS, {"text": "Two."}, Idempotency_Key="k1")
    assert answer.status_code == 409 and answer.json()["type"].endswith("#key-reused")


def test_refused_request_does_not_use_up_its_key(api: Caller) -> None:
    assert api("POST", POSTS, {"text": ""}, Idempotency_Key="k1").status_code == 422
    assert api("POST", POSTS, {"text": "Now."}, Idempotency_Key="k1").status_code == 201
    assert IdempotentResponse.objects.count() == 1


def test_keys_are_separate_for_each_token(api: Caller) -> None:
    other = Caller(create_token("other"))
    assert api("POST", POSTS, {"text": "A."}, Idempotency_Key="k").status_code == 201
    assert other("POST", POSTS, {"text": "B."}, Idempotency_Key="k").status_code == 201


@pytest.mark.parametrize("key", ["has space", "x" * 201, "ü"])
def test_malformed_key_is_refused(api: Caller, key: str) -> None:
    assert api("POST", POSTS, {"text": "A."}, Idempotency_Key=key).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_with_one_key_publish_one_post(blog: LiveBlog) -> None:
    api, answers = Caller(create_token("robot")), []

    def call() -> None:
        answers.append(api("POST", POSTS, {"text": "Once."}, Idempotency_Key="k"))
        connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Post.objects.count() == 1


def test_edit_requires_the_current_revision(api: Caller) -> None:
    post = api("POST", POSTS, {"headline": "Alarm", "text": "One."}).json()
    path = f"{POSTS}/{post['id']}"
    changed = api("PATCH", path, {"revision": 1, "text": "Two."})
    assert changed.status_code == 200
    assert changed.json()["headline"] == "Alarm" and changed.json()["revision"] == 2
    stale = api("PATCH", path, {"revision": 1, "text": "Three."})
    assert stale.status_code == 409
    assert stale.json()["type"].endswith("#stale-save") and stale.json()["revision"] == 2
    assert api("PATCH", path, {"text": "No revision."}).status_code == 422


def test_correction_returns_its_note_and_the_effect_on_alerts(api: Caller) -> None:
    post = api("POST", POSTS, {"text": "212 aboard."}).json()
    body = {"revision": 1, "text": "214 aboard.", "note": "There were 214.", "kind": "correction"}
    answer = api("POST", f"{POSTS}/{post['id']}/correct", body)
    assert answer.status_code == 200
    assert answer.json()["notes"][0]["text"] == "There were 214."
    assert answer.json()["alerts"] == {"halted": 0, "already_sent": 0}


def test_withdrawal_returns_the_post_without_text(api: Caller) -> None:
    post = api("POST", POSTS, {"headline": "Wrong", "text": "Not so."}).json()
    answer = api("POST", f"{POSTS}/{post['id']}/withdraw", {"note": "It was not so."}).json()
    assert answer["withdrawn_at"] and answer["headline"] == answer["text"] == ""
    again = api("PATCH", f"{POSTS}/{post['id']}", {"revision": 1, "text": "Back."})
    assert again.status_code == 409 and again.json()["type"].endswith("#withdrawn")


def test_pagination_is_stable_when_posts_are_published(api: Caller, clock) -> None:
    for number in range(5):
        publish("storm-maren", Content(f"Post {number}"), by="ines", now=clock.tick())
    first = api("GET", f"{POSTS}?limit=2").json()
    publish("storm-maren", Content("New above"), by="ines", now=clock.tick())
    second = api("GET", first["next"].removeprefix(newsroom().public_url)).json()
    third = api("GET", second["next"].removeprefix(newsroom().public_url)).json()
    titles = [post["headline"] for page in (first, second, third) for post in page["posts"]]
    assert titles == [f"Post {number}" for number in (4, 3, 2, 1, 0)]
    assert third["next"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "a", "html": "b"}, ""),
        ({"headlin": "slip of the pen"}, "headlin"),
        ({"text": "a", "labels": ["pinned"]}, "labels.0"),
        ({"text": "a", "sources": [{"name": ""}]}, "sources.0.name"),
        ({"headline": "x" * 301}, "headline"),
        ({"text": "a", "happened_at": "2026-03-08T20:00:00"}, "happened_at"),
        ({"text": "a", "pictures": [{"id": "none", "alt": "x"}]}, "pictures"),
        ({}, "body"),
        ([], ""),
        ({"text": "a\x00b"}, ""),
    ],
)
def test_invalid_post_is_refused_with_the_field(api: Caller, body: Any, field: str) -> None:
    answer = api("POST", POSTS, body)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "errors"} <= set(problem) and problem["status"] == 422
    assert problem["errors"][0]["field"] == field
    assert not Post.objects.exists()


def test_malformed_json_is_refused(api: Caller) -> None:
    answer = api.client.post(POSTS, b"{no", content_type="application/json", headers=api.headers)
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer sp_wrong", "Basic aW5lczpwdw=="])
def test_request_without_valid_token_gets_401(blog: LiveBlog, client: Client, given: str) -> None:
    answer = client.get(POSTS, headers={"Authorization": given} if given else {})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith('Bearer realm="stoppress"')
    assert answer["Content-Type"] == "application/problem+json"


def test_desk_session_does_not_authenticate_the_api(blog: LiveBlog, admin_client: Client) -> None:
    assert admin_client.get(POSTS).status_code == 401


def test_operation_requires_its_scope(blog: LiveBlog, clock) -> None:
    post = publish("storm-maren", Content("Alarm"), by="ines", now=clock())
    calls = {
        "posts:read": ("GET", POSTS, None),
        "posts:write": ("PATCH", f"{POSTS}/{post.pk}", {"revision": 1, "headline": "Alarm 2"}),
        "posts:correct": ("POST", f"{POSTS}/{post.pk}/correct", {"revision": 2, "note": "x", "headline": "Alarm 3"}),
        "posts:withdraw": ("POST", f"{POSTS}/{post.pk}/withdraw", {"note": "x"}),
    }
    for scope, (method, path, body) in calls.items():
        others = Caller(create_token(f"others than {scope}", [other for other in calls if other != scope]))
        refused = others(method, path, body)
        assert refused.status_code == 403, scope
        assert f'scope="{scope}"' in refused["WWW-Authenticate"]
        assert Caller(create_token(f"only {scope}", [scope]))(method, path, body).status_code == 200, scope


def test_token_of_one_live_blog_gets_404_for_another(blog: LiveBlog, clock) -> None:
    other = open_blog(slug="other", headline="Other", zone="UTC", by="ines", now=clock())
    api = Caller(create_token("robot", blog=other))
    assert api("POST", POSTS, {"text": "a"}).status_code == 404
    assert api("POST", "/api/v1/live/other/posts", {"text": "a"}).status_code == 201


def test_post_of_another_live_blog_is_not_found(api: Caller, clock) -> None:
    open_blog(slug="other", headline="Other", zone="UTC", by="ines", now=clock())
    post = publish("other", Content("Theirs"), by="ines", now=clock())
    assert api("PATCH", f"{POSTS}/{post.pk}", {"revision": 1, "headline": "Mine"}).status_code == 404
    assert api("POST", f"{POSTS}/{post.pk}/withdraw", {"note": "x"}).status_code == 404
    assert api("GET", f"{POSTS}?before={post.pk}").status_code == 404
    assert not Post.objects.get().withdrawn_at


def test_revoked_token_is_not_found(api: Caller) -> None:
    revoke_token(ApiToken.objects.get(), now=_now())
    assert api("GET", POSTS).status_code == 401


def test_token_above_the_rate_limit_gets_429(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from stoppress.desk.access import rate_limits
    from stoppress.runtime.rate_limits import RateLimit

    monkeypatch.setattr(rate_limits, "CALLS_BY_TOKEN", RateLimit("test", limit=2, seconds=3600))
    statuses = [api("GET", POSTS).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_token_is_stored_as_digest(db: None) -> None:
    token = create_token("robot", ["posts:read"])
    row = ApiToken.objects.get()
    assert token not in str(vars(row)) and row.last4 == token[-4:]
    assert len(token) >= 46
    assert find_token(token) == row
    assert find_token(token[:-1]) is None


@pytest.mark.parametrize(("name", "scopes"), [("", ["posts:read"]), ("x", []), ("x", ["posts:all"])])
def test_invalid_token_is_not_created(db: None, name: str, scopes: list[str]) -> None:
    with pytest.raises(TokenError):
        create_token(name, scopes)


def test_openapi_lists_every_operation_with_its_security(blog: LiveBlog, client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()
    operations = [
        operation for path in described["paths"].values() for operation in path.values() if "responses" in operation
    ]
    assert len(operations) == 11
    assert all(operation["security"] == [{"BearerAuth": []}] for operation in operations)


def test_api_docs_load_only_own_files(client: Client, db: None) -> None:
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert "//cdn" not in text and "https://" not in text
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]


def _now() -> Any:
    from django.utils import timezone

    return timezone.now()


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_time_out_of_range_is_refused(api: Caller, moment: str) -> None:
    assert api("POST", POSTS, {"headline": "Alarm", "happened_at": moment}).status_code == 422


def test_publication_runs_nine_statements_before_readers_get_it(api: Caller, transactional_db: None) -> None:
    api("POST", POSTS, {"text": "The first."})
    asked: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        stop = notifications.listen(
            notifications.CHANGES, lambda: asked.extend(query["sql"].split()[0] for query in queries)
        )
        try:
            api("POST", POSTS, {"text": "The second."})
        finally:
            stop()
    token_and_brake, lock_and_log = ["SELECT", "INSERT"], ["UPDATE", "SELECT", "SELECT", *["INSERT"] * 4]
    assert [verb for verb in asked if verb not in ("BEGIN", "COMMIT", "PRAGMA")] == [*token_and_brake, *lock_and_log]
