"""The desk's page of what came back."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from stoppress.desk.access.people import create_user
from stoppress.inbound.models import Bounce
from stoppress.inbound.receive.parse_arrival import arrival_of
from stoppress.inbound.record_report import take
from tests.factories.returned_mail import bounce, delivered, reader

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    create_user("ines", "the-tide-has-turned", "admin", display="Ines Okafor")
    client = Client()
    assert client.login(username="ines", password="the-tide-has-turned")
    return client


def test_it_is_empty_at_first(admin):
    page = admin.get("/desk/returns").content.decode()
    assert "Nothing has come back" in page and 'href="/desk/returns"' in page


def test_it_shows_reasons_domains_and_trouble_but_no_address_in_full(admin, clock):
    now = clock()
    sent = delivered(reader("ada@mail.example", now), now)
    for n in range(3):
        message = bounce(sent, status="5.2.2", said="552 5.2.2 mailbox full", by=f"<{n}@mx.example>")
        take(arrival_of(message, via="smtp"), now=now)
    take(arrival_of(bounce(None, by="<x@mx.example>"), via="imap"), now=now)
    Bounce.objects.update(at=datetime.now(UTC))
    page = admin.get("/desk/returns").content.decode()
    assert "mailbox full" in page and "mail.example" in page and "not proven" in page
    assert "a…@mail.example" in page and "<td>3.0</td>" in page and "ada@" not in page
