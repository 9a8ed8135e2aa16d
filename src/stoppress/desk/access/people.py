"""Make people who can log in at the desk."""

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from stoppress.coverage.models import LiveBlog
from stoppress.desk.models import Role, Seat


class UserCreationError(Exception):
    """This person cannot be made; the message says why and can be shown."""


def create_user(
    name: str, password: str, role: str = Role.REPORTER, *, display: str = "", blog: LiveBlog | None = None
) -> User:
    """Make somebody who logs in as `name`, with a seat of all live blogs (or of one).

    `display` is the name that stands on their posts; `name` if empty. Raises PersonRefused.
    """
    user = User(username=name.strip(), first_name=display.strip())
    _check(user, password, role)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            Seat.objects.create(user=user, blog=blog, role=role)
    except IntegrityError as error:
        raise UserCreationError(f"There is already somebody called “{user.username}”.") from error
    return user


def default_byline(user: User) -> str:
    """The name that stands on their posts unless they say otherwise."""
    return user.get_full_name() or user.get_username()


def _check(user: User, password: str, role: str) -> None:
    if role not in Role.values:
        raise UserCreationError(f"“{role}” is no role; there are {', '.join(Role.values)}.")
    try:
        User.username_validator(user.username)
        validate_password(password, user)
    except ValidationError as error:
        raise UserCreationError(" ".join(error.messages)) from error
