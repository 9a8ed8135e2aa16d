"""Health, and the pages for what is not there or went wrong."""

import logging
import sys
from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from stoppress.coverage.localisation.languages import (
    parse_accept_language,
    in_language,
    newsroom_language,
    translated_language,
)
from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache.public_response import OTHER_CACHE_CONTROL
from stoppress.runtime.log_throttle import FailureLog
from stoppress.service.log_format import is_database_unreachable
from stoppress.service.monitoring.current_alarms import current_alarms

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

log = logging.getLogger(__name__)
_down = FailureLog(log, "the database does not answer")


def health_view(request: HttpRequest) -> JsonResponse:
    """For load balancers: 200 as long as pages can be served, 503 if the database does not answer.

    Alarms are told by their codes, and change no status: a process must not be restarted because mail is late.
    """
    try:
        LiveBlog.objects.values_list("pk").first()
    except DatabaseError:
        _down.record_failure()
        return _answer({"status": "down"}, 503)
    _down.record_success()
    codes = [alarm.code for alarm in current_alarms()]
    return _answer({"status": "degraded", "alarms": codes} if codes else {"status": "ok"}, 200)


def mail_health_view(request: HttpRequest) -> JsonResponse:
    """For monitors that look at the status alone: 503 while any alarm stands."""
    codes = [alarm.code for alarm in current_alarms()]
    return _answer({"status": "alarm", "alarms": codes} if codes else {"status": "ok"}, 503 if codes else 200)


def _answer(facts: dict[str, object], status: int) -> JsonResponse:
    return JsonResponse(facts, status=status, headers={"Cache-Control": "no-store"})


def not_found_view(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an address that leads nowhere: coverage may be opened there at any moment."""
    response = _problem(request, _("Nothing here"), NOT_FOUND, 404)
    response["Cache-Control"] = "no-store" if request.path.startswith(PRIVATE) else OTHER_CACHE_CONTROL
    return response


def server_error_view(request: HttpRequest) -> HttpResponse:
    """The page for a fault of ours; it may be only that the database is away (Django calls while that is handled)."""
    away = is_database_unreachable(sys.exception())
    status, text = (503, DOWN) if away else (500, BROKEN)
    response = _problem(request, _("Something went wrong"), text, status)
    response["Cache-Control"] = "no-store"
    if away:
        response["Retry-After"] = "5"
    return response


def _problem(request: HttpRequest, title: "StrPromise", text: "StrPromise", status: int) -> HttpResponse:
    """Return a page with one sentence, in the browser's language."""
    wanted = parse_accept_language(request.headers.get("Accept-Language", ""))
    with in_language(translated_language(*wanted, newsroom_language())):
        response = render(request, "service/problem.html", {"title": title, "text": text}, status=status)
    patch_vary_headers(response, ("Accept-Language",))
    return response


PRIVATE = ("/desk/", "/api/", "/alerts/")
"""What no shared cache may keep, not even for some seconds."""
NOT_FOUND = _("There is no page at this address. It may have been mistyped, or the link may be damaged.")
DOWN = _("We cannot reach our records at the moment. Please try again in some seconds.")
BROKEN = _("The fault is ours and has been noted. Please try again in a minute.")
