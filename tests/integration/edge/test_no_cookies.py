"""Readers' addresses read and set no cookie, whatever a browser sends along."""

import pytest
from django.test import Client

from stoppress.coverage import actions
from stoppress.coverage.post_content import Content

pytestmark = pytest.mark.django_db
SENT = "stoppress_desk=not-a-session; stoppress_csrf=%00broken; messages=junk"


@pytest.mark.parametrize("address", ["/", "/live/storm-maren", "/alerts", "/live/no-such", "/healthz", "/media/x"])
def test_broken_cookies_are_neither_read_nor_answered(blog, clock, address):
    actions.publish("storm-maren", Content(headline="Ferry waits"), by="tom", now=clock.tick())
    answer = Client(headers={"Cookie": SENT}).get(address)
    assert "Set-Cookie" not in answer.headers and not answer.cookies
    assert "cookie" not in answer.headers.get("Vary", "").lower()


def test_a_sign_up_sets_no_cookie(db):
    answer = Client(enforce_csrf_checks=True, headers={"Cookie": SENT}).post(
        "/alerts", {"email": "amina@readers.example"}
    )
    assert answer.status_code == 200 and not answer.cookies


def test_a_form_of_the_desk_without_its_token_is_refused(db):
    answer = Client(enforce_csrf_checks=True).post("/desk/log-in", {"username": "x", "password": "y"})
    assert answer.status_code == 403
