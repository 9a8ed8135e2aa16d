"""Shared behaviour of the pages behind tokens: no cookie, no cache, and no referrer that would reveal the token."""

from functools import wraps

from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import activate
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from stoppress.coverage.localisation.languages import in_language, page_language, translated_language
from stoppress.signup.views.form_data import browser_language
from stoppress.subscribers.signed_links import ExpiredLinkError, ExpiredManageLinkError, InvalidLinkError


def token_page(view):
    """Wrap a view behind a token: GET changes nothing, POST acts, an invalid token gets an explanation.

    The page is in the browser's language until the view has found its subscriber (`activate_subscriber_language`).

    There is no CSRF token, since there is no session to protect: the signed token itself authorises the action.
    RFC 8058 requires that a mail program may POST without any cookie.
    """

    @wraps(view)
    def wrapped(request, token):
        language = translated_language(browser_language(request))
        with in_language(language):
            try:
                return view(request, token)
            except ExpiredManageLinkError:
                activate(language)
                text = _("It works for 30 days. We can send you a new one.")
                return message_page(request, _("This link has expired"), text, status=410, new_link=True)
            except ExpiredLinkError:
                activate(language)
                text = _("It works for seven days. Sign up again, and we send you a new one.")
                return message_page(request, _("This link has expired"), text, status=410, sign_up=True)
            except InvalidLinkError:
                activate(language)
                text = _("It may have been cut off. Open the link in the mail again, or copy all of it.")
                return message_page(request, _("This link does not work"), text, status=404, sign_up=True)

    allowed = require_http_methods(["GET", "HEAD", "POST"])(wrapped)
    return csrf_exempt(wraps(view)(lambda request, token: make_private(allowed(request, token))))


def message_page(request, title, *paragraphs, status=200, **more):
    """Return a page with a heading and paragraphs; `more` adds links at its end."""
    context = {"title": title, "paragraphs": paragraphs, **more}
    return render(request, "signup/message.html", context, status=status)


def activate_subscriber_language(subscriber):
    """Use the subscriber's language for the rest of this page; `token_page` restores the language before."""
    activate(page_language(subscriber.language))


def make_private(response):
    """Return the response with headers that keep it out of caches, referrers and search engines."""
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("Accept-Language",))
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
