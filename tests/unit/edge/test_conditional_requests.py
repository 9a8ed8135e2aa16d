"""The copy that a client has: tags are compared before dates, and a date counts once its second is over."""

from datetime import UTC, datetime, timedelta

import pytest

from stoppress.edge.cache.public_response import last_modified_date
from stoppress.edge.http.conditional_requests import ClientCopy

AT = datetime(2026, 3, 8, 20, 4, 11, 250_000, tzinfo=UTC)
END = "Sun, 08 Mar 2026 20:04:12 GMT"


def test_last_modified_is_the_end_of_the_second_once_it_is_over():
    assert last_modified_date(AT, AT + timedelta(seconds=0.5)) == ""
    assert last_modified_date(AT, AT + timedelta(seconds=0.75)) == END
    assert last_modified_date(AT.replace(microsecond=0), AT) == "Sun, 08 Mar 2026 20:04:11 GMT"


def test_client_copy_is_outdated_when_its_second_had_two_changes():
    copy_date = last_modified_date(AT - timedelta(seconds=1), AT)
    assert not ClientCopy("", copy_date).is_current('"b"', last_modified_date(AT, AT + timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("tags", "since", "is_current"),
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
def test_client_copy_is_compared_by_tag_before_date(tags, since, is_current):
    assert ClientCopy(tags, since).is_current('"a"', END) is is_current


def test_client_copy_is_outdated_when_the_response_has_no_validator():
    assert not ClientCopy("*", "").is_current("", "") and not ClientCopy("", END).is_current("", "")
