"""API tokens: shown once at creation, stored and looked up by their digest."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from stoppress.coverage.models import LiveBlog
from stoppress.desk.models import ApiToken

DEFAULT_SCOPES = ("posts:read", "posts:write", "posts:correct", "posts:withdraw")
"""Scopes of a token unless others are given. Scopes that open live blogs or send mail must be named."""
SCOPES = (*DEFAULT_SCOPES, "live-blogs:open", "alerts:read", "alerts:send", "subscribers:write")
TOKEN_PREFIX = "sp_"
"""Identifies a leaked token as one of this software."""
SELECT_BY_DIGEST = f"SELECT * FROM {ApiToken._meta.db_table} WHERE digest = %s AND revoked_at IS NULL"  # noqa: SLF001  (Django documents _meta)
"""Raw SQL, because Django needs more time to build this query than SQLite to answer it, on every API call."""


class TokenCreationError(Exception):
    """The token cannot be created; the message states the reason for the operator."""


def create_token(
    name: str, scopes: Iterable[str] = DEFAULT_SCOPES, blog: LiveBlog | None = None, *, now: datetime | None = None
) -> str:
    """Create a token of 256 random bits and return it. Only its digest is stored.

    Args:
        name: a name that distinguishes the token from others, of at most 100 characters.
        scopes: names from SCOPES.
        blog: the only live blog that the token may use; None for all.
        now: the time; the current time if None.

    Raises:
        TokenCreationError: if the name is empty, or the scopes are empty or unknown.
    """
    wanted = list(dict.fromkeys(scopes))
    if not name.strip():
        raise TokenCreationError("name must not be empty: it distinguishes the token from others")
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise TokenCreationError(f"scopes must be among {', '.join(SCOPES)}, got {', '.join(unknown)}")
    if not wanted:
        raise TokenCreationError(f"scopes must not be empty; choose among {', '.join(SCOPES)}")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(
        name=name.strip()[:100],
        digest=token_digest(token),
        last4=token[-4:],
        scopes=wanted,
        blog=blog,
        created_at=now or timezone.now(),
    )
    return token


def token_digest(token: str) -> str:
    """Return the digest that is stored for a token: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_token(token: str) -> ApiToken | None:
    """Return the row of a valid token, or None. The lookup by digest reveals nothing through its duration."""
    wanted = token_digest(token)
    row = next(iter(ApiToken.objects.raw(SELECT_BY_DIGEST, [wanted])), None)
    return row if row and hmac.compare_digest(row.digest, wanted) else None


def revoke_token(token: ApiToken, *, now: datetime) -> None:
    """Revoke a token from now on."""
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
