"""Who may do what, on which live blog: one table and one pure function (law 11)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from stoppress.desk.models import Role, Seat

ROLE_RANK = {Role.REPORTER: 1, Role.EDITOR: 2, Role.ADMIN: 3}

MINIMUM_ROLE = {
    "read": Role.REPORTER,
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
"""The least role for each permission; whoever is more may do it too."""


@dataclass(frozen=True)
class Grant:
    """A seat without its holder: a role, on one live blog or (None) on all."""

    role: Role
    blog_id: int | None = None

    def covers(self, blog_id: int | None) -> bool:
        """Whether it counts there. What concerns the whole newsroom (None) needs a seat of all live blogs."""
        return self.blog_id is None or self.blog_id == blog_id


def is_allowed(seats: Iterable[Grant], permission: str, blog_id: int | None) -> bool:
    """Whether one of `seats` allows `permission` on that live blog; None stands for the newsroom as a whole."""
    least = ROLE_RANK[MINIMUM_ROLE[permission]]
    return any(seat.covers(blog_id) and ROLE_RANK[seat.role] >= least for seat in seats)


def find_grants(user: AbstractBaseUser | AnonymousUser) -> list[Grant]:
    """The places a person holds; nobody in particular holds none."""
    if not user.is_authenticated:
        return []
    rows = Seat.objects.filter(user_id=user.pk).values_list("role", "blog_id")
    return [Grant(Role(role), blog_id) for role, blog_id in rows]


def permission_flags(seats: Iterable[Grant], blog_id: int | None) -> dict[str, bool]:
    """Every permission and whether it is allowed there, for templates."""
    seats = list(seats)
    return {permission: is_allowed(seats, permission, blog_id) for permission in MINIMUM_ROLE}
