"""What went wrong, as problem details (RFC 9457)."""

import json
import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from stoppress.alerts.errors import (
    AlertIdTaken,
    AlertIdUnknown,
    AlreadyAlerted,
    BadAlert,
    NotReady,
    PostChanged,
    PostWithdrawn,
)
from stoppress.coverage.errors import BadContent, CoverageError, IdTaken, NoSuchBlog, NoSuchPost, StaleSave, Withdrawn
from stoppress.coverage.newsroom import newsroom
from stoppress.runtime.errors import StopPressError

log = logging.getLogger(__name__)

REALM = 'Bearer realm="stoppress"'

REFUSALS: dict[type[CoverageError], tuple[int, str, str]] = {
    NoSuchBlog: (404, "no-such-blog", "No such live blog"),
    NoSuchPost: (404, "no-such-post", "No such post"),
    IdTaken: (409, "id-taken", "The id came before with another post"),
    StaleSave: (409, "stale-save", "Somebody saved in between"),
    Withdrawn: (409, "withdrawn", "The post is withdrawn"),
    BadContent: (422, "bad-content", "The text cannot be published as it is"),
}
"""What coverage refuses: status, the end of the problem's type, its title."""

ALERT_REFUSALS: dict[type[StopPressError], tuple[int, str, str]] = {
    AlertIdUnknown: (404, "no-such-alert", "No such alert"),
    AlertIdTaken: (409, "id-taken", "The id came before with another alert"),
    AlreadyAlerted: (409, "already-alerted", "It was sent before"),
    PostChanged: (409, "stale-save", "Somebody saved in between"),
    PostWithdrawn: (409, "withdrawn", "The post is withdrawn"),
    NotReady: (422, "not-ready", "The preflight found what must not be sent"),
    BadAlert: (422, "bad-alert", "The alert cannot be sent as it is"),
}
"""What alerts refuse, likewise."""


class ApiProblem(Exception):
    """Something the API itself refuses."""

    def __init__(self, status: int, name: str, title: str, detail: str, **headers: str) -> None:
        self.status, self.name, self.title, self.detail = status, name, title, detail
        self.headers = {key.replace("_", "-"): value for key, value in headers.items()}
        super().__init__(detail)


def problem(
    status: int, name: str, title: str, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> HttpResponse:
    """One problem as an answer; `name` ends the address of its description."""
    kind = newsroom().absolute(f"/api/v1/docs#{name}")
    body = {"type": kind, "title": title, "status": status, "detail": detail, **more}
    content = json.dumps(body, ensure_ascii=False)
    return HttpResponse(content, status=status, content_type="application/problem+json", headers=headers)


def answer_problems(api: NinjaAPI) -> None:
    """Let `api` answer every exception with problem details."""
    answers: tuple[tuple[type[Exception], Any], ...] = (
        (ApiProblem, _refused_here),
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


def _refused_here(request: HttpRequest, error: ApiProblem) -> HttpResponse:
    return problem(error.status, error.name, error.title, error.detail, error.headers)


def _no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    given = request.headers.get("Authorization")
    detail = "The token is not valid, or has been revoked." if given else "Send a token: Authorization: Bearer sp_…"
    challenge = f'{REALM}, error="invalid_token"' if given else REALM
    return problem(401, "no-token", "A valid token is needed", detail, {"WWW-Authenticate": challenge})


def _misshapen(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [{"field": _place(found["loc"]), "message": found["msg"]} for found in error.errors]
    return problem(422, "misshapen", "The request is not of the expected shape", _first(errors), errors=errors)


def _place(steps: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in steps if step not in ("body", "query", "path", "payload", "given"))


def _first(errors: list[dict[str, str]]) -> str:
    return f"{errors[0]['field']}: {errors[0]['message']}" if errors else "It could not be read."


def _refused_by_coverage(request: HttpRequest, error: CoverageError) -> HttpResponse:
    status, name, title = REFUSALS.get(type(error), (409, "refused", "Refused"))
    more: dict[str, Any] = {}
    if isinstance(error, BadContent):
        more["errors"] = [{"field": error.field, "message": str(error)}]
    if isinstance(error, StaleSave):
        more["revision"] = error.now_at
    return problem(status, name, title, str(error), **more)


def _refused_by_alerts(request: HttpRequest, error: StopPressError) -> HttpResponse:
    status, name, title = ALERT_REFUSALS.get(type(error), (409, "refused", "Refused"))
    more: dict[str, Any] = {}
    if isinstance(error, BadAlert):
        more["errors"] = [{"field": error.field, "message": str(error)}]
    if isinstance(error, NotReady):
        more["errors"] = [{"field": "preflight", "message": stop} for stop in error.stops]
    return problem(status, name, title, str(error), **more)


def _plain(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "refused", "The request could not be read", error.message)


def _nothing_here(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, "nothing-here", "Nothing here", "There is nothing at this address.")


def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("the API failed", exc_info=error)
    return problem(500, "fault", "Something went wrong here", "The fault is ours and has been noted. A retry is safe.")
