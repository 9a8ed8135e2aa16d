"""`/alerts/confirm/TOKEN`: a page with a button. Link scanners open pages; only people press buttons."""

from django.shortcuts import render

from stoppress.alerts.errors import TopicRetired
from stoppress.alerts.mail.links import manage_path
from stoppress.alerts.signup import confirm as confirm_wish
from stoppress.alerts.signup import shortened, wish_of
from stoppress.alerts.signup.wording import CONFIRM_BUTTON, question
from stoppress.alerts.views.private import token_page, told, utc_now


@token_page
def confirm(request, token):
    """Show what would be confirmed; confirm it."""
    try:
        return _answer(request, token)
    except TopicRetired as error:
        return told(
            request, str(error), "Is there something else that you would like to have?", status=410, sign_up=True
        )


def _answer(request, token):
    if request.method != "POST":
        found = wish_of(token, utc_now())
        context = {
            "found": found,
            "address": shortened(found.subscriber.email),
            "question": question(found.topic.name),
            "button": CONFIRM_BUTTON,
        }
        return render(request, "alerts/confirm.html", context)
    found = confirm_wish(token, now=utc_now(), chosen=_chosen(request))
    return told(
        request,
        "You are signed up",
        f"What you asked for will come to {shortened(found.subscriber.email)} as soon as there is something to tell.",
        "Every message ends with a link that lets you leave with one click.",
        back_to=found.back_to,
        manage=manage_path(found.subscriber),
    )


def _chosen(request):
    """The topics that were ticked, where there was more than one to tick."""
    ticked = request.POST.getlist("topic")
    return ticked if "offered" in request.POST and ticked else None
