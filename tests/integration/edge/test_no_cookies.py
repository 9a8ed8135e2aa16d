"""Readers' addresses read and set no cookie, whatever a browser sends."""

import pytest
from django.test import Client

from stoppress.coverage import actions
from stoppress.coverage.post_content import Content

pytestmark = pytest.mark.django_db
SENT = "stoppress_desk=not-a-session; stoppress_csrf=%00broken; messages=junk"


@pytest.mark.parametrize("address", ["/", "/live/storm-maren", "/alerts", "/live/no-such", "/healthz", "/media/x"])
def test_malformed_cookies_are_ignored(blog, clock, address):
    actions.publish("storm-maren", Content(headline="Ferry waits"), by="tom", now=clock.tick())
    answer = Client(headers={"Cookie": SENT}).get(address)
    assert "Set-Cookie" not in answer.headers and not answer.cookies
    assert "cookie" not in answer.headers.get("Vary", "").lower()


def test_sign_up_sets_no_cookie(db):
    answer = Client(enforce_csrf_checks=True, headers={"Cookie": SENT}).post(
        "/alerts", {"email": "amina@readers.example"}
    )
    assert answer.status_code == 200 and not answer.cookies


def test_desk_form_is_refused_without_csrf_token(db):
    answer = Client(enforce_csrf_checks=True).post("/desk/log-in", {"username": "x", "password": "y"})
    assert answer.status_code == 403
