"""Recognise the system that exported a list, and map its records."""

import io
from datetime import UTC, datetime

import pytest

from stoppress.signup.lists import ImportRow, InvalidListError, RejectedRow, map_rows, read_records
from stoppress.signup.lists.column_mapping import parse_time
from stoppress.subscribers.choices import Frequency

LISTMONK = """uuid,email,name,attributes,status,created_at,updated_at
a,mari@example.com,Mari,"{""city"": ""Halden""}",enabled,2024-01-02T03:04:05.678Z,2024-01-02T03:04:05Z
b,tove@example.com,Tove,{},blocklisted,2024-01-02T03:04:05Z,2024-01-02T03:04:05Z
c,odd@example.com,Odd,{},disabled,2024-01-02T03:04:05Z,2024-01-02T03:04:05Z
"""
MAILCHIMP = """"Email Address","First Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,TIMEZONE,LEID,EUID
mari@example.com,Mari,2,"2019-03-05 12:33:01",203.0.113.9,"2019-03-05 12:40:00",203.0.113.9,europe/oslo,1,2
tove@example.com,Tove,2,"2019-03-05 12:33:01",203.0.113.9,,,,1,2
"""


def read(text: str, form: str = "auto") -> list[ImportRow | RejectedRow]:
    return list(map_rows(read_records(io.BytesIO(text.encode())), form))


def test_listmonk_export_is_mapped() -> None:
    mari, tove, odd = read(LISTMONK)
    at = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert mari == ImportRow(2, "mari@example.com", requested_at=at, confirmed_at=at, wording="enabled in listmonk")
    assert tove == RejectedRow(3, "blocklisted in listmonk", "tove@example.com")
    assert odd == RejectedRow(4, "disabled in listmonk", "odd@example.com")


def test_listmonk_export_of_one_list_rejects_the_unsubscribed() -> None:
    head = "uuid,email,status,subscription_status\n"
    left, unsure = read(head + "a,a@x.org,enabled,unsubscribed\nb,b@x.org,enabled,unconfirmed\n")
    assert isinstance(left, RejectedRow) and isinstance(unsure, ImportRow) and not unsure.confirmed


def test_mailchimp_export_is_mapped() -> None:
    mari, tove = read(MAILCHIMP)
    assert isinstance(mari, ImportRow) and isinstance(tove, ImportRow)
    assert (mari.zone, mari.confirmed) == ("Europe/Oslo", True)
    assert mari.confirmed_at == datetime(2019, 3, 5, 12, 40, tzinfo=UTC)
    assert not tove.confirmed


def test_mailchimp_export_is_mapped_when_headings_are_localised() -> None:
    assert isinstance(row := read(MAILCHIMP.replace("Email Address", "E-Mail-Adresse"))[0], ImportRow)
    assert row.email == "mari@example.com"


@pytest.mark.parametrize(("column", "text_of_error"), [("UNSUB_TIME", "unsubscribed"), ("CLEAN_TIME", "cleaned")])
def test_mailchimp_file_of_unsubscribed_or_cleaned_is_rejected(column: str, text_of_error: str) -> None:
    found = read(MAILCHIMP.replace("LEID", f"{column},LEID"))
    assert all(isinstance(one, RejectedRow) and text_of_error in one.reason for one in found) and len(found) == 2


def test_own_export_is_mapped_with_all_columns() -> None:
    head = "email,topic,state,frequency,language,zone,requested_at,confirmed_at,unsubscribed_at,suppressed\n"
    row, left, dead, open_wish = read(
        head
        + "'=a@x.org,politics,confirmed,morning,cy,Europe/London,2026-01-02T03:04:05Z,2026-01-02T03:05:05Z,,\n"
        + "b@x.org,breaking,unsubscribed,instant,,,2026-01-02T03:04:05Z,2026-01-02T03:05:05Z,2026-01-03T00:00:00Z,\n"
        + "c@x.org,breaking,suppressed,instant,,,2026-01-02T03:04:05Z,,,complaint\n"
        + "d@x.org,breaking,requested,instant,,,2026-01-02T03:04:05Z,,,\n"
    )
    assert isinstance(row, ImportRow) and isinstance(open_wish, ImportRow)
    assert (row.email, row.topic, row.frequency, row.language) == ("=a@x.org", "politics", Frequency.MORNING, "cy")
    assert isinstance(left, RejectedRow) and left.reason == "unsubscribed before"
    assert isinstance(dead, RejectedRow) and dead.reason == "suppressed"
    assert not open_wish.confirmed


@pytest.mark.parametrize(
    "text", ["E-Mail\nmari@example.com\n", "mari@example.com\n", "Name;Email address\nM;mari@example.com\n"]
)
def test_any_list_with_addresses_is_mapped(text: str) -> None:
    assert isinstance(row := read(text)[0], ImportRow) and row.email == "mari@example.com"


@pytest.mark.parametrize(
    ("text", "form", "text_of_error"),
    [("", "auto", "empty"), ("name\nMari\n", "auto", "no column"), (LISTMONK, "mailchimp", "not those of mailchimp")],
)
def test_file_is_refused_when_it_is_no_list(text: str, form: str, text_of_error: str) -> None:
    with pytest.raises(InvalidListError, match=text_of_error):
        read(text, form)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2024-01-02 03:04:05", True),
        ("2024-01-02T05:04:05.123456+02:00", True),
        ("2024-01-02 03:04:05 +0000 UTC", True),
        ("02/01/2024", False),
        ("2024-13-02 03:04:05", False),
        ("0001-01-01 00:00:00+10:00", False),
        ("", False),
    ],
)
def test_times_are_parsed(text: str, known: bool) -> None:
    assert parse_time(text) == (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC) if known else None)
