"""Who calls, and what for: bearer tokens, their scopes, their live blog and their pace."""

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from stoppress.coverage.errors import BlogNotFoundError
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import find_blog
from stoppress.desk.access.api_tokens import find_token
from stoppress.desk.access.rate_limits import CALLS_BY_TOKEN, allow_api_call
from stoppress.desk.models import ApiToken
from stoppress.desk.problem_details import REALM, ApiError


class BearerAuth(HttpBearer):
    """`Authorization: Bearer sp_…`. Cookies count for nothing here, so nothing can be forged with them."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """The token's row; ApiProblem 429 if it calls too often."""
        found = find_token(token)
        if found and not allow_api_call(found.pk, now=timezone.now()):
            raise ApiError(
                429,
                "too-often",
                "Too many requests",
                f"A token may call {CALLS_BY_TOKEN.limit} times in {CALLS_BY_TOKEN.seconds} s.",
                Retry_After=str(CALLS_BY_TOKEN.seconds),
            )
        return found


def calling_token(request: HttpRequest) -> ApiToken:
    """The token that a request came with."""
    token = request.auth  # type: ignore[attr-defined]  # set by ninja from what Bearer returned
    assert isinstance(token, ApiToken), "every operation of the API asks for a token"
    return token


def require_scope_on_blog(request: HttpRequest, scope: str, slug: str) -> LiveBlog:
    """The live blog, if the caller may do `scope` there. Raises ApiProblem 403, NoSuchBlog."""
    token = require_scope(request, scope)
    blog = find_blog(slug)
    if token.blog_id not in (None, blog.pk):
        raise BlogNotFoundError(slug)
    return blog


def check_scope_on_slug(request: HttpRequest, scope: str, slug: str) -> None:
    """The same check, for who does not need the live blog: a token for all of them is not asked which.

    Whether there is such a live blog is then left to the action. Raises ApiProblem 403, NoSuchBlog.
    """
    if require_scope(request, scope).blog_id is not None:
        require_scope_on_blog(request, scope, slug)


def require_scope(request: HttpRequest, scope: str) -> ApiToken:
    """The caller's token, if it has `scope`. Raises ApiProblem 403."""
    token = calling_token(request)
    if scope not in token.scopes:
        raise ApiError(
            403,
            "scope-missing",
            "The token may not do this",
            f"It takes the scope {scope}; this token has {', '.join(token.scopes)}.",
            WWW_Authenticate=f'{REALM}, error="insufficient_scope", scope="{scope}"',
        )
    return token


def caller_name(request: HttpRequest) -> str:
    """How the log names the caller."""
    return f"api: {calling_token(request).name}"
