"""Responses while disk or database cannot be used: 503, with the text of a form that was sent."""

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

from stoppress.coverage.localisation.languages import (
    in_language,
    newsroom_language,
    parse_accept_language,
    translated_language,
)
from stoppress.desk.problem_details import STORAGE_RETRY_SECONDS, storage_problem
from stoppress.runtime.storage_faults import StorageFault

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

DESK_PREFIX, API_PREFIX = "/desk/", "/api/"
DOWN = _("We cannot reach our records at the moment. Please try again in some seconds.")
MAX_SHOWN_FIELDS = 200
SECRET_FIELDS = frozenset({"csrfmiddlewaretoken", "password", "old_password", "new_password1", "new_password2"})
"""Fields that are not shown and not sent again."""


def unavailable_response(request: HttpRequest, fault: StorageFault) -> HttpResponse:
    """Return 503: problem details for the API, else a page with which a sent form can be sent again."""
    if request.path.startswith(API_PREFIX):
        return storage_problem(fault)
    fields = sent_fields(request)
    context = {"title": _("Something went wrong"), "text": DOWN, "fields": fields}
    context["form_token"] = get_token(request) if fields and is_desk(request) else ""
    context["texts"] = [text for _name, value in fields if (text := strip_tags(value).strip()) and " " in text]
    response = render_in_browser_language(request, "service/unavailable.html", context, 503)
    response["Cache-Control"] = "no-store"
    response["Retry-After"] = str(STORAGE_RETRY_SECONDS)
    return response


def is_desk(request: HttpRequest) -> bool:
    """Return True for requests of the desk, which has sessions and CSRF tokens."""
    return request.path.startswith(DESK_PREFIX)


def sent_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return name and value of each field of a sent form; none if the form may come from another site."""
    if request.method != "POST":
        return []
    if is_desk(request) and not has_csrf_token(request):
        return []
    try:
        posted = request.POST
    except (OSError, UnreadablePostError):
        return []
    found = [(name, value) for name, values in posted.lists() for value in values if name not in SECRET_FIELDS]
    return [(str(name), str(value)) for name, value in found[:MAX_SHOWN_FIELDS]]


def has_csrf_token(request: HttpRequest) -> bool:
    """Return True if the form came from the desk itself."""

    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    check = CsrfViewMiddleware(view)
    check.process_request(request)
    return check.process_view(request, view, (), {}) is None


def render_in_browser_language(
    request: HttpRequest, template: str, context: "dict[str, StrPromise | object]", status: int
) -> HttpResponse:
    """Return a page in the browser's language."""
    wanted = parse_accept_language(request.headers.get("Accept-Language", ""))
    with in_language(translated_language(*wanted, newsroom_language())):
        response = render(request, template, context, status=status)
    patch_vary_headers(response, ("Accept-Language",))
    return response
