"""Bearer tokens of the API: authentication, scopes, live blog and rate limit."""

import logging

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from stoppress.coverage.errors import BlogNotFoundError
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import find_blog
from stoppress.desk.access.api_tokens import find_token
from stoppress.desk.access.audit_log import Actor, record_refusal
from stoppress.desk.access.permissions import NotPermittedError, check_permission, find_grants, is_allowed
from stoppress.desk.access.rate_limits import CALLS_BY_TOKEN, allow_api_call
from stoppress.desk.models import ApiToken, AuditAct
from stoppress.desk.problem_details import REALM, ApiError
from stoppress.runtime.rate_limits import request_client_key

log = logging.getLogger(__name__)

PERMISSION_OF_SCOPE = {
    "posts:read": "read",
    "posts:write": "write",
    "posts:correct": "correct",
    "posts:withdraw": "withdraw",
    "live-blogs:open": "open_blog",
    "alerts:read": "receipts",
    "alerts:send": "alert",
    "subscribers:write": "topics",
}
"""What the owner of a personal token must be permitted at the desk to use each scope."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class BearerAuth(HttpBearer):
    """`Authorization: Bearer sp_…`. Cookies are ignored, so cross-site requests cannot be forged."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """Return the valid token, or None; raise ApiError 429 if it called too often."""
        row = find_token(token)
        if row is None:
            log.warning(
                "API token refused: unknown or revoked, ends with …%s, from %s", token[-4:], request_client_key(request)
            )
        if row and not allow_api_call(row.pk, writes=request.method not in SAFE_METHODS, now=timezone.now()):
            raise ApiError(
                429,
                "too-often",
                "Too many requests",
                f"A token may send {CALLS_BY_TOKEN.limit} requests in {CALLS_BY_TOKEN.seconds} s.",
                Retry_After=str(CALLS_BY_TOKEN.seconds),
            )
        return row


def calling_token(request: HttpRequest) -> ApiToken:
    """Return the token of a request."""
    token = request.auth  # type: ignore[attr-defined]  # set by ninja from what Bearer returned
    assert isinstance(token, ApiToken), "every operation of the API requires a token"
    return token


def require_scope_on_blog(request: HttpRequest, scope: str, slug: str) -> LiveBlog:
    """Return the live blog if the token has `scope` there.

    Raises:
        ApiError: 403 if the token lacks the scope.
        BlogNotFoundError: if there is no such live blog, or the token is for another one.
    """
    token = token_with_scope(request, scope)
    blog = find_blog(slug)
    if token.blog_id not in (None, blog.pk):
        _record_refusal(request, f"live blog {slug}")
        raise BlogNotFoundError(slug)
    _check_owner(request, token, scope, blog.pk)
    return blog


def check_scope_on_slug(request: HttpRequest, scope: str, slug: str) -> None:
    """Check the scope without loading the live blog, unless the token is for one live blog or one person.

    The action that follows reports an unknown live blog.

    Raises:
        ApiError: 403 if the token lacks the scope.
        BlogNotFoundError: if the token is for another live blog.
    """
    token = token_with_scope(request, scope)
    if token.blog_id is not None or token.owner_id is not None:
        require_scope_on_blog(request, scope, slug)


def require_scope(request: HttpRequest, scope: str) -> ApiToken:
    """Return the token of the request for the whole newsroom; raise ApiError 403 if it, or its owner, may not."""
    token = token_with_scope(request, scope)
    _check_owner(request, token, scope, None)
    return token


def is_readable(token: ApiToken, blog_id: int) -> bool:
    """Return True if the token, and its owner if it has one, may read that live blog."""
    is_covered = token.blog_id in (None, blog_id)
    return is_covered and (token.owner is None or is_allowed(find_grants(token.owner), "read", blog_id))


def _check_owner(request: HttpRequest, token: ApiToken, scope: str, blog_id: int | None) -> None:
    """Raise ApiError 403 if the person who owns the token lacks the permission at the desk now."""
    if token.owner is None:
        return
    try:
        check_permission(token.owner, PERMISSION_OF_SCOPE[scope], blog_id)
    except NotPermittedError as error:
        _record_refusal(request, f"{PERMISSION_OF_SCOPE[scope]} of {token.owner.get_username()}")
        raise ApiError(
            403,
            "role-missing",
            "The owner of the token lacks a role",
            f"The token belongs to {token.owner.get_username()}. {error}",
        ) from error


def token_with_scope(request: HttpRequest, scope: str) -> ApiToken:
    """Return the token of the request; raise ApiError 403 if it lacks `scope`. Its owner is not checked."""
    token = calling_token(request)
    if scope not in token.scopes:
        _record_refusal(request, f"scope {scope}")
        raise ApiError(
            403,
            "scope-missing",
            "The token lacks a scope",
            f"This operation needs the scope {scope}; the token has {', '.join(token.scopes)}.",
            WWW_Authenticate=f'{REALM}, error="insufficient_scope", scope="{scope}"',
        )
    return token


def _record_refusal(request: HttpRequest, needed: str) -> None:
    actor = Actor(caller_name(request), request_client_key(request))
    record_refusal(AuditAct.PERMISSION_REFUSED, actor, request.path, f"needs {needed}", now=timezone.now())


def caller_name(request: HttpRequest) -> str:
    """Return the name of the caller in logs and decisions."""
    return f"api: {calling_token(request).name}"
