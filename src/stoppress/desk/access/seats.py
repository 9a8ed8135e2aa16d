"""Seats: which role a person has, on one live blog or on all. At least one administrator of all always remains."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils.translation import gettext as _

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.audit_log import Actor, record_act
from stoppress.desk.models import AuditAct, Role, Seat
from stoppress.runtime.errors import StopPressError


class LastAdministratorError(StopPressError):
    """The change would leave the newsroom without an administrator of all live blogs."""

    def __init__(self) -> None:
        super().__init__(_("This is the last administrator of all live blogs. Make another person one first."))


def set_seat(user: User, role: str, blog: LiveBlog | None, *, by: Actor, now: datetime) -> bool:
    """Give a person a role on one live blog, or on all if `blog` is None, in place of the role they had there.

    Returns:
        False if they had it already.

    Raises:
        LastAdministratorError: they are the last administrator, and `role` is a lower one.
    """
    with transaction.atomic():
        lock_people()
        if Seat.objects.filter(user=user, blog=blog, role=role).exists():
            return False
        with keep_an_administrator():
            store_seat(user, role, blog)
        record_act(AuditAct.SEAT_GIVEN, by, user.username, f"{role} of {_place(blog)}", now=now)
    return True


def remove_seat(user: User, blog: LiveBlog | None, *, by: Actor, now: datetime) -> bool:
    """Take a person's seat on one live blog, or on all if `blog` is None.

    Returns:
        False if there was none.

    Raises:
        LastAdministratorError: it is the seat of the last administrator.
    """
    with transaction.atomic():
        lock_people()
        seat = Seat.objects.filter(user=user, blog=blog).first()
        if seat is None:
            return False
        with keep_an_administrator():
            seat.delete()
        record_act(AuditAct.SEAT_REMOVED, by, user.username, f"{seat.role} of {_place(blog)}", now=now)
    return True


def store_seat(user: User, role: str, blog: LiveBlog | None) -> None:
    """Store a seat without an entry in the audit log: part of adding a person."""
    Seat.objects.update_or_create(user=user, blog=blog, defaults={"role": Role(role)})


def lock_people() -> None:
    """Let changes of access happen one after another, so that two cannot remove the last two administrators.

    On SQLite the transaction itself holds the lock, because it begins IMMEDIATE.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Seat._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")  # noqa: SLF001  (documented)


@contextmanager
def keep_an_administrator() -> Iterator[None]:
    """Check after the body that an administrator of all live blogs remains, if there was one before it.

    Raises:
        LastAdministratorError: none remains. The transaction must be rolled back.
    """
    had_one = _has_administrator()
    yield
    if had_one and not _has_administrator():
        raise LastAdministratorError


def _has_administrator() -> bool:
    return Seat.objects.filter(role=Role.ADMIN, blog=None, user__is_active=True).exists()


def _place(blog: LiveBlog | None) -> str:
    return blog.slug if blog else "all live blogs"
