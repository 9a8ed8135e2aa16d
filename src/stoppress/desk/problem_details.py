"""Errors of the API as problem details (RFC 9457)."""

import json
import logging
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from stoppress.alerts.errors import (
    AlertIdTakenError,
    AlertNotFoundError,
    AlertPostWithdrawnError,
    AlreadyAlertedError,
    InvalidAlertError,
    PostChangedError,
    PreflightError,
)
from stoppress.coverage.errors import (
    BlogNotFoundError,
    CoverageError,
    InvalidContentError,
    PostIdTakenError,
    PostNotFoundError,
    PostWithdrawnError,
    SlugTakenError,
    StaleRevisionError,
)
from stoppress.coverage.newsroom import newsroom
from stoppress.runtime.errors import StopPressError
from stoppress.runtime.storage_faults import StorageFault, find_storage_fault

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
REALM = 'Bearer realm="stoppress"'

COVERAGE_PROBLEMS: dict[type[CoverageError], tuple[int, str, str]] = {
    BlogNotFoundError: (404, "no-such-blog", "No such live blog"),
    PostNotFoundError: (404, "no-such-post", "No such post"),
    PostIdTakenError: (409, "id-taken", "The id belongs to another post"),
    SlugTakenError: (409, "slug-taken", "The slug belongs to another live blog"),
    StaleRevisionError: (409, "stale-save", "The post was saved meanwhile"),
    PostWithdrawnError: (409, "withdrawn", "The post is withdrawn"),
    InvalidContentError: (422, "bad-content", "The text cannot be published as it is"),
}
"""Errors of `coverage`: status, end of the problem's type, title."""

ALERT_PROBLEMS: dict[type[StopPressError], tuple[int, str, str]] = {
    AlertNotFoundError: (404, "no-such-alert", "No such alert"),
    AlertIdTakenError: (409, "id-taken", "The id belongs to another alert"),
    AlreadyAlertedError: (409, "already-alerted", "The post was already sent as an alert"),
    PostChangedError: (409, "stale-save", "The post was saved meanwhile"),
    AlertPostWithdrawnError: (409, "withdrawn", "The post is withdrawn"),
    PreflightError: (422, "not-ready", "The preflight forbids sending"),
    InvalidAlertError: (422, "bad-alert", "The alert cannot be sent as it is"),
}
"""Errors of `alerts`, likewise."""


class ApiError(Exception):
    """An error of the API itself; keyword arguments are response headers."""

    def __init__(self, status: int, name: str, title: str, detail: str, **headers: str) -> None:
        self.status, self.name, self.title, self.detail = status, name, title, detail
        self.headers = {key.replace("_", "-"): value for key, value in headers.items()}
        super().__init__(detail)


