"""Health, and the pages for what is not there or went wrong."""

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from stoppress.edge.answers import ELSEWHERE
from stoppress.service.watch.now import standing_alarms

log = logging.getLogger(__name__)


def health(request: HttpRequest) -> JsonResponse:
    """For load balancers: 200 as long as pages can be served, 503 if the database does not answer.

    Alarms are told by their codes, and change no status: a process must not be restarted because mail is late.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("the database does not answer")
        return _answer({"status": "down"}, 503)
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
    """The page for a fault of ours."""
    return render(request, "service/problem.html", {"title": "Something went wrong", "text": BROKEN}, status=500)


PRIVATE = ("/desk/", "/api/", "/alerts/")
"""What no shared cache may keep, not even for some seconds."""
NOT_FOUND = "There is no page at this address. It may have been mistyped, or the link may be damaged."
BROKEN = "The fault is ours and has been noted. Please try again in a minute."
