"""In which language somebody asked is the one that they are written to in."""

import pytest
from django.test import Client

from stoppress.alerts.mail.message import letter_mould
from stoppress.alerts.models import Delivery, Subscriber
from stoppress.alerts.phrases import accepted
from tests.readers import confirmed, manage_path

pytestmark = pytest.mark.django_db


def asked(query="", header="", **given):
    answer = Client().post(
        f"/alerts{query}", {"email": "mari@example.com", **given}, headers={"Accept-Language": header} if header else {}
    )
    assert answer.status_code == 200
    return Subscriber.objects.get().language


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ({}, ""),
        ({"header": "de-AT,de;q=0.9,en;q=0.5"}, "de"),
        ({"header": "en-US,en;q=0.9,uk;q=0.8"}, ""),
        ({"header": "fr;q=0.1,uk;q=0.8"}, "uk"),
        ({"header": "de;q=0,es"}, "es"),
        ({"header": "tlh,*"}, ""),
        ({"query": "?lang=fr", "header": "de"}, "fr"),
        ({"lang": "uk", "query": "?lang=fr"}, "uk"),
        ({"lang": "../x", "header": "ar"}, "ar"),
        ({"lang": "en", "header": "de"}, ""),
    ],
)
def test_the_form_the_address_and_the_browser_say_it_in_this_order(given, language):
    assert asked(**given) == language


def test_the_letter_speaks_it():
    asked(header="uk")
    row = Delivery.objects.select_related("subscriber").get()
    letter = letter_mould("confirm", "Breaking news", row.made_at, row.subscriber.language)
    assert b"Content-Language: uk" in letter.pieces[2]


def test_the_form_keeps_the_language_that_it_was_opened_in(client):
    page = client.get("/alerts?lang=de").content.decode()
    assert '<input type="hidden" name="lang" value="de">' in page


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ({"language": "cy", "header": "de"}, "cy"),
        ({"language": "", "header": "de"}, ""),
        ({"language": "", "header": "uk"}, "uk"),
        ({"language": "en", "header": "de"}, "en"),
        ({"header": "de"}, "de"),
    ],
)
def test_who_may_choose_a_language_has_the_last_word(settings, given, language):
    settings.READERS_LANGUAGES = ["en", "cy", "de"]
    assert asked(**given) == language


def test_the_choice_begins_with_the_language_of_the_browser(client, settings):
    settings.READERS_LANGUAGES = ["en", "cy", "de"]
    page = client.get("/alerts", headers={"Accept-Language": "de-CH"}).content.decode()
    assert '<option value="de" lang="de" selected>' in page


def test_a_reader_s_own_page_offers_their_language_and_to_take_it_back(client, settings):
    settings.READERS_LANGUAGES = ["en", "de"]
    reader = confirmed(lang="uk")
    assert '<option value="uk" lang="uk" selected>' in client.get(manage_path(reader)).content.decode()
    for given, kept in (({}, "uk"), ({"language": "uk"}, "uk"), ({"language": "tlh"}, ""), ({"language": "de"}, "de")):
        client.post(manage_path(reader), {"topic": ["breaking"], "zone": "Europe/Kyiv", **given})
        reader.refresh_from_db()
        assert (reader.language, reader.zone) == (kept, "Europe/Kyiv")
        Subscriber.objects.update(language="uk")


@pytest.mark.parametrize("header", ["", ",", ";q=1", "de;q=x", "de;q=9", "é", "de" * 300, "a,b,c", "*", "\x00de"])
def test_what_is_no_header_asks_for_nothing(header):
    assert accepted(header) == []
