"""Middleware for the desk only: sessions, log-in, CSRF, messages. Elsewhere no cookie is read or set (law 3).

Two are for all: one makes every error under /api/ a problem, one refuses writes after the database file was replaced.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

from stoppress.desk.problem_details import PROBLEM_TYPE, status_problem
from stoppress.runtime.storage_faults import OtherVersionError, StorageFault, has_other_version
from stoppress.runtime.ttl_cache import TtlCache
from stoppress.service.monitoring.database_file import is_database_replaced
from stoppress.service.unavailable import unavailable_response

log = logging.getLogger(__name__)
other_version_cache = TtlCache(has_other_version)
DESK_PREFIX, API_PREFIX = "/desk/", "/api/"
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ApiProblemMiddleware:
    """Replace every error page under /api/ by problem details, whichever part of Django made it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and convert the response if it is an error without problem details."""
        if not f"{request.path}/".startswith(API_PREFIX):
            return self._get_response(request)
        if request.method == "HEAD":  # ninja routes by method; the server sends no body (RFC 9110 9.3.2)
            request.method = "GET"
        response = self._get_response(request)
        is_error = response.status_code >= 400 and response.get("Content-Type") != PROBLEM_TYPE
        return status_problem(response) if is_error else response


class ChangedDatabaseMiddleware:
    """Respond 503 to requests that write, if the database was replaced, or migrated by a newer version."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse the request, or pass it on."""
        if request.method not in READING_METHODS:
            if is_database_replaced():  # logged by the watch of the file
                return _refuse(request, StorageFault.REPLACED)
            if other_version_cache():
                log.error("%s %s refused", request.method, request.path, exc_info=OtherVersionError())
                return _refuse(request, StorageFault.OTHER_VERSION)
        return self._get_response(request)


def _refuse(request: HttpRequest, fault: StorageFault) -> HttpResponse:
    response = unavailable_response(request, fault)
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  Django's mark: one line is enough
    return response


class DeskOnlyMiddleware:
    """Mixin that passes only the desk's requests to a middleware."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Skip the middleware for requests outside the desk."""
        if request.path.startswith(DESK_PREFIX):
            return super().__call__(request)  # type: ignore[misc]  # the next class is a middleware
        return self.get_response(request)


class DeskOpenerPolicyMiddleware(DeskOnlyMiddleware, MiddlewareMixin):
    """Separates the desk from windows of other sites that opened it. Readers' pages hold nothing that needs it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add Cross-Origin-Opener-Policy."""
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


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
