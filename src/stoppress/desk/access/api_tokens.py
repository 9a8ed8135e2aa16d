"""API tokens: shown once at creation, stored and looked up by their digest."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.audit_log import INSTALLATION, Actor, record_act
from stoppress.desk.access.name_keys import name_key
from stoppress.desk.models import ApiToken, AuditAct, Seat
from stoppress.runtime.errors import StopPressError
from stoppress.runtime.text_cleaning import clean_line

DEFAULT_SCOPES = ("posts:read", "posts:write", "posts:correct", "posts:withdraw")
"""Scopes of a token unless others are given. Scopes that open live blogs or send mail must be named."""
SCOPES = (*DEFAULT_SCOPES, "live-blogs:open", "alerts:read", "alerts:send", "subscribers:write")
TOKEN_PREFIX = "sp_"
"""Identifies a leaked token as one of this software."""
MAX_TOKEN_NAME_CHARACTERS = 100
# Django documents _meta.
# ruff: noqa: SLF001
SELECT_BY_DIGEST = f"""
    SELECT * FROM {ApiToken._meta.db_table} AS token WHERE digest = %s AND revoked_at IS NULL AND (
        owner_id IS NULL OR EXISTS (
            SELECT 1 FROM {Seat._meta.db_table} AS seat JOIN {User._meta.db_table} AS person ON person.id = seat.user_id
            WHERE person.id = token.owner_id AND person.is_active
        )
    )
"""
"""The valid token, unless its owner is disabled or has no seat any more. Raw SQL, because Django needs more time to
build this query than SQLite to answer it, on every API call."""


class TokenError(StopPressError):
    """The token cannot be created or found; the message states the reason, `field` is where to show it."""

    def __init__(self, message: str, field: str = "name") -> None:
        self.field = field
        super().__init__(message)


def create_token(
    name: str,
    scopes: Iterable[str] = DEFAULT_SCOPES,
    blog: LiveBlog | None = None,
    *,
    owner: User | None = None,
    by: Actor = INSTALLATION,
    now: datetime | None = None,
) -> str:
    """Create a token of 256 random bits and return it. Only its digest is stored.

    Args:
        name: a name that distinguishes the token from all valid ones, of at most 100 characters.
        scopes: names from SCOPES.
        blog: the only live blog that the token may use; None for all.
        owner: the person with whose access the token ends; None for the newsroom.
        by: the person who creates it.
        now: the time; the current time if None.

    Raises:
        TokenError: if the name is empty, too long or taken, the scopes are empty or unknown, or the owner is disabled.
    """
    wanted = list(dict.fromkeys(scopes))
    name = clean_line(name)
    _validate_token(name, wanted)
    if owner and not owner.is_active:
        raise TokenError(_("“{name}” is disabled: a token cannot belong to them.").format(name=owner.username), "owner")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    now = now or timezone.now()
    try:
        with transaction.atomic():
            row = ApiToken.objects.create(
                name=name,
                name_key=name_key(name),
                digest=token_digest(token),
                last4=token[-4:],
                scopes=wanted,
                blog=blog,
                owner=owner,
                created_at=now,
            )
            record_act(AuditAct.TOKEN_CREATED, by, str(row), ", ".join(wanted), now=now)
    except IntegrityError as error:
        message = _("There is a token with the name “{name}” already. Revoke it first, or choose another name.")
        raise TokenError(message.format(name=name)) from error
    return token


def _validate_token(name: str, scopes: list[str]) -> None:
    if not name:
        raise TokenError(_("A token needs a name that distinguishes it from others."))
    if len(name) > MAX_TOKEN_NAME_CHARACTERS:
        raise TokenError(_("A name has at most {number} characters.").format(number=MAX_TOKEN_NAME_CHARACTERS))
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise TokenError(f"scopes must be among {', '.join(SCOPES)}, got {', '.join(unknown)}", "scopes")
    if not scopes:
        raise TokenError(_("Choose at least one scope."), "scopes")


def token_digest(token: str) -> str:
    """Return the digest that is stored for a token: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_token(token: str) -> ApiToken | None:
    """Return the row of a valid token, or None. The lookup by digest reveals nothing through its duration."""
    wanted = token_digest(token)
    row = next(iter(ApiToken.objects.raw(SELECT_BY_DIGEST, [wanted])), None)
    return row if row and hmac.compare_digest(row.digest, wanted) else None


def find_valid_token(name_or_end: str) -> ApiToken:
    """Return the valid token with this name, or with these last four characters.

    Raises:
        TokenError: there is none, or more than one token ends with these characters.
    """
    valid = ApiToken.objects.filter(revoked_at=None)
    rows = valid.filter(name_key=name_key(name_or_end)) or valid.filter(last4=name_or_end.removeprefix("…"))
    if not rows:
        raise TokenError(_("There is no valid token “{name}”.").format(name=name_or_end))
    if len(rows) > 1:
        raise TokenError(_("Several tokens end with “{name}”. Use the name.").format(name=name_or_end))
    return rows[0]


def revoke_token(token: ApiToken, *, by: Actor = INSTALLATION, now: datetime) -> bool:
    """Revoke a token from now on; return False if it was revoked already."""
    with transaction.atomic():
        if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            return False
        record_act(AuditAct.TOKEN_REVOKED, by, str(token), now=now)
    return True


def revoke_tokens_of(owner: User, *, by: Actor, now: datetime) -> int:
    """Revoke the valid tokens that belong to a person; return their number."""
    return sum(revoke_token(token, by=by, now=now) for token in ApiToken.objects.filter(owner=owner, revoked_at=None))
