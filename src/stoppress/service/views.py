"""Health, and the pages for what is not there or went wrong."""

import logging
import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from stoppress.coverage.models import LiveBlog
from stoppress.edge.answers import ELSEWHERE
from stoppress.edge.complaints import Complaint
from stoppress.service.logs import is_away
from stoppress.service.watch.now import standing_alarms

log = logging.getLogger(__name__)
_down = Complaint(log, "the database does not answer")


def health(request: HttpRequest) -> JsonResponse:
    """For load balancers: 200 as long as pages can be served, 503 if the database does not answer.

    Alarms are told by their codes, and change no status: a process must not be restarted because mail is late.
    """
    try:
        LiveBlog.objects.values_list("pk").first()
    except DatabaseError:
        _down.make()
        return _answer({"status": "down"}, 503)
    _down.settle()
    codes = [alarm.code for alarm in standing_alarms()]
    return _answer({"status": "degraded", "alarms": codes} if codes else {"status": "ok"}, 200)


def mail_health(request: HttpRequest) -> JsonResponse:
    """For monitors that look at the status alone: 503 while any alarm stands."""
    codes = [alarm.code for alarm in standing_alarms()]
    return _answer({"status": "alarm", "alarms": codes} if codes else {"status": "ok"}, 503 if codes else 200)


def _answer(facts: dict[str, object], status: int) -> JsonResponse:
    return JsonResponse(facts, status=status, headers={"Cache-Control": "no-store"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an address that leads nowhere: coverage may be opened there at any moment."""
    response = render(request, "service/problem.html", {"title": "Nothing here", "text": NOT_FOUND}, status=404)
    response["Cache-Control"] = "no-store" if request.path.startswith(PRIVATE) else ELSEWHERE
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """The page for a fault of ours; it may be only that the database is away (Django calls while that is handled)."""
    away = is_away(sys.exception())
    status, text = (503, DOWN) if away else (500, BROKEN)
    response = render(request, "service/problem.html", {"title": "Something went wrong", "text": text}, status=status)
    response["Cache-Control"] = "no-store"
    if away:
        response["Retry-After"] = "5"
    return response


PRIVATE = ("/desk/", "/api/", "/alerts/")
"""What no shared cache may keep, not even for some seconds."""
NOT_FOUND = "There is no page at this address. It may have been mistyped, or the link may be damaged."
DOWN = "We cannot reach our records at the moment. Please try again in some seconds."
BROKEN = "The fault is ours and has been noted. Please try again in a minute."