def problem_response(
    status: int, name: str, title: str, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> HttpResponse:
    """Return a response with problem details.

    Args:
        status: the HTTP status.
        name: the end of the problem's type, which is the address of its description.
        title: the kind of problem.
        detail: what is wrong with this request.
        headers: further response headers.
        more: further members of the body.
    """
    problem_type = newsroom().absolute_url(f"/api/v1/docs#{name}")
    body = {"type": problem_type, "title": title, "status": status, "detail": detail, **more}
    content = json.dumps(body, ensure_ascii=False)
    return HttpResponse(content, status=status, content_type=PROBLEM_TYPE, headers=headers)


STATUS_DETAILS = {
    400: "The request is malformed, or its Host is not one of this installation.",
    404: "Nothing exists at this address.",
    405: "This address does not have that method; the Allow header lists those that it has.",
    413: "The body is larger than 3 MiB.",
    503: "The server cannot answer at the moment. Nothing was changed.",
}
"""What is wrong with a request that failed outside the API's own operations."""


def status_problem(response: HttpResponseBase) -> HttpResponse:
    """Return problem details in place of an error page, with its status and the headers that a client needs."""
    status = response.status_code
    kept = {name: response[name] for name in ("Allow", "Retry-After", "Cache-Control") if name in response}
    return plain_problem(status, kept)


def plain_problem(status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    """Return problem details that follow from the status alone."""
    phrase = HTTPStatus(status).phrase
    detail = STATUS_DETAILS.get(status, f"{phrase}.")
    return problem_response(status, phrase.lower().replace(" ", "-"), phrase, detail, headers)


def register_problem_handlers(api: NinjaAPI) -> None:
    """Make `api` respond to every exception with problem details."""
    handlers: tuple[tuple[type[Exception], Any], ...] = (
        (ApiError, _api_error),
        (AuthenticationError, _unauthenticated),
        (ValidationError, _invalid_request),
        (CoverageError, _coverage_error),
        (StopPressError, _stoppress_error),
        (HttpError, _http_error),
        (Http404, _not_found),
        (Exception, _internal_error),
    )
    for error_class, handler in handlers:
        api.add_exception_handler(error_class, handler)


def _api_error(request: HttpRequest, error: ApiError) -> HttpResponse:
    return problem_response(error.status, error.name, error.title, error.detail, error.headers)


def _unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    authorization = request.headers.get("Authorization")
    detail = "The token is invalid or revoked." if authorization else "Send a token: Authorization: Bearer sp_…"
    challenge = f'{REALM}, error="invalid_token"' if authorization else REALM
    return problem_response(401, "no-token", "A valid token is required", detail, {"WWW-Authenticate": challenge})


def _invalid_request(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [{"field": _field_path(found["loc"]), "message": found["msg"]} for found in error.errors]
    return problem_response(
        422, "invalid-request", "The request does not match the schema", _first_error(errors), errors=errors
    )


def _field_path(steps: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in steps if step not in ("body", "query", "path", "payload"))


def _first_error(errors: list[dict[str, str]]) -> str:
    return f"{errors[0]['field']}: {errors[0]['message']}" if errors else "The request could not be parsed."


def _coverage_error(request: HttpRequest, error: CoverageError) -> HttpResponse:
    status, name, title = COVERAGE_PROBLEMS.get(type(error), (409, "refused", "Refused"))
    more: dict[str, Any] = {}
    if isinstance(error, InvalidContentError):
        more["errors"] = [{"field": error.field, "message": str(error)}]
    if isinstance(error, StaleRevisionError):
        more["revision"] = error.current_revision
    return problem_response(status, name, title, str(error), **more)


def _stoppress_error(request: HttpRequest, error: StopPressError) -> HttpResponse:
    status, name, title = ALERT_PROBLEMS.get(type(error), (409, "refused", "Refused"))
    more: dict[str, Any] = {}
    if isinstance(error, InvalidAlertError):
        more["errors"] = [{"field": error.field, "message": str(error)}]
    if isinstance(error, PreflightError):
        more["errors"] = [{"field": "preflight", "message": stop} for stop in error.stops]
    return problem_response(status, name, title, str(error), **more)


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem_response(error.status_code, "refused", "The request could not be parsed", error.message)


def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(404, "not-found", "Not found", "Nothing exists at this address.")


STORAGE_RETRY_SECONDS = 5


def storage_problem(fault: StorageFault) -> HttpResponse:
    """Return 503 for a fault of disk or database."""
    response = problem_response(
        503,
        "unavailable",
        "The database is unavailable",
        f"Nothing was saved: {fault}. Repeat the same request later.",
        {"Retry-After": str(STORAGE_RETRY_SECONDS), "Cache-Control": "no-store"},
    )
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  Django's mark; one line is enough
    return response


def _internal_error(request: HttpRequest, error: Exception) -> HttpResponse:
    if fault := find_storage_fault(error):
        log.error("API request failed: %s %s", request.method, request.path, exc_info=error)
        return storage_problem(fault)
    log.exception("API request failed: %s %s", request.method, request.path, exc_info=error)
    return problem_response(
        500, "internal-error", "Internal error", "The server failed and logged the error. A retry is safe."
    )
