"""Sessions, log-ins, form tokens and messages belong to the desk: elsewhere no cookie is read or set (law 3)."""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

DESK_PREFIXES = "/desk/"


class DeskOnlyMiddleware:
    """Lets a middleware see the desk's requests only."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Pass other requests on untouched."""
        if request.path.startswith(DESK_PREFIXES):
            return super().__call__(request)  # type: ignore[misc]  # the next class in line is a middleware
        return self.get_response(request)


class DeskSessionMiddleware(DeskOnlyMiddleware, SessionMiddleware):
    """Django's sessions, at the desk."""


class DeskAuthenticationMiddleware(DeskOnlyMiddleware, AuthenticationMiddleware):
    """Django's log-ins, at the desk."""


class DeskMessageMiddleware(DeskOnlyMiddleware, MessageMiddleware):
    """Django's messages, at the desk."""


class DeskCsrfMiddleware(DeskOnlyMiddleware, CsrfViewMiddleware):
    """Django's protection of forms, at the desk: readers' forms and the API carry no cookie that could be abused."""

    def process_view(self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any) -> Any:
        """Check the desk's forms only."""
        if request.path.startswith(DESK_PREFIXES):
            return super().process_view(request, callback, callback_args, callback_kwargs)
        return None
