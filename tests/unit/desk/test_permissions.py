"""Who may do what: the table, as a pure function."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.desk.access.permissions import MINIMUM_ROLE, ROLE_RANK, Grant, is_allowed
from stoppress.desk.models import Role

places = st.builds(Grant, st.sampled_from(list(Role)), st.one_of(st.none(), st.integers(1, 3)))
verbs = st.sampled_from(sorted(MINIMUM_ROLE))
blogs = st.one_of(st.none(), st.integers(1, 3))


@pytest.mark.parametrize(
    ("role", "verb", "allowed"),
    [
        (Role.REPORTER, "write", True),
        (Role.REPORTER, "correct", True),
        (Role.REPORTER, "withdraw", False),
        (Role.REPORTER, "alert", False),
        (Role.REPORTER, "pin", False),
        (Role.EDITOR, "alert", True),
        (Role.EDITOR, "open_blog", True),
        (Role.EDITOR, "inbox", False),
        (Role.ADMIN, "inbox", True),
        (Role.ADMIN, "people", True),
    ],
)
def test_each_role_may_do_its_own(role: Role, verb: str, allowed: bool) -> None:
    assert is_allowed([Grant(role)], verb, None) is allowed


def test_nobody_may_do_anything() -> None:
    assert not any(is_allowed([], verb, blog) for verb in MINIMUM_ROLE for blog in (None, 1))


def test_a_seat_of_one_live_blog_says_nothing_of_the_others_or_of_the_whole() -> None:
    seats = [Grant(Role.ADMIN, 1)]
    assert is_allowed(seats, "withdraw", 1)
    assert not is_allowed(seats, "read", 2)
    assert not is_allowed(seats, "inbox", None)


@given(st.lists(places), places, verbs, blogs)
def test_another_seat_never_takes_anything_away(seats: list[Grant], more: Grant, verb: str, blog: int | None) -> None:
    assert not is_allowed(seats, verb, blog) or is_allowed([*seats, more], verb, blog)


@given(st.lists(places), verbs, blogs)
def test_a_higher_role_may_do_what_a_lower_one_may(seats: list[Grant], verb: str, blog: int | None) -> None:
    raised = [Grant(max(Role, key=ROLE_RANK.__getitem__), seat.blog_id) for seat in seats]
    assert not is_allowed(seats, verb, blog) or is_allowed(raised, verb, blog)
