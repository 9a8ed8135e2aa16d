"""People and API tokens as lists, for the screens of administrators and for the command line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from stoppress.desk.models import ApiToken, Seat


@dataclass(frozen=True)
class PersonRow:
    """One person with their seats: those of all live blogs first.

    Args:
        name: log-in name.
        display: name in bylines.
        is_active: False if the person is disabled.
        last_login: time of the last log-in, None before the first.
        seats: their seats, with live blogs loaded.
    """

    name: str
    display: str
    is_active: bool
    last_login: datetime | None
    seats: tuple[Seat, ...]

    def seat_texts(self) -> list[str]:
        """Return each seat as `editor` or `reporter of /live/SLUG`."""
        return [f"{seat.role} of /live/{seat.blog.slug}" if seat.blog else seat.role for seat in self.seats]

    def as_json(self) -> dict[str, Any]:
        """Return the facts as JSON values."""
        return {
            "name": self.name,
            "display": self.display,
            "active": self.is_active,
            "last_login": self.last_login.isoformat() if self.last_login else None,
            "roles": [{"role": seat.role, "live": seat.blog.slug if seat.blog else None} for seat in self.seats],
        }


@dataclass(frozen=True)
class TokenRow:
    """One API token without its secret; `live` and `owner` are empty for all live blogs and for the newsroom."""

    pk: int
    name: str
    last4: str
    scopes: tuple[str, ...]
    live: str
    owner: str
    created_at: datetime
    revoked_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Return the facts as JSON values."""
        return {
            "name": self.name,
            "last4": self.last4,
            "scopes": list(self.scopes),
            "live": self.live or None,
            "owner": self.owner or None,
            "created_at": self.created_at.isoformat(),
            "revoked_at": self.revoked_at.isoformat() if self.revoked_at else None,
        }


def list_people() -> list[PersonRow]:
    """Return all people by name; those who may log in come first."""
    return [
        person_row(user) for user in User.objects.order_by("-is_active", "username").prefetch_related("seats__blog")
    ]


def person_row(user: User) -> PersonRow:
    """Return one person with their seats."""
    seats = sorted(user.seats.all(), key=lambda seat: seat.blog.slug if seat.blog else "")
    return PersonRow(user.username, user.first_name, user.is_active, user.last_login, tuple(seats))


def list_tokens(owner: User | None = None) -> list[TokenRow]:
    """Return all tokens or those of one person, valid ones first, then by age."""
    tokens = ApiToken.objects.select_related("blog", "owner").order_by("-created_at")
    if owner is not None:
        tokens = tokens.filter(owner=owner)
    return sorted((_token_row(token) for token in tokens), key=lambda row: row.revoked_at is not None)


def _token_row(token: ApiToken) -> TokenRow:
    return TokenRow(
        token.pk,
        token.name,
        token.last4,
        tuple(token.scopes),
        token.blog.slug if token.blog else "",
        token.owner.get_username() if token.owner else "",
        token.created_at,
        token.revoked_at,
    )
