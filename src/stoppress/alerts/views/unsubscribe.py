"""`/alerts/unsubscribe/TOKEN`: one click in a mail program (RFC 8058), or a button on a page."""

from django.http import HttpResponse
from django.shortcuts import render

from stoppress.alerts.mail.links import manage_path
from stoppress.alerts.signup import leave, leaving_of, shortened
from stoppress.alerts.views.private import token_page, told, utc_now

ONE_CLICK = ("List-Unsubscribe", "One-Click")


@token_page
def unsubscribe(request, token):
    """Show what would end; end it."""
    if request.method != "POST":
        found = leaving_of(token)
        context = {"topic": found.topic, "address": shortened(found.subscriber.email)}
        return render(request, "alerts/unsubscribe.html", context)
    found = leave(token, now=utc_now())
    if request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        return HttpResponse("You are unsubscribed.\n", content_type="text/plain; charset=utf-8")
    return told(
        request,
        "You have left",
        f"“{found.topic.name}” will not come to {shortened(found.subscriber.email)} any more.",
        "Was that a mistake? You can have it back below.",
        manage=manage_path(found.subscriber),
    )
