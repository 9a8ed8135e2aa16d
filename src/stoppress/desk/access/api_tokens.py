"""API tokens: made, shown once, and found again by their digest."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from stoppress.coverage.models import LiveBlog
from stoppress.desk.models import ApiToken

DEFAULT_SCOPES = ("posts:read", "posts:write", "posts:correct", "posts:withdraw")
"""What a token gets unless it is asked for otherwise: what goes to every inbox must be named."""
SCOPES = (*DEFAULT_SCOPES, "alerts:read", "alerts:send", "subscribers:write")
TOKEN_PREFIX = "sp_"
"""Lets a leaked token be recognised for what it is."""
SELECT_BY_DIGEST = f"SELECT * FROM {ApiToken._meta.db_table} WHERE digest = %s AND revoked_at IS NULL"
"""Written out: to have it made takes Django longer than SQLite to answer it, and every call waits for that."""


class TokenCreationError(Exception):
    """No such token can be made; the message says why and can be shown."""


def create_token(
    name: str, scopes: Iterable[str] = DEFAULT_SCOPES, blog: LiveBlog | None = None, *, now: datetime | None = None
) -> str:
    """Make a token of 256 random bits and return it: the only time that anybody sees it. Raises TokenRefused."""
    wanted = list(dict.fromkeys(scopes))
    if not name.strip():
        raise TokenCreationError("A token needs a name, so that it can be told from others and revoked.")
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise TokenCreationError(f"No such scope: {', '.join(unknown)}. There are {', '.join(SCOPES)}.")
    if not wanted:
        raise TokenCreationError(f"A token without a scope can do nothing. There are {', '.join(SCOPES)}.")
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
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_token(token: str) -> ApiToken | None:
    """The valid token of this spelling. Looked up by digest, which tells a guesser's clock nothing."""
    wanted = token_digest(token)
    found = next(iter(ApiToken.objects.raw(SELECT_BY_DIGEST, [wanted])), None)
    return found if found and hmac.compare_digest(found.digest, wanted) else None


def revoke_token(token: ApiToken, *, now: datetime) -> None:
    """Make a token useless from now on."""
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
