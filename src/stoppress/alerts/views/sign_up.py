"""`/alerts`: the one field."""

import re

from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from stoppress.alerts.brakes import Brake, client_address
from stoppress.alerts.errors import BadAddress
from stoppress.alerts.signup import ask, tidy_address
from stoppress.alerts.topics import breaking_topic
from stoppress.alerts.views.private import private, told, utc_now

BY_CLIENT = Brake("sign-ups by client", limit=20, seconds=3600)
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
TOO_OFTEN = "There were many sign-ups from your connection just now. Please try again in an hour."


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request):
    """The form, and what becomes of it."""
    if request.method != "POST":
        return _form(request, back_to=_slug(request.GET.get("next", "")))
    back_to = _slug(request.POST.get("next", ""))
    typed = request.POST.get("email", "")[:400]
    if request.POST.get("website"):  # Nobody sees this field; only programs fill it in.
        return _sent(request, back_to)
    try:
        address = tidy_address(typed)
    except BadAddress as error:
        return _form(request, typed=typed, error=str(error), back_to=back_to, status=422)
    if not BY_CLIENT.allow(client_address(request), utc_now()):
        return _form(request, typed=typed, error=TOO_OFTEN, back_to=back_to, status=429)
    ask(address, breaking_topic(), now=utc_now(), back_to=back_to)
    return _sent(request, back_to, address.email)


def _form(request, *, typed="", error="", back_to="", status=200):
    context = {"topic": breaking_topic(), "typed": typed, "error": error, "back_to": back_to}
    return private(render(request, "alerts/sign_up.html", context, status=status))


def _sent(request, back_to, email=""):
    where = f"We have sent a message to {email}." if email else "We have sent you a message."
    return private(
        told(
            request,
            "Look into your inbox",
            f"{where} Open the link in it and press the button: only then are you signed up.",
            "Nothing there after some minutes? Look among the unwanted mail, and check the address.",
            back_to=back_to,
        )
    )


def _slug(text):
    return text if SLUG.fullmatch(text) and len(text) <= 80 else ""
