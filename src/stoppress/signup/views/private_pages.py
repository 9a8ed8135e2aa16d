"""What is common to all these pages: they stand without cookies, and nothing of their address goes anywhere else."""

from functools import wraps

from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import activate
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from stoppress.coverage.localisation.languages import in_language, page_language, translated_language
from stoppress.signup.views.form_data import browser_language
from stoppress.subscribers.signed_links import InvalidLinkError, ExpiredLinkError


def token_page(view):
    """A page behind a token: GET shows and changes nothing, POST acts; a bad token gets a kind word.

    It is in the browser's language until the view has found its subscriber (`use_language_of`).

    There is no CSRF token since there is no session to ride on: the signed token itself is the right to act (RFC 8058
    demands that a mail program may POST without any cookie).
    """

    @wraps(view)
    def wrapped(request, token):
        browser = translated_language(browser_language(request))
        with in_language(browser):
            try:
                return view(request, token)
            except ExpiredLinkError:
                activate(browser)
                text = _("It works for seven days. Sign up again, and we send you a new one.")
                return message_page(request, _("This link has expired"), text, status=410, sign_up=True)
            except InvalidLinkError:
                activate(browser)
                text = _(
                    "It may have been cut off on its way. Open the link in the mail once more, or copy the whole of it."
                )
                return message_page(request, _("This link does not work"), text, status=404, sign_up=True)

    allowed = require_http_methods(["GET", "HEAD", "POST"])(wrapped)
    return csrf_exempt(wraps(view)(lambda request, token: make_private(allowed(request, token))))


def message_page(request, title, *paragraphs, status=200, **more):
    """A page with a headline and some sentences."""
    context = {"title": title, "paragraphs": paragraphs, **more}
    return render(request, "signup/message.html", context, status=status)


def activate_subscriber_language(reader):
    """Write the rest of this page in the subscriber's language; `token_page` restores the language before."""
    activate(page_language(reader.language))


def make_private(response):
    """No copy in any cache, no trace in a referrer or a search engine."""
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("Accept-Language",))
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
