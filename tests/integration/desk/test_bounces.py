"""The page of bounces."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from stoppress.desk.access.people import create_user
from stoppress.inbound.models import Bounce
from stoppress.inbound.receive.incoming_message import parse_incoming_message
from stoppress.inbound.record_report import record_report
from tests.factories.returned_mail import build_bounce, make_accepted_delivery, make_confirmed_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    create_user("ines", "the-tide-has-turned", "admin", display="Ines Okafor")
    client = Client()
    assert client.login(username="ines", password="the-tide-has-turned")
    return client


def test_bounces_are_empty_at_first(admin):
    page = admin.get("/desk/bounces").content.decode()
    assert "No bounces." in page and 'href="/desk/bounces"' in page


def test_bounces_show_reasons_domains_and_masked_addresses(admin, clock):
    now = clock()
    sent = make_accepted_delivery(make_confirmed_subscriber("ada@mail.example", now), now)
    for n in range(3):
        message = build_bounce(sent, status="5.2.2", reply="552 5.2.2 mailbox full", message_id=f"<{n}@mx.example>")
        record_report(parse_incoming_message(message, via="smtp"), now=now)
    record_report(parse_incoming_message(build_bounce(None, message_id="<x@mx.example>"), via="imap"), now=now)
    Bounce.objects.update(at=datetime.now(UTC))
    page = admin.get("/desk/bounces").content.decode()
    assert "mailbox full" in page and "mail.example" in page and "not proven" in page
    assert "a…@mail.example" in page and "<td>3.0</td>" in page and "ada@" not in page
