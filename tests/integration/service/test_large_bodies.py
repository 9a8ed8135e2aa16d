"""Large bodies are read for people whose session may send files, and within a budget; others are refused unread."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from typing import NamedTuple

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from PIL import Image

from stoppress.coverage.models import LiveBlog, Picture
from stoppress.desk.access.api_tokens import create_token
from stoppress.desk.access.people import create_user
from stoppress.service.processes import body_limit
from tests.support.web_server import Serving

LARGE = 4 * 1024 * 1024
PICTURES = "/desk/live/storm-maren/pictures"
UNKNOWN_POST = "4b7a1f6e-0c5d-4f3a-9a52-0d8f6f3a1c11"


@pytest.fixture
def cookie(blog: LiveBlog, transactional_db: None) -> str:
    client = Client()
    client.force_login(create_user("ines", "correct-horse-9", "editor"))
    return client.cookies["stoppress_desk"].value


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def announce(serving: Serving, path: str, length: int, **headers: str) -> Answer:
    """Send the head of a POST and no body, and return the response."""
    with closing(http.client.HTTPConnection("127.0.0.1", serving.port, timeout=20)) as connection:
        return _announce(connection, path, length, headers)


def _announce(connection: http.client.HTTPConnection, path: str, length: int, headers: dict[str, str]) -> Answer:
    connection.putrequest("POST", path, skip_host=True)
    for name, value in {"Host": "localhost", "Content-Length": str(length), **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def is_waited_for(serving: Serving, path: str, length: int, **headers: str) -> bool:
    """Return True if the server waits for the body instead of answering."""
    try:
        with socket.create_connection(("127.0.0.1", serving.port), 20) as client:
            lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}"]
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
            client.sendall("\r\n".join([*lines, "", ""]).encode())
            client.settimeout(1.5)
            return not client.recv(1)
    except TimeoutError:
        return True


@pytest.mark.parametrize(
    "path",
    [
        "/desk/log-in",
        "/desk/live/storm-maren/drafts",
        "/desk/live/storm-maren/state",
        "/desk/no-such-page",
        "/api/v1/live/storm-maren/posts",
        "/alerts",
        "/",
    ],
)
def test_large_body_is_413_where_no_file_is_taken(cookie: str, serving: Serving, path: str) -> None:
    response = announce(serving, path, LARGE, Cookie=f"stoppress_desk={cookie}")
    assert response.status == 413


@pytest.mark.parametrize(
    "path",
    [
        "/desk/live/storm-maren",
        PICTURES,
        "/desk/live/storm-maren/preview",
        f"/desk/live/storm-maren/posts/{UNKNOWN_POST}/edit",
        f"/desk/live/storm-maren/posts/{UNKNOWN_POST}/correct",
    ],
)
def test_large_body_of_a_stranger_is_refused_unread_where_files_are_taken(
    cookie: str, serving: Serving, path: str
) -> None:
    for stranger in ({}, {"Cookie": "stoppress_desk=invented"}):
        response = announce(serving, path, LARGE, **stranger)
        assert (response.status, response.headers["location"]) == (
            302,
            "/desk/log-in?next=%2Fdesk%2Flive%2Fstorm-maren",
        )
    script = announce(serving, path, LARGE, X_Requested_With="fetch")
    assert script.status == 401 and b"logged out" in script.body
    assert is_waited_for(serving, path, LARGE, Cookie=f"stoppress_desk={cookie}")


def test_large_body_of_a_person_without_the_permission_is_refused_unread(cookie: str, serving: Serving) -> None:
    other = Client()
    other.force_login(User.objects.create_user("eve"))
    response = announce(serving, PICTURES, LARGE, Cookie=f"stoppress_desk={other.cookies['stoppress_desk'].value}")
    assert response.status in (403, 404)


def test_body_above_25_mebibytes_is_413_for_everybody(cookie: str, serving: Serving) -> None:
    response = announce(serving, PICTURES, 25 * 1024 * 1024 + 1, Cookie=f"stoppress_desk={cookie}")
    assert response.status == 413


def test_large_picture_of_an_editor_is_stored(cookie: str, serving: Serving, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    out = BytesIO()
    Image.effect_noise((2300, 2000), 90).save(out, "PNG")
    assert len(out.getvalue()) > 3 * 1024 * 1024
    token = "a" * 32
    head = b'--x\r\nContent-Disposition: form-data; name="picture_file"; filename="a.png"\r\n\r\n'
    fields = b'\r\n--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n' + token.encode()
    headers = {
        "Host": "localhost",
        "Content-Type": "multipart/form-data; boundary=x",
        "Cookie": f"stoppress_desk={cookie}; stoppress_csrf={token}",
        "Origin": "http://localhost",
    }
    with closing(http.client.HTTPConnection("127.0.0.1", serving.port, timeout=90)) as connection:
        connection.request("POST", PICTURES, head + out.getvalue() + fields + b"\r\n--x--\r\n", headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
    assert Picture.objects.get().width == 2300


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("newsroom_budget", "strangers_budget"):
        monkeypatch.setattr(body_limit, name, body_limit.ByteBudget(100_000))
    yield


def test_upload_is_503_while_the_budget_is_spent(cookie: str, serving: Serving, no_room: None) -> None:
    response = announce(serving, PICTURES, LARGE, Cookie=f"stoppress_desk={cookie}")
    assert response.status == 503 and int(response.headers["retry-after"]) > 0
    assert announce(serving, "/alerts", 200_000).status == 503
    assert is_waited_for(serving, "/alerts", 60_000)  # small bodies need no budget


def test_budget_of_strangers_is_not_that_of_the_newsroom(cookie: str, serving: Serving, monkeypatch) -> None:
    monkeypatch.setattr(body_limit, "strangers_budget", body_limit.ByteBudget(0))
    bearer = f"Bearer {create_token('agency')}"
    path = "/api/v1/live/storm-maren/posts"
    assert is_waited_for(serving, path, 100_000, Authorization=bearer)
    assert announce(serving, path, 100_000, Authorization="Bearer sp_invented").status == 503


def test_chunked_body_is_counted_as_it_arrives_and_released(cookie: str, serving: Serving, no_room: None) -> None:
    for size, is_refused in ((90_000, False), (90_000, False), (200_000, True)):
        with closing(http.client.HTTPConnection("127.0.0.1", serving.port, timeout=20)) as connection:
            connection.request("POST", "/alerts", iter([b"a" * size]), {"Host": "localhost"}, encode_chunked=True)
            response = connection.getresponse()
            response.read()
            assert (response.status == 503) == is_refused, response.status


def test_sessions_of_strangers_are_not_created(cookie: str, serving: Serving) -> None:
    announce(serving, PICTURES, LARGE, Cookie="stoppress_desk=invented")
    assert not SessionStore().exists("invented")
