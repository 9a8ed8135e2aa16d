"""`/alerts/confirm/TOKEN`: a page with a button. Link scanners open pages; only people press buttons."""

from django.shortcuts import render

from stoppress.alerts.mail.links import manage_path
from stoppress.alerts.signup import confirm as confirm_wish
from stoppress.alerts.signup import shortened, wish_of
from stoppress.alerts.views.private import token_page, told, utc_now


@token_page
def confirm(request, token):
    """Show what would be confirmed; confirm it."""
    if request.method != "POST":
        found = wish_of(token, utc_now())
        context = {"topic": found.topic, "address": shortened(found.subscriber.email)}
        return render(request, "alerts/confirm.html", context)
    found = confirm_wish(token, now=utc_now())
    return told(
        request,
        "You are signed up",
        f"“{found.topic.name}” will come to {shortened(found.subscriber.email)} as soon as there is something to tell.",
        "Every message ends with a link that lets you leave with one click.",
        back_to=found.back_to,
        manage=manage_path(found.subscriber),
    )
