"""While nothing can be written: 503, one log line, reads go on, and a form comes back with its text."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from stoppress.coverage.actions import publish
from stoppress.coverage.post_content import Content
from stoppress.delivery.models import Alert
from stoppress.desk.access.api_tokens import create_token
from stoppress.desk.access.people import create_user
from stoppress.desk.access.rate_limits import allow_api_call
from stoppress.runtime.storage_faults import StorageFault
from stoppress.service.log_format import StorageFaultFilter
from stoppress.service.middleware import other_version_cache
from tests.factories.alerts import add_subscribers, send_post_alert
from tests.support.api_client import Caller

POSTS = "/api/v1/live/storm-maren/posts"
TEXT = {"headline": "Sea wall “gives” way", "body": "<p>The lower town & the harbour are being cleared.</p>"}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif("connection.vendor != 'sqlite'")]


@pytest.fixture
def api(blog, clock) -> Caller:
    post = publish("storm-maren", Content("Alarm", "<p>One.</p>"), by="ines", now=clock())
    add_subscribers(1, clock())
    send_post_alert(blog, post, clock)
    return Caller(create_token("wire robot", ("posts:read", "posts:write", "alerts:read")))


@pytest.fixture
def lines(monkeypatch) -> list[str]:
    """Return the log lines that the installation's handler would write."""
    found: list[str] = []
    filters = [(handler, each) for handler in logging.getLogger().handlers for each in handler.filters]
    handler, fault_filter = next(pair for pair in filters if isinstance(pair[1], StorageFaultFilter))
    monkeypatch.setattr(fault_filter, "_faults", {})
    monkeypatch.setattr(handler, "emit", lambda record: found.append(handler.format(record)))
    return found


@pytest.fixture
def read_only() -> Iterator[None]:
    """Let the database refuse every write."""
    yield from _with_pragma("query_only = 1", "query_only = 0")


@pytest.fixture
def full() -> Iterator[None]:
    """Let the database have no room."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    yield from _with_pragma("max_page_count = 1", "max_page_count = 1000000")


def _with_pragma(begin: str, end: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {begin}")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {end}")


@pytest.mark.parametrize("fault", ["read_only", "full"])
def test_api_answers_503_with_a_problem_and_one_log_line(api, lines, request, fault) -> None:
    request.getfixturevalue(fault)
    bodies = [{"text": "Word. " * 3000} for _ in range(5)]
    responses = [api("POST", POSTS, body) for body in bodies]
    assert {response.status_code for response in responses} == {503}
    response = responses[0]
    assert response["Retry-After"] == "5" and response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"].endswith("/api/v1/docs#unavailable") and problem["status"] == 503
    expected = {"read_only": "the database is read-only", "full": "the disk is full"}[fault]
    assert expected in problem["detail"]
    assert (
        len(lines) == 1
        and f" {expected}: API request failed: POST {POSTS} (" in lines[0]
        and "Traceback" not in lines[0]
        and "\n" not in lines[0]
    )


def test_reads_of_the_api_go_on_while_nothing_can_be_written(api, read_only) -> None:
    assert api("GET", POSTS).status_code == 200
    path = f"/api/v1/live/storm-maren/alerts/{Alert.objects.get().pk}"
    assert api("GET", path).json()["intended"] == 1


def test_reads_of_the_api_are_limited_to_300_a_minute_by_each_process(monkeypatch) -> None:
    monkeypatch.setattr("stoppress.runtime.rate_limits._process_counters", {})
    now = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)
    allowed = [allow_api_call(7, writes=False, now=now) for _ in range(301)]
    assert allowed == [True] * 300 + [False]
    assert allow_api_call(8, writes=False, now=now)
    assert allow_api_call(7, writes=False, now=now + timedelta(minutes=1))


@pytest.fixture
def editor(blog) -> Client:
    create_user("ines", "correct-horse-9", "admin")
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(User.objects.get())
    page = client.get("/desk/live/storm-maren").content.decode()
    [TEXT["csrfmiddlewaretoken"]] = set(re.findall('name="csrfmiddlewaretoken" value="([^"]+)"', page))
    return client


def test_form_of_the_desk_comes_back_with_its_text(editor, lines, read_only) -> None:
    response = editor.post("/desk/live/storm-maren", TEXT)
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "5", "no-store")
    page = response.content.decode()
    for name, value in list(TEXT.items())[:2]:
        assert f'<textarea name="{name}" hidden>\n{value}</textarea>' in unescape(page)
    assert "csrfmiddlewaretoken" in page and "The lower town &amp; the harbour are being cleared." in page
    assert len(lines) == 1


def test_form_from_another_site_is_not_shown(editor, read_only) -> None:
    response = editor.post("/desk/live/storm-maren", TEXT | {"csrfmiddlewaretoken": "x" * 64})
    assert response.status_code == 403 and "harbour" not in response.content.decode()


def test_password_is_not_shown_when_a_log_in_fails(blog, read_only) -> None:
    client = Client(raise_request_exception=False)
    response = client.post("/desk/log-in", {"username": "ines", "password": "correct-horse-9"})
    assert response.status_code == 503 and "correct-horse-9" not in response.content.decode()


def test_readers_form_comes_back_in_the_readers_language(read_only) -> None:
    form = {"email": "ada@readers.example", "topic": "breaking"}
    response = Client(raise_request_exception=False).post("/alerts", form, headers={"Accept-Language": "de"})
    assert response.status_code == 503 and response["Retry-After"] == "5"
    assert "ada@readers.example" in response.content.decode() and 'lang="de"' in response.content.decode()


def test_writes_are_refused_when_a_newer_version_migrated_the_database(api, editor, lines, monkeypatch) -> None:
    other_version_cache.invalidate()
    monkeypatch.setattr("stoppress.runtime.storage_faults.known_version.is_other", lambda: True)
    try:
        response = api("POST", POSTS, {"text": "One."})
        page = editor.post("/desk/live/storm-maren", TEXT)
        assert (response.status_code, page.status_code) == (503, 503) and "harbour" in page.content.decode()
        assert "migrated by another version" in response.json()["detail"]
        assert api("GET", POSTS).status_code == 200 and len(lines) == 1
    finally:
        other_version_cache.invalidate()


def test_fault_is_logged_once_a_minute_with_the_number_of_omitted_lines() -> None:
    seconds = [0.0]
    filter_ = StorageFaultFilter(lambda: seconds[0])

    def logged() -> str:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            record = logging.LogRecord("x", logging.ERROR, "", 0, "saving failed", None, (type(error), error, None))
        return record.getMessage() if filter_.filter(record) else ""

    assert logged() == "the disk is full: saving failed ([Errno 28] No space left on device)"
    seconds[0] = 59.0
    assert [logged(), logged()] == ["", ""]
    seconds[0] = 60.0
    assert logged().endswith("; 2 more since the last line")
    assert StorageFault.FULL == "the disk is full"
