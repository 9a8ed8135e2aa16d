"""Permissions at the desk: one table and one pure function (law 11)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.translation import gettext as _

from stoppress.desk.models import Role, Seat
from stoppress.runtime.errors import StopPressError

ROLE_RANK = {Role.CONTRIBUTOR: 1, Role.REPORTER: 2, Role.EDITOR: 3, Role.ADMIN: 4}

MINIMUM_ROLE = {
    "read": Role.CONTRIBUTOR,
    "draft": Role.CONTRIBUTOR,
    "submit": Role.CONTRIBUTOR,
    "receipts": Role.REPORTER,
    "write": Role.REPORTER,
    "edit": Role.REPORTER,
    "correct": Role.REPORTER,
    "mark": Role.REPORTER,
    "pin": Role.EDITOR,
    "withdraw": Role.EDITOR,
    "alert": Role.EDITOR,
    "approve": Role.EDITOR,
    "set_state": Role.EDITOR,
    "edit_blog": Role.EDITOR,
    "open_blog": Role.EDITOR,
    "topics": Role.EDITOR,
    "inbox": Role.ADMIN,
    "addresses": Role.ADMIN,
    "people": Role.ADMIN,
}
"""The lowest role that has each permission; higher roles have it too."""


class NotPermittedError(StopPressError):
    """The person lacks a permission. Nothing was changed."""

    def __init__(self, permission: str, blog_id: int | None) -> None:
        self.permission, self.blog_id = permission, blog_id
        role = MINIMUM_ROLE[permission].label
        super().__init__(_("This needs the role “{role}”. Nothing was changed.").format(role=role))


@dataclass(frozen=True)
class Grant:
    """The role that one seat gives.

    Args:
        role: the role.
        blog_id: primary key of the live blog where it applies; None for all live blogs.
    """

    role: Role
    blog_id: int | None = None

    def covers(self, blog_id: int | None) -> bool:
        """Return True if the grant applies to that live blog; None, the whole newsroom, needs a grant for all."""
        return self.blog_id is None or self.blog_id == blog_id


def is_allowed(grants: Iterable[Grant], permission: str, blog_id: int | None) -> bool:
    """Return True if one of `grants` includes `permission` on that live blog; None stands for the whole newsroom."""
    minimum = ROLE_RANK[MINIMUM_ROLE[permission]]
    return any(grant.covers(blog_id) and ROLE_RANK[grant.role] >= minimum for grant in grants)


def find_grants(user: AbstractBaseUser | AnonymousUser) -> list[Grant]:
    """Return the grants of a person's seats; none for an anonymous user."""
    if not user.is_authenticated:
        return []
    rows = Seat.objects.filter(user_id=user.pk).values_list("role", "blog_id")
    return [Grant(Role(role), blog_id) for role, blog_id in rows]


def check_permission(user: AbstractBaseUser | AnonymousUser, permission: str, blog_id: int | None) -> None:
    """Check the permission of a person as it is now; actions call it inside their transaction.

    Raises:
        NotPermittedError: the person is disabled, or has no seat that includes `permission` there.
    """
    if not user.is_active or not is_allowed(find_grants(user), permission, blog_id):
        raise NotPermittedError(permission, blog_id)


def permission_flags(grants: Iterable[Grant], blog_id: int | None) -> dict[str, bool]:
    """Return for every permission whether `grants` include it on that live blog; for templates."""
    grants = list(grants)
    return {permission: is_allowed(grants, permission, blog_id) for permission in MINIMUM_ROLE}
