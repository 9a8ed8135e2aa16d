"""Decide before a large body is read whether its sender may send it.

Views that take files are marked:

    @takes_files
    @require_permission("write")
    def upload_picture(request, blog): …

The view checks everything again; this check only keeps strangers from filling disk and memory.
"""

from io import BytesIO
from typing import Any

from django.contrib.auth import get_user
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from stoppress.desk.access.api_tokens import find_token
from stoppress.desk.access.permission_check import View, require_permission

BEARER = "Bearer "


def takes_files(view: View) -> View:
    """Mark a view of the desk that takes files, so that its requests may have large bodies."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def takes_large_bodies(path: str) -> bool:
    """Return True if the view of a path takes files."""
    try:
        return getattr(resolve(path).func, "takes_files", False)
    except Resolver404:
        return False


def refuse_large_body(scope: dict[str, Any]) -> HttpResponseBase | None:
    """Return the response to a request for a view that takes files, or None if its body may be read.

    Without a session the response is that of the view: the log-in, or 401 for scripts.
    """
    match, request = resolve(scope["path"]), _request_of(scope)
    check = require_permission(match.func.permission)(_accept)  # type: ignore[attr-defined]  # marked views have one
    slug = match.kwargs.get("slug")
    try:
        response = check(request, slug) if slug else check(request)
    except Http404:
        return HttpResponse(status=404)
    return None if response is ACCEPTED else response


def has_known_sender(scope: dict[str, Any]) -> bool:
    """Return True if the request comes from a person with a session at the desk, or has a valid token."""
    request = _request_of(scope)
    credentials = request.headers.get("Authorization", "")
    if credentials.startswith(BEARER):
        return find_token(credentials.removeprefix(BEARER).strip()) is not None
    return bool(request.user.is_authenticated)


ACCEPTED = HttpResponse()
"""Stands for the view's response, which nothing reads."""


def _accept(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    return ACCEPTED


def _request_of(scope: dict[str, Any]) -> HttpRequest:
    """Return the request without its body, with session and user."""
    request = ASGIRequest(scope, BytesIO())
    SessionMiddleware(_no_response).process_request(request)
    request.user = get_user(request)
    return request


def _no_response(request: HttpRequest) -> HttpResponseBase:
    raise RequestAborted
