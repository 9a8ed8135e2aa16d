"""Stored mail, shown like an inbox: for administrators, and in the demo for clients on this machine.

The demo mounts the same views at `/inbox` (stoppress.desk.demo_urls).
"""

from functools import partial, wraps

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from stoppress.delivery.kept_mail import find_kept_mail, list_kept_mail
from stoppress.desk.access.frame_policy import allow_mail_frames, serve_mail_frame
from stoppress.desk.access.permission_check import require_permission
from stoppress.runtime.networks import is_loopback


@require_safe
def show_inbox(request, base):
    """Show the stored messages, newest first."""
    context = {"mails": list_kept_mail(settings.KEPT_MAIL), "base": base, "relay": bool(settings.RELAYS)}
    return render(request, "desk/inbox.html", context)


@require_safe
@allow_mail_frames
def show_message(request, name, base):
    """Show one message as HTML, text or headers."""
    context = {"mail": _find(name), "base": base, "part": request.GET.get("part", "html")}
    return render(request, "desk/message.html", context)


@require_safe
@serve_mail_frame
def show_html(request, name, base):
    """Return the HTML of one message, for the frame."""
    return HttpResponse(_find(name).html)


def _find(name):
    mail = find_kept_mail(settings.KEPT_MAIL, name)
    if mail is None:
        raise Http404
    return mail


def require_loopback(view):
    """Decorate a view so that only clients on this machine get an answer, whatever the settings are."""

    @wraps(view)
    def guarded(request, **rest):
        if not is_loopback(request.META.get("REMOTE_ADDR", "")):
            raise Http404
        return view(request, **rest)

    return guarded


inbox = require_permission("inbox")(partial(show_inbox, base="/desk/inbox"))
message = require_permission("inbox")(partial(show_message, base="/desk/inbox"))
message_html = require_permission("inbox")(partial(show_html, base="/desk/inbox"))

open_inbox = never_cache(require_loopback(partial(show_inbox, base="/inbox")))
open_message = never_cache(require_loopback(partial(show_message, base="/inbox")))
open_html = never_cache(require_loopback(partial(show_html, base="/inbox")))
