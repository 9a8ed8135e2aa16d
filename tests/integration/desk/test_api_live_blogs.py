"""Live blogs through the API: index, list, open; and errors that are problem details whatever part answers."""

import json

import pytest
from django.test import Client

from stoppress.coverage.models import Change, LiveBlog
from stoppress.desk.access.api_tokens import create_token
from tests.support.api_client import Caller
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving

BODY = {"slug": "harbour-fire", "headline": "Fire at the harbour", "standfirst": "Two sheds burn.", "zone": "UTC"}
PROBLEM = "application/problem+json"


@pytest.fixture
def api(db: None) -> Caller:
    return Caller(create_token("wire robot", ["live-blogs:open", "posts:write", "posts:read"]))


def test_opened_live_blog_takes_a_post_at_once(api: Caller, client: Client) -> None:
    made = api("POST", "/api/v1/live", BODY)
    assert made.status_code == 201
    said = made.json()
    assert said["url"] == "http://news.test/live/harbour-fire"
    assert {name: said[name] for name in BODY} == BODY and said["state"] == "live"
    assert LiveBlog.objects.get().standfirst == "Two sheds burn."
    assert Change.objects.get().by == "api: wire robot"
    path = said["posts_url"].removeprefix("http://news.test")
    assert api("POST", path, {"text": "The quay is closed."}).status_code == 201
    assert "The quay is closed." in client.get("/live/harbour-fire").content.decode()
    assert [row["slug"] for row in api("GET", "/api/v1/live").json()["live_blogs"]] == ["harbour-fire"]


def test_opening_again_with_the_same_key_returns_the_first_response(api: Caller) -> None:
    first = api("POST", "/api/v1/live", BODY, Idempotency_Key="fire")
    again = api("POST", "/api/v1/live", BODY, Idempotency_Key="fire")
    assert (again.status_code, again.json()) == (201, first.json()) and again["Idempotency-Replayed"] == "true"
    other = api("POST", "/api/v1/live", BODY | {"headline": "Another"}, Idempotency_Key="fire")
    assert other.status_code == 409 and other.json()["type"].endswith("#key-reused")
    assert LiveBlog.objects.count() == 1


def test_taken_slug_is_refused_and_changes_nothing(api: Caller) -> None:
    api("POST", "/api/v1/live", BODY)
    taken = api("POST", "/api/v1/live", BODY | {"headline": "Another fire"})
    assert taken.status_code == 409 and taken.json()["type"].endswith("#slug-taken")
    assert LiveBlog.objects.get().headline == "Fire at the harbour"


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "Harbour Fire"},
        {"slug": "h" * 81},
        {"headline": " "},
        {"headline": "x" * 301},
        {"zone": "Mars/Olympus"},
        {"language": "not a language"},
        {"state": "burning"},
        {"headline": "nul\x00"},
        {"titel": "misspelled"},
    ],
)
def test_invalid_live_blog_is_refused(api: Caller, change: dict[str, str]) -> None:
    answer = api("POST", "/api/v1/live", BODY | change)
    assert answer.status_code == 422 and answer["Content-Type"] == PROBLEM
    assert not LiveBlog.objects.exists()


def test_opening_needs_its_scope_and_a_token_for_all_live_blogs(blog: LiveBlog) -> None:
    default = Caller(create_token("default"))
    assert default("POST", "/api/v1/live", BODY).status_code == 403
    bound = Caller(create_token("bound", ["live-blogs:open", "posts:read"], blog=blog))
    assert bound("POST", "/api/v1/live", BODY).status_code == 403
    assert [row["slug"] for row in bound("GET", "/api/v1/live").json()["live_blogs"]] == ["storm-maren"]
    assert Client().post("/api/v1/live", BODY, "application/json").status_code == 401
    assert LiveBlog.objects.count() == 1


@pytest.mark.usefixtures("db")
def test_index_lists_addresses_that_exist(client: Client) -> None:
    said = client.get("/api/v1/").json()
    for name in ("documentation", "openapi"):
        assert client.get(said[name].removeprefix("http://news.test")).status_code == 200
    assert client.get(said["live_blogs"].removeprefix("http://news.test")).status_code == 401


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/", 404),
        ("GET", "/api", 404),
        ("POST", "/api/v1/openapi.json", 405),
        ("DELETE", "/api/v1/docs", 405),
        ("GET", "/api/v2/live", 404),
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/", 405),
        ("PUT", "/api/v1/live", 405),
        ("DELETE", "/api/v1/live/storm-maren/posts", 405),
        ("OPTIONS", "/api/v1/subscribers", 405),
        ("GET", "/api/v1/live/storm-maren/posts/not-an-id/correct", 405),
    ],
)
def test_every_error_under_api_is_a_problem(client: Client, method: str, path: str, status: int) -> None:
    answer = client.generic(method, path)
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status and answer.json()["detail"]
    assert ("Allow" in answer) == (status == 405)


def test_head_is_answered_like_get(api: Caller, blog: LiveBlog) -> None:
    for path in ("/api/v1/", "/api/v1/docs", "/api/v1/openapi.json", "/api/v1/live", "/api/v1/live/storm-maren/posts"):
        answers = [api(method, path) for method in ("GET", "HEAD")]
        assert [(each.status_code, each["Content-Type"]) for each in answers] == [(200, answers[0]["Content-Type"])] * 2
    assert api("HEAD", "/api/v1/subscribers").status_code == 405


def test_body_just_below_the_limit_reaches_the_schema(api: Caller, blog: LiveBlog) -> None:
    answer = api("POST", "/api/v1/live/storm-maren/posts", {"text": "a" * 3_000_000})
    assert (answer.status_code, answer["Content-Type"]) == (422, PROBLEM)


@pytest.mark.usefixtures("db")
def test_foreign_host_is_a_problem_for_the_api_and_a_page_elsewhere(client: Client) -> None:
    assert client.get("/api/v1/", headers={"Host": "elsewhere.example"})["Content-Type"] == PROBLEM
    assert client.get("/", headers={"Host": "elsewhere.example"})["Content-Type"].startswith("text/html")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST /api/v1/live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n", 413),
        (b"GET /api/v1/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /api/v1/live HTTP/1.1\r\nbad header\r\n\r\n", 400),
    ],
)
def test_refusals_before_django_are_problems_too(serving: Serving, request_bytes: bytes, status: int) -> None:
    with RawConnection(serving.port) as connection:
        connection.send(request_bytes)
        answer = connection.read_response()
    assert (answer.status, answer.get("content-type")) == (status, PROBLEM)
    assert json.loads(answer.body)["status"] == status
