"""On SQLite, requests write before a mailer that writes without a pause."""

import threading
import time
from io import BytesIO
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from stoppress.runtime import notifications
from stoppress.service.database.database_url import parse_database_url
from stoppress.service.database.sqlite.base import DatabaseWrapper
from stoppress.service.database.sqlite.write_precedence import MAX_YIELD_SECONDS, WritePrecedence
from stoppress.service.processes.request_threads import DjangoHandler, is_newsroom_write

pytestmark = pytest.mark.django_db

HELD = 0.01
"""Seconds of each of the mailer's transactions."""


def connected(home: Path, *, yields: bool = False) -> DatabaseWrapper:
    settings = {"AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "TIME_ZONE": None, "CONN_HEALTH_CHECKS": False}
    wrapper = DatabaseWrapper(settings | {"TEST": {}} | parse_database_url("", home))
    wrapper.yields = yields
    wrapper.ensure_connection()
    return wrapper


def written(connection: DatabaseWrapper, who: str, held: float = 0.0) -> None:
    connection._start_transaction_under_autocommit()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO log VALUES (%s)", [who])
    time.sleep(held)
    connection.commit()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    connection = connected(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE log (who TEXT)")
    connection.close()
    return tmp_path


def test_request_waits_for_at_most_one_transaction_of_the_mailer(home):
    stop, turns = threading.Event(), list[float]()

    def mail() -> None:
        mailer = connected(home, yields=True)
        while not stop.is_set():
            written(mailer, "mailer", HELD)
            turns.append(time.monotonic())
        mailer.close()

    thread = threading.Thread(target=mail)
    thread.start()
    request, between = connected(home), list[int]()
    try:
        for _ in range(20):
            time.sleep(0.017)
            begun = time.monotonic()
            written(request, "request")
            ended = time.monotonic()
            between.append(sum(begun < turn < ended for turn in turns))
    finally:
        stop.set()
        thread.join()
        request.close()
    assert sorted(between)[-2] <= 1, between  # one may have met the mailer just as it looked
    assert len(turns) > 10


def test_precedence_lasts_over_several_transactions(home):
    request, mailer = connected(home), WritePrecedence(str(home / "stoppress.sqlite3-first"))
    with request.first():
        written(request, "request")
        assert mailer._has_request()
        written(request, "request")
        assert mailer._has_request()
    assert not mailer._has_request()
    written(request, "request")
    assert not mailer._has_request()
    request.close()
    mailer.close()


def test_yielding_mailer_does_not_starve(tmp_path):
    request, mailer = WritePrecedence(str(tmp_path / "first")), WritePrecedence(str(tmp_path / "first"))
    mailer.wait_for_requests()
    assert mailer.waited_at < time.monotonic() - 1000
    request.begin_request()
    begun = time.monotonic()
    mailer.wait_for_requests()
    assert MAX_YIELD_SECONDS <= time.monotonic() - begun < MAX_YIELD_SECONDS + 5
    assert begun < mailer.waited_at
    request.close()  # as the kernel does when its process ends
    assert not mailer._has_request()
    mailer.close()


REQUESTS = [
    (RequestFactory().post("/desk/live/storm/posts"), True),
    (RequestFactory().post("/api/v1/blogs/storm/posts", headers={"authorization": "Bearer x"}), True),
    (RequestFactory().get("/desk/live/storm"), False),
    (RequestFactory().get("/api/v1/blogs", headers={"authorization": "Bearer x"}), False),
    (RequestFactory().post("/alerts/sign-up"), False),
]


@pytest.mark.parametrize(("request_", "held"), REQUESTS, ids=str)
def test_mail_pauses_for_newsroom_writes_only(request_, held):
    assert is_newsroom_write(request_) is held


def test_newsroom_write_is_announced_before_it_begins(monkeypatch):
    order: list[str] = []
    django = DjangoHandler()

    def answer(request: HttpRequest) -> HttpResponse:
        order.append(f"answered {request.path}")
        return HttpResponse()

    monkeypatch.setattr(django, "get_response", answer)
    stop = notifications.listen(notifications.INTERACTIVE_WRITE, lambda: order.append("announced"))
    try:
        django._answer({"type": "http", "method": "POST", "path": "/desk/open", "headers": []}, BytesIO())
        django._answer({"type": "http", "method": "POST", "path": "/alerts/sign-up", "headers": []}, BytesIO())
    finally:
        stop()
    assert order == ["announced", "answered /desk/open", "answered /alerts/sign-up"]


def test_writes_work_when_the_lock_file_is_missing(tmp_path):
    alone = WritePrecedence(str(tmp_path / "no such folder" / "first"))
    alone.begin_request()
    alone.wait_for_requests()
    alone.end_request()
    alone.close()
