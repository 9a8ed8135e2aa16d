"""Who may do what, on which live blog: one table and one pure function (law 11)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from stoppress.desk.models import Role, Seat

RANK = {Role.REPORTER: 1, Role.EDITOR: 2, Role.ADMIN: 3}

LEAST_ROLE = {
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
"""The least role for each verb; whoever is more may do it too."""


@dataclass(frozen=True)
class Place:
    """A seat without its holder: a role, on one live blog or (None) on all."""

    role: Role
    blog_id: int | None = None

    def covers(self, blog_id: int | None) -> bool:
        """Whether it counts there. What concerns the whole newsroom (None) needs a seat of all live blogs."""
        return self.blog_id is None or self.blog_id == blog_id


def may(seats: Iterable[Place], verb: str, blog_id: int | None) -> bool:
    """Whether one of `seats` allows `verb` on that live blog; None stands for the newsroom as a whole."""
    least = RANK[LEAST_ROLE[verb]]
    return any(seat.covers(blog_id) and RANK[seat.role] >= least for seat in seats)


def seats_of(user: AbstractBaseUser | AnonymousUser) -> list[Place]:
    """The places a person holds; nobody in particular holds none."""
    if not user.is_authenticated:
        return []
    rows = Seat.objects.filter(user_id=user.pk).values_list("role", "blog_id")
    return [Place(Role(role), blog_id) for role, blog_id in rows]


def rights(seats: Iterable[Place], blog_id: int | None) -> dict[str, bool]:
    """Every verb and whether it is allowed there, for templates."""
    seats = list(seats)
    return {verb: may(seats, verb, blog_id) for verb in LEAST_ROLE}
