"""Create people who can log in at the desk."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from stoppress.coverage.models import LiveBlog
from stoppress.desk.models import Role, Seat


class UserCreationError(Exception):
    """The person cannot be created; the message states the reason for the operator."""


def create_user(
    name: str, password: str, role: str = Role.REPORTER, *, display: str = "", blog: LiveBlog | None = None
) -> User:
    """Create a person with a seat.

    Args:
        name: the name for the log-in.
        password: the password, checked by Django's validators.
        role: one of Role.
        display: the name in bylines; `name` if empty.
        blog: the live blog of the seat; None for all live blogs.

    Raises:
        UserCreationError: if name, password or role is not allowed, or the name is taken.
    """
    user = User(username=name.strip(), first_name=display.strip())
    _validate(user, password, role)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            Seat.objects.create(user=user, blog=blog, role=role)
    except IntegrityError as error:
        raise UserCreationError(f"user name “{user.username}” is already taken") from error
    return user


def default_byline(user: User) -> str:
    """Return the byline of a person's posts, unless they type another one."""
    return user.get_full_name() or user.get_username()


def display_names(names: Iterable[str]) -> dict[str, str]:
    """Return the display name for each log-in name; a name without an account, such as a program's, stays as it is."""
    wanted = set(names)
    people = {user.username: default_byline(user) for user in User.objects.filter(username__in=wanted)}
    return {name: people.get(name, name) for name in wanted}


def _validate(user: User, password: str, role: str) -> None:
    if role not in Role.values:
        raise UserCreationError(f"role must be one of {', '.join(Role.values)}, got “{role}”")
    try:
        User.username_validator(user.username)
        validate_password(password, user)
    except ValidationError as error:
        raise UserCreationError(" ".join(error.messages)) from error
