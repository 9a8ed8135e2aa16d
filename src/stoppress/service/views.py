"""Health checks, and the pages for 404, 500 and 503."""

import logging
import sys
from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from stoppress.coverage.models import LiveBlog
from stoppress.edge.cache.public_response import OTHER_CACHE_CONTROL
from stoppress.runtime.log_throttle import FailureLog
from stoppress.runtime.storage_faults import find_storage_fault
from stoppress.service.monitoring.current_alarms import current_alarms
from stoppress.service.monitoring.database_file import is_database_replaced
from stoppress.service.unavailable import render_in_browser_language, unavailable_response

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

log = logging.getLogger(__name__)
_failures = FailureLog(log, "database does not answer")


def health_view(request: HttpRequest) -> JsonResponse:
    """Return 200 while pages can be served, 503 if the database does not answer; for load balancers.

    Alarms are listed by code and do not change the status: late mail is no reason to restart a process.
    """
    try:
        LiveBlog.objects.values_list("pk").first()
    except DatabaseError:
        if is_database_replaced():  # logged by the watch of the file
            return _json_response({"status": "down", "alarms": ["database"]}, 503)
        _failures.record_failure()
        return _json_response({"status": "down"}, 503)
    _failures.record_success()
    codes = [alarm.code for alarm in current_alarms()]
    return _json_response({"status": "degraded", "alarms": codes} if codes else {"status": "ok"}, 200)


def mail_health_view(request: HttpRequest) -> JsonResponse:
    """Return 503 while there is an alarm; for monitors that read the status code alone."""
    codes = [alarm.code for alarm in current_alarms()]
    return _json_response({"status": "alarm", "alarms": codes} if codes else {"status": "ok"}, 503 if codes else 200)


def _json_response(content: dict[str, object], status: int) -> JsonResponse:
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})


def not_found_view(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for an unknown address; coverage may be opened there at any moment."""
    response = _problem(request, _("Nothing here"), NOT_FOUND, 404)
    response["Cache-Control"] = "no-store" if request.path.startswith(PRIVATE) else OTHER_CACHE_CONTROL
    return response


def server_error_view(request: HttpRequest) -> HttpResponse:
    """Return the page for a server error: 503 if disk or database cannot be used, else 500."""
    if fault := find_storage_fault(sys.exception()):
        return unavailable_response(request, fault)
    response = _problem(request, _("Something went wrong"), BROKEN, 500)
    response["Cache-Control"] = "no-store"
    return response


def _problem(request: HttpRequest, title: "StrPromise", text: "StrPromise", status: int) -> HttpResponse:
    """Return a page with one sentence, in the browser's language."""
    return render_in_browser_language(request, "service/problem.html", {"title": title, "text": text}, status)


PRIVATE = ("/desk/", "/api/", "/alerts/")
"""Prefixes that no shared cache may store, not even for seconds."""
NOT_FOUND = _("There is no page at this address. It may have been mistyped, or the link may be damaged.")
BROKEN = _("The fault is ours and has been noted. Please try again in a minute.")
