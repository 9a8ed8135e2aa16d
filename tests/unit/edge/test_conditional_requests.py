"""Who has it already: tags before dates, and a date only when its second is over."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.edge.cache.public_response import last_modified_date
from stoppress.edge.http.conditional_requests import ClientCopy

AT = datetime(2026, 3, 8, 20, 4, 11, 250_000, tzinfo=UTC)
END = "Sun, 08 Mar 2026 20:04:12 GMT"


def test_a_change_is_dated_at_the_end_of_its_second_and_not_before_that():
    assert last_modified_date(AT, AT + timedelta(seconds=0.5)) == ""
    assert last_modified_date(AT, AT + timedelta(seconds=0.75)) == END
    assert last_modified_date(AT.replace(microsecond=0), AT) == "Sun, 08 Mar 2026 20:04:11 GMT"


def test_two_changes_in_one_second_are_told_apart():
    held = last_modified_date(AT - timedelta(seconds=1), AT)
    assert not ClientCopy("", held).is_current('"b"', last_modified_date(AT, AT + timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("tags", "since", "met"),
    [
        ("", "", False),
        ('"a"', "", True),
        ('W/"a", "b"', "", True),
        ("*", "", True),
        ('"b"', END, False),
        ("", END, True),
        ("", "Sun, 08 Mar 2026 20:04:11 GMT", False),
        ("", "Mon, 09 Mar 2026 20:04:11 GMT", True),
        ("", "nonsense", False),
        ("", f"{END},{END}", False),
    ],
)
def test_tags_come_before_dates(tags, since, met):
    assert ClientCopy(tags, since).is_current('"a"', END) is met


def test_what_has_no_tag_and_no_date_is_never_had_already():
    assert not ClientCopy("*", "").is_current("", "") and not ClientCopy("", END).is_current("", "")
