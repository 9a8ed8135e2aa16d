"""Middleware for the desk only: sessions, log-in, CSRF, messages. Elsewhere no cookie is read or set (law 3)."""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

DESK_PREFIX = "/desk/"


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
