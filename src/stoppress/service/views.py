"""Health, and the pages for what is not there or went wrong."""

from datetime import UTC, datetime

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from stoppress.alerts.runs import set_aside


def health(request: HttpRequest) -> JsonResponse:
    """200 if the database answers; and whether a mailer has found it put back, and set aside what waited in it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    fenced = set_aside(now=datetime.now(UTC))
    facts = {"mail_set_aside": fenced["deliveries"]} if fenced else {}
    return JsonResponse({"status": "ok", **facts}, headers={"Cache-Control": "no-store"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an address that leads nowhere."""
    return render(request, "service/problem.html", {"title": "Nothing here", "text": NOT_FOUND}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """The page for a fault of ours."""
    return render(request, "service/problem.html", {"title": "Something went wrong", "text": BROKEN}, status=500)


NOT_FOUND = "There is no page at this address. It may have been mistyped, or the link may be damaged."
BROKEN = "The fault is ours and has been noted. Please try again in a minute."
