"""People who can log in at the desk: add, disable, enable, set a password. Every act is in the audit log."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.api_tokens import revoke_tokens_of
from stoppress.desk.access.audit_log import INSTALLATION, Actor, record_act
from stoppress.desk.access.name_keys import name_key
from stoppress.desk.access.seats import keep_an_administrator, lock_people, store_seat
from stoppress.desk.access.sessions import end_sessions
from stoppress.desk.models import AuditAct, Role
from stoppress.runtime.clock import utc_now
from stoppress.runtime.errors import StopPressError
from stoppress.runtime.text_cleaning import clean_line

MAX_NAME_CHARACTERS = 150


class PersonError(StopPressError):
    """The change to a person is not allowed; the message states the reason, `field` is where to show it."""

    def __init__(self, message: str, field: str = "name") -> None:
        self.field = field
        super().__init__(message)


class PersonNotFoundError(PersonError):
    """There is no person with that name."""


def create_user(
    name: str,
    password: str,
    role: str = Role.REPORTER,
    *,
    display: str = "",
    blog: LiveBlog | None = None,
    by: Actor = INSTALLATION,
    now: datetime | None = None,
) -> User:
    """Create a person with a seat.

    Args:
        name: the name for the log-in; stored in its compared form, so that capital letters do not matter.
        password: the password, checked by Django's validators.
        role: one of Role.
        display: the name in bylines; if empty, the name as it was typed.
        blog: the live blog of the seat; None for all live blogs.
        by: the person who adds them.
        now: the time; the current time if None.

    Raises:
        PersonError: if name, password or role is not allowed, or the name is taken.
    """
    user = User(username=name_key(name), first_name=clean_line(display)[:150])
    if not user.first_name and user.username != name.strip():
        user.first_name = name.strip()
    _validate_name(user.username)
    if role not in Role.values:
        raise PersonError(f"role must be one of {', '.join(Role.values)}, got “{role}”", "role")
    _set_password(user, password)
    now = now or utc_now()
    try:
        with transaction.atomic():
            user.save()
            store_seat(user, role, blog)
            where = blog.slug if blog else "all live blogs"
            record_act(AuditAct.PERSON_ADDED, by, user.username, f"{role} of {where}", now=now)
    except IntegrityError as error:
        message = _("The name “{name}” is already taken.").format(name=user.username)
        raise PersonError(message) from error
    return user


def find_user(name: str) -> User:
    """Return the person with this name, however it is spelled.

    Raises:
        PersonNotFoundError: there is none.
    """
    try:
        return User.objects.get(username=name_key(name))
    except User.DoesNotExist as error:
        raise PersonNotFoundError(_("There is no person with the name “{name}”.").format(name=name.strip())) from error


def disable_user(user: User, *, by: Actor, now: datetime) -> int:
    """End a person's access at once: their log-in, sessions and API tokens. What they wrote stays.

    Returns:
        The number of API tokens that were revoked.

    Raises:
        LastAdministratorError: no other administrator of all live blogs would remain.
    """
    with transaction.atomic():
        lock_people()
        user.refresh_from_db()
        if not user.is_active:
            return 0
        with keep_an_administrator():
            user.is_active = False
            user.save(update_fields=["is_active"])
        end_sessions(user)
        record_act(AuditAct.PERSON_DISABLED, by, user.username, now=now)
        return revoke_tokens_of(user, by=by, now=now)


def enable_user(user: User, *, by: Actor, now: datetime) -> None:
    """Let a person log in again. Their sessions and tokens stay ended."""
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            return
        record_act(AuditAct.PERSON_ENABLED, by, user.username, now=now)
    user.is_active = True


def set_password(user: User, password: str, *, by: Actor, now: datetime) -> None:
    """Set a person's password and end their sessions.

    Raises:
        PersonError: Django's validators refuse the password.
    """
    _set_password(user, password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        end_sessions(user)
        record_act(AuditAct.PASSWORD_SET, by, user.username, now=now)


def generate_password() -> str:
    """Return a new password of 80 random bits, in four groups that can be read out on the telephone."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 signs, none that looks like another
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def default_byline(user: User) -> str:
    """Return the byline of a person's posts, unless they type another one."""
    return user.get_full_name() or user.get_username()


def display_names(names: Iterable[str]) -> dict[str, str]:
    """Return the display name for each log-in name; a name without an account, such as a program's, stays as it is."""
    wanted = set(names)
    people = {user.username: default_byline(user) for user in User.objects.filter(username__in=wanted)}
    return {name: people.get(name, name) for name in wanted}


def _validate_name(name: str) -> None:
    if len(name) > MAX_NAME_CHARACTERS:
        raise PersonError(_("A name has at most {number} characters.").format(number=MAX_NAME_CHARACTERS))
    try:
        User.username_validator(name)
    except ValidationError as error:
        raise PersonError(" ".join(error.messages)) from error


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PersonError(" ".join(error.messages), "password") from error
    user.set_password(password)
