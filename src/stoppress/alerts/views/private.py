"""What is common to all these pages: they stand without cookies, and nothing of their address goes anywhere else."""

from functools import wraps

from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from stoppress.alerts.mail.links import BadLink, ExpiredLink
from stoppress.alerts.phrases import ENGLISH, own_language, phrases_for
from stoppress.alerts.views.asked import browsers_language


def token_page(view):
    """A page behind a token: GET shows and changes nothing, POST acts; a bad token gets a kind word.

    There is no CSRF token since there is no session to ride on: the signed token itself is the right to act (RFC 8058
    demands that a mail program may POST without any cookie).
    """

    @wraps(view)
    def wrapped(request, token):
        said = phrases_for(browsers_language(request))
        try:
            return view(request, token)
        except ExpiredLink:
            return told(request, said.page.expired_title, said.page.expired, status=410, sign_up=True, phrases=said)
        except BadLink:
            return told(request, said.page.damaged_title, said.page.damaged, status=404, sign_up=True, phrases=said)

    allowed = require_http_methods(["GET", "HEAD", "POST"])(wrapped)
    return csrf_exempt(wraps(view)(lambda request, token: private(allowed(request, token))))


def told(request, title, *paragraphs, status=200, phrases=ENGLISH, **more):
    """A page with a headline and some sentences."""
    context = {"title": title, "paragraphs": paragraphs, **speaking(phrases), **more}
    return render(request, "alerts/told.html", context, status=status)


def phrases_to(reader):
    """What is said to one reader."""
    return phrases_for(reader.language, own_language())


def speaking(phrases):
    """For a template: what to say, and in which language and direction the page is written."""
    return {
        "said": phrases.page,
        "way_out": phrases.mail,
        "page_language": phrases.tag,
        "page_direction": phrases.direction,
    }


def private(response):
    """No copy in any cache, no trace in a referrer or a search engine."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
