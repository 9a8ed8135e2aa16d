"""Permissions of roles, as a pure function."""

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
def test_role_has_its_permissions(role: Role, verb: str, allowed: bool) -> None:
    assert is_allowed([Grant(role)], verb, None) is allowed


def test_person_without_grants_has_no_permission() -> None:
    assert not any(is_allowed([], verb, blog) for verb in MINIMUM_ROLE for blog in (None, 1))


def test_grant_for_one_live_blog_covers_no_other_and_not_the_newsroom() -> None:
    seats = [Grant(Role.ADMIN, 1)]
    assert is_allowed(seats, "withdraw", 1)
    assert not is_allowed(seats, "read", 2)
    assert not is_allowed(seats, "inbox", None)


@given(st.lists(places), places, verbs, blogs)
def test_additional_grant_never_removes_a_permission(
    seats: list[Grant], more: Grant, verb: str, blog: int | None
) -> None:
    assert not is_allowed(seats, verb, blog) or is_allowed([*seats, more], verb, blog)


@given(st.lists(places), verbs, blogs)
def test_higher_role_has_permissions_of_lower_roles(seats: list[Grant], verb: str, blog: int | None) -> None:
    raised = [Grant(max(Role, key=ROLE_RANK.__getitem__), seat.blog_id) for seat in seats]
    assert not is_allowed(seats, verb, blog) or is_allowed(raised, verb, blog)


ROLES_WITH_PERMISSION = {
    "read": "contributor reporter editor admin",
    "draft": "contributor reporter editor admin",
    "submit": "contributor reporter editor admin",
    "receipts": "reporter editor admin",
    "write": "reporter editor admin",
    "edit": "reporter editor admin",
    "correct": "reporter editor admin",
    "mark": "reporter editor admin",
    "pin": "editor admin",
    "withdraw": "editor admin",
    "alert": "editor admin",
    "approve": "editor admin",
    "set_state": "editor admin",
    "edit_blog": "editor admin",
    "open_blog": "editor admin",
    "topics": "editor admin",
    "inbox": "admin",
    "addresses": "admin",
    "people": "admin",
}
"""Every permission and the roles that have it, written down independently of the code."""


@pytest.mark.parametrize("verb", ROLES_WITH_PERMISSION)
@pytest.mark.parametrize("role", ["contributor", "reporter", "editor", "admin"])
def test_each_role_has_exactly_its_permissions(role: str, verb: str) -> None:
    expected = role in ROLES_WITH_PERMISSION[verb].split()
    assert is_allowed([Grant(Role(role))], verb, None) is expected
    assert is_allowed([Grant(Role(role), 7)], verb, 7) is expected
    assert is_allowed([Grant(Role(role), 7)], verb, 8) is False


def test_no_permission_is_missing_from_the_table() -> None:
    assert set(MINIMUM_ROLE) == set(ROLES_WITH_PERMISSION)
