"""What went wrong, as problem details (RFC 9457)."""

import json
import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from stoppress.alerts.errors import (
    AlertIdTakenError,
    AlertNotFoundError,
    AlreadyAlertedError,
    InvalidAlertError,
    PreflightError,
    PostChangedError,
    AlertPostWithdrawnError,
)
from stoppress.coverage.errors import InvalidContentError, CoverageError, PostIdTakenError, BlogNotFoundError, PostNotFoundError, StaleRevisionError, PostWithdrawnError
from stoppress.coverage.newsroom import newsroom
from stoppress.runtime.errors import StopPressError

log = logging.getLogger(__name__)

REALM = 'Bearer realm="stoppress"'

COVERAGE_PROBLEMS: dict[type[CoverageError], tuple[int, str, str]] = {
    BlogNotFoundError: (404, "no-such-blog", "No such live blog"),
    PostNotFoundError: (404, "no-such-post", "No such post"),
    PostIdTakenError: (409, "id-taken", "The id came before with another post"),
    StaleRevisionError: (409, "stale-save", "Somebody saved in between"),
    PostWithdrawnError: (409, "withdrawn", "The post is withdrawn"),
    InvalidContentError: (422, "bad-content", "The text cannot be published as it is"),
}
"""What coverage refuses: status, the end of the problem's type, its title."""

ALERT_PROBLEMS: dict[type[StopPressError], tuple[int, str, str]] = {
    AlertNotFoundError: (404, "no-such-alert", "No such alert"),
    AlertIdTakenError: (409, "id-taken", "The id came before with another alert"),
    AlreadyAlertedError: (409, "already-alerted", "It was sent before"),
    PostChangedError: (409, "stale-save", "Somebody saved in between"),
    AlertPostWithdrawnError: (409, "withdrawn", "The post is withdrawn"),
    PreflightError: (422, "not-ready", "The preflight found what must not be sent"),
    InvalidAlertError: (422, "bad-alert", "The alert cannot be sent as it is"),
}
"""What alerts refuse, likewise."""


class ApiError(Exception):
    """Something the API itself refuses."""

    def __init__(self, status: int, name: str, title: str, detail: str, **headers: str) -> None:
        self.status, self.name, self.title, self.detail = status, name, title, detail
        self.headers = {key.replace("_", "-"): value for key, value in headers.items()}
        super().__init__(detail)


def problem_response(
    status: int, name: str, title: str, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> HttpResponse:
    """One problem as an answer; `name` ends the address of its description."""
    kind = newsroom().absolute_url(f"/api/v1/docs#{name}")
    body = {"type": kind, "title": title, "status": status, "detail": detail, **more}
    content = json.dumps(body, ensure_ascii=False)
    return HttpResponse(content, status=status, content_type="application/problem+json", headers=headers)


def register_problem_handlers(api: NinjaAPI) -> None:
    """Let `api` answer every exception with problem details."""
    answers: tuple[tuple[type[Exception], Any], ...] = (
        (ApiError, _refused_here),
        (AuthenticationError, _no_token),
        (ValidationError, _misshapen),
        (CoverageError, _refused_by_coverage),
        (StopPressError, _refused_by_alerts),
        (HttpError, _plain),
        (Http404, _nothing_here),
        (Exception, _fault),
    )
    for kind, answer in answers:
        api.add_exception_handler(kind, answer)


def _refused_here(request: HttpRequest, error: ApiError) -> HttpResponse:
    return problem_response(error.status, error.name, error.title, error.detail, error.headers)


def _no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    given = request.headers.get("Authorization")
    detail = "The token is not valid, or has been revoked." if given else "Send a token: Authorization: Bearer sp_…"
    challenge = f'{REALM}, error="invalid_token"' if given else REALM
    return problem_response(401, "no-token", "A valid token is needed", detail, {"WWW-Authenticate": challenge})


def _misshapen(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [{"field": _place(found["loc"]), "message": found["msg"]} for found in error.errors]
    return problem_response(422, "misshapen", "The request is not of the expected shape", _first(errors), errors=errors)


def _place(steps: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in steps if step not in ("body", "query", "path", "payload", "given"))


def _first(errors: list[dict[str, str]]) -> str:
    return f"{errors[0]['field']}: {errors[0]['message']}" if errors else "It could not be read."


def _refused_by_coverage(request: HttpRequest, error: CoverageError) -> HttpResponse:
    status, name, title = COVERAGE_PROBLEMS.get(type(error), (409, "refused", "Refused"))
    more: dict[str, Any] = {}
    if isinstance(error, InvalidContentError):
        more["errors"] = [{"field": error.field, "message": str(error)}]
    if isinstance(error, StaleRevisionError):
        more["revision"] = error.current_revision
    return problem_response(status, name, title, str(error), **more)


def _refused_by_alerts(request: HttpRequest, error: StopPressError) -> HttpResponse:
    status, name, title = ALERT_PROBLEMS.get(type(error), (409, "refused", "Refused"))
    more: dict[str, Any] = {}
    if isinstance(error, InvalidAlertError):
        more["errors"] = [{"field": error.field, "message": str(error)}]
    if isinstance(error, PreflightError):
        more["errors"] = [{"field": "preflight", "message": stop} for stop in error.stops]
    return problem_response(status, name, title, str(error), **more)


def _plain(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem_response(error.status_code, "refused", "The request could not be read", error.message)


def _nothing_here(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(404, "nothing-here", "Nothing here", "There is nothing at this address.")


def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("the API failed", exc_info=error)
    return problem_response(500, "fault", "Something went wrong here", "The fault is ours and has been noted. A retry is safe.")
