"""Access to every address of the desk: without a log-in, without a seat, with a seat of another live blog."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern

from stoppress.coverage.actions import open_blog, publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.desk import account_urls, urls
from stoppress.desk.access.people import PersonError, create_user
from stoppress.desk.access.permission_check import ANY_SEAT
from stoppress.desk.access.permissions import MINIMUM_ROLE
from stoppress.desk.api.router import api
from stoppress.desk.models import Seat

POST = UUID("00000000-0000-4000-8000-000000000001")
OPEN = {"account_login", "account_logout", "mfa_authenticate", "mfa_login_webauthn"}
"""Addresses that need no permission."""
PASSWORD = "correct-horse-9"


@pytest.fixture
def post(blog: LiveBlog, clock):
    return publish("storm-maren", Content("Alarm", "<p>One.</p>"), by="ines", now=clock(), post_id=POST)


def addresses() -> Iterator[tuple[URLPattern, str]]:
    for pattern in [*account_urls.urlpatterns, *urls.urlpatterns]:
        path = str(pattern.pattern)
        for part, value in (
            ("<slug:slug>", "storm-maren"),
            ("<str:name>", "a.eml"),
            ("<int:token_id>", "1"),
            ("<int:session_id>", "1"),
            ("<int:pk>", "1"),
        ):
            path = path.replace(part, value)
        yield pattern, "/desk/" + re.sub(r"<uuid:\w+>", str(POST), path)


GUARDED = [path for pattern, path in addresses() if pattern.name not in OPEN]


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "head"])
@pytest.mark.parametrize("path", GUARDED)
def test_anonymous_request_is_redirected_to_log_in(post, client: Client, path: str, method: str) -> None:
    answer = getattr(client, method)(path)
    assert answer.status_code == 302 and answer["Location"].startswith("/desk/log-in?next=%2Fdesk%2F")


@pytest.mark.parametrize("path", GUARDED)
def test_script_without_log_in_gets_401(post, client: Client, path: str) -> None:
    assert client.post(path, headers={"X-Requested-With": "fetch"}).status_code == 401


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", GUARDED)
def test_person_without_seat_is_refused(post, client: Client, path: str, method: str) -> None:
    client.force_login(User.objects.create_user("stranger"))
    assert getattr(client, method)(path).status_code in (403, 404)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", [path for path in GUARDED if "/live/" in path])
def test_seat_of_another_live_blog_gets_404(post, client: Client, clock, path: str, method: str) -> None:
    other = open_blog(slug="other", headline="Other", zone="UTC", by="x", now=clock())
    client.force_login(create_user("lena", PASSWORD, "admin", blog=other))
    assert getattr(client, method)(path).status_code == 404


ROLES = ["contributor", "reporter", "editor", "admin"]


@pytest.mark.parametrize("role", ROLES)
def test_role_reaches_pages_of_its_permissions(post, client: Client, role: str) -> None:
    client.force_login(create_user("lena", PASSWORD, role))
    rank = ROLES.index
    for pattern, path in addresses():
        if pattern.name in OPEN:
            continue
        verb = pattern.callback.permission
        allowed = verb == ANY_SEAT or rank(role) >= rank(MINIMUM_ROLE[verb])
        assert (client.get(path).status_code == 403) is not allowed, path


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("role", ROLES)
def test_role_is_refused_what_its_permissions_lack(post, client: Client, role: str, method: str) -> None:
    """Every address refuses every method to the roles below its own; a refused request changes nothing."""
    client.force_login(create_user("lena", PASSWORD, role))
    before = list(Post.objects.values()), list(LiveBlog.objects.values())
    for pattern, path in addresses():
        verb = MINIMUM_ROLE.get(getattr(pattern.callback, "permission", ANY_SEAT))
        if verb is not None and ROLES.index(role) < ROLES.index(verb):
            assert getattr(client, method)(path).status_code == 403, path
    assert before == (list(Post.objects.values()), list(LiveBlog.objects.values()))


CONTRIBUTOR_PAGES = {
    *("", "find", "live/storm-maren", "live/storm-maren/timeline", "live/storm-maren/readers", "live/storm-maren/find"),
    *("live/storm-maren/drafts", "live/storm-maren/preview", "live/storm-maren/pictures", "live/storm-maren/submit"),
    *(
        "live/storm-maren/submitted",
        f"live/storm-maren/submitted/{POST}",
        f"live/storm-maren/submitted/{POST}/take-back",
    ),
    *(f"live/storm-maren/drafts/{POST}/discard", "language"),
}


def test_contributor_reaches_these_addresses_only(post, client: Client) -> None:
    client.force_login(create_user("lena", PASSWORD, "contributor"))
    reached = {path for pattern, path in addresses() if client.get(path).status_code not in (403, 404)}
    own = {path for path in reached if path.startswith(("/desk/account", "/desk/log-"))}
    assert reached - own == {f"/desk/{path}" for path in CONTRIBUTOR_PAGES}


def test_every_view_names_its_permission() -> None:
    verbs = {pattern.callback.permission for pattern, _ in addresses() if pattern.name not in OPEN}
    assert verbs <= {*MINIMUM_ROLE, ANY_SEAT}


def test_reporter_cannot_publish_an_alert_with_a_post(post, client: Client) -> None:
    client.force_login(create_user("lena", PASSWORD, "reporter"))
    answer = client.post("/desk/live/storm-maren", {"headline": "New", "then": "alert"})
    assert answer.status_code == 302 and answer["Location"] == "/desk/live/storm-maren"


def test_every_api_operation_requires_a_token(post, client: Client) -> None:
    for prefix, router in api._routers:
        for template, view in router.path_operations.items():
            path = f"/api/v1{prefix}{template}".format(slug="storm-maren", post_id=POST, alert_id=POST)
            if path == "/api/v1/":  # open: it links to the description
                continue
            for operation in view.operations:
                for method in operation.methods:
                    assert client.generic(method, path, "{}", "application/json").status_code == 401, path


def test_desk_pages_are_not_cached(post, client: Client) -> None:
    client.force_login(create_user("lena", PASSWORD, "editor"))
    answer = client.get("/desk/live/storm-maren")
    assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]


def test_cookies_are_limited_to_the_desk(post, client: Client) -> None:
    create_user("lena", PASSWORD, "editor")
    client.get("/desk/log-in")
    client.post("/desk/log-in", {"username": "lena", "password": PASSWORD})
    client.post("/desk/live/storm-maren/state", {"state": "paused"})
    assert client.cookies and {cookie["path"] for cookie in client.cookies.values()} == {"/desk/"}
    assert all(cookie["httponly"] for cookie in client.cookies.values())


def test_log_in_returns_to_the_requested_page(post, client: Client) -> None:
    create_user("lena", PASSWORD, "editor")
    query = client.post("/desk/live/storm-maren", {"headline": "x"})["Location"]
    answer = client.post(query, {"username": "lena", "password": PASSWORD, "next": "/desk/live/storm-maren"})
    assert answer["Location"] == "/desk/live/storm-maren"
    answer = Client().post("/desk/log-in", {"username": "lena", "password": PASSWORD, "next": "https://evil.test/"})
    assert answer["Location"] == "/desk/"


def test_wrong_password_shows_an_error_and_keeps_the_name(db, client: Client) -> None:
    answer = client.post("/desk/log-in", {"username": "lena", "password": "wrong"})
    assert "do not match" in answer.content.decode() and 'value="lena"' in answer.content.decode()


def test_log_out_requires_a_post(post, client: Client) -> None:
    client.force_login(create_user("lena", PASSWORD, "editor"))
    assert client.get("/desk/log-out").status_code == 405
    assert client.post("/desk/log-out").status_code == 302
    assert client.get("/desk/").status_code == 302


def test_form_without_csrf_token_gets_an_explanation(post, settings) -> None:
    settings.CSRF_FAILURE_VIEW = "stoppress.desk.views.log_in.csrf_failure"
    client = Client(enforce_csrf_checks=True)
    client.force_login(create_user("lena", PASSWORD, "editor"))
    answer = client.post("/desk/live/storm-maren", {"headline": "Forged"})
    assert answer.status_code == 403 and "Your text is saved" in answer.content.decode()
    assert not Post.objects.filter(revision__headline="Forged").exists()


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [
        ("lena", "short", "editor"),
        ("lena", "password123", "editor"),
        ("", PASSWORD, "editor"),
        ("lena", PASSWORD, "boss"),
    ],
)
def test_invalid_person_is_not_created(db, name: str, password: str, role: str) -> None:
    with pytest.raises(PersonError):
        create_user(name, password, role)
    assert not User.objects.exists()


def test_user_name_is_unique(db) -> None:
    create_user("lena", PASSWORD)
    with pytest.raises(PersonError, match="already"):
        create_user("lena", PASSWORD)
    assert Seat.objects.count() == 1
