"""Middleware for the desk only: sessions, log-in, CSRF, messages. Elsewhere no cookie is read or set (law 3).

Two are for all: one makes every error under /api/ a problem, one refuses writes after the database file was replaced.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from stoppress.desk.problem_details import PROBLEM_TYPE, problem_response, status_problem
from stoppress.service.monitoring.database_file import is_database_replaced
from stoppress.service.views import database_unreachable_response

DESK_PREFIX, API_PREFIX = "/desk/", "/api/"
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ApiProblemMiddleware:
    """Replace every error page under /api/ by problem details, whichever part of Django made it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and convert the response if it is an error without problem details."""
        response = self._get_response(request)
        is_error = response.status_code >= 400 and response.get("Content-Type") != PROBLEM_TYPE
        return status_problem(response) if is_error and request.path.startswith(API_PREFIX) else response


class ReplacedDatabaseMiddleware:
    """Respond 503 to requests that write, if the database file was replaced. Each API request counts as a write."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse the request, or pass it on."""
        is_api = request.path.startswith(API_PREFIX)
        if (not is_api and request.method in READING_METHODS) or not is_database_replaced():
            return self._get_response(request)
        if not is_api:
            return database_unreachable_response(request)
        detail = "Nothing was saved: the database file was replaced. An operator must restart the server."
        return problem_response(503, "unavailable", "The database is unavailable", detail, {"Retry-After": "5"})


class DeskOnlyMiddleware:
    """Mixin that passes only the desk's requests to a middleware."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Skip the middleware for requests outside the desk."""
        if request.path.startswith(DESK_PREFIX):
            return super().__call__(request)  # type: ignore[misc]  # the next class is a middleware
        return self.get_response(request)


class DeskSessionMiddleware(DeskOnlyMiddleware, SessionMiddleware):
    """Django's sessions, for the desk only."""


class DeskAuthenticationMiddleware(DeskOnlyMiddleware, AuthenticationMiddleware):
    """Django's authentication, for the desk only."""


class DeskMessageMiddleware(DeskOnlyMiddleware, MessageMiddleware):
    """Django's messages, for the desk only."""


class DeskCsrfMiddleware(DeskOnlyMiddleware, CsrfViewMiddleware):
    """Django's CSRF check, for the desk only: readers' forms and the API use no cookie that could be abused."""

    def process_view(self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any) -> Any:
        """Check forms of the desk only."""
        if request.path.startswith(DESK_PREFIX):
            return super().process_view(request, callback, callback_args, callback_kwargs)
        return None
