"""`/alerts/unsubscribe/TOKEN`: one click in a mail program (RFC 8058), or a button on a page; and `undo` after that."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import BY_LINK, BY_MAIL_PROGRAM, leave, leaving_of, left_lately, undo_of
from stoppress.signup.actions import undo as take_back
from stoppress.signup.views.private_pages import token_page, told, use_language_of
from stoppress.subscribers.default_topic import shown_name
from stoppress.subscribers.signed_links import ExpiredLink, Purpose, manage_path, undo_token

QUESTION = (
    gettext_lazy("Leave “{topic}”?"),
    gettext_lazy("It will not come to {address} any more, from this moment on."),
)
LEFT = gettext_lazy("You have left"), gettext_lazy("“{topic}” will not come to {address} any more.")
UNDO_QUESTION = gettext_lazy("Have “{topic}” back?"), gettext_lazy("It will go on coming to {address}.")
RESTORED = gettext_lazy("You have it back"), gettext_lazy("“{topic}” goes on coming to {address}.")
"""Titles and sentences of the pages, before and after."""
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@token_page
def unsubscribe(request, token):
    """Show what would end; end it."""
    if request.method != "POST":
        return render(request, "signup/unsubscribe.html", _about(leaving_of(token), *QUESTION))
    now, by_program = utc_now(), _by_mail_program(request)
    found = leave(token, now=now, place=BY_MAIL_PROGRAM if by_program else BY_LINK)
    if by_program:
        return HttpResponse("You are unsubscribed.\n", content_type="text/plain; charset=utf-8")
    left = left_lately(found, now)
    context = _about(found, *LEFT) | {
        "undo": f"/alerts/{Purpose.UNDO}/{undo_token(left)}" if left else "",
        "manage": "" if found.subscriber.erased_at else manage_path(found.subscriber),
    }
    return render(request, "signup/left.html", context)


@token_page
def undo(request, token):
    """Show what would be taken back; take it back."""
    now = utc_now()
    try:
        found = take_back(token, now=now) if request.method == "POST" else undo_of(token, now)
    except ExpiredLink:
        text = _(
            "An hour has passed, or you have left again since. Choose what you get with the link in any of our mails, "
            "or sign up again."
        )
        return told(request, _("This can no longer be undone here"), text, status=410, sign_up=True)
    if request.method != "POST":
        return render(request, "signup/undo.html", _about(found, *UNDO_QUESTION))
    about = _about(found, *RESTORED)
    return told(request, about["title"], about["means"], manage=manage_path(found.subscriber))


def _about(found, title, means):
    """A title and a sentence about one topic and one address."""
    use_language_of(found.subscriber)
    facts = {"topic": shown_name(found.topic.name), "address": mask_mail_address(found.subscriber.email)}
    return {"title": title.format(**facts), "means": means.format(**facts)}


def _by_mail_program(request):
    """Whether the body says so. One that cannot be read hinders nobody: the address alone says what is wanted."""
    try:
        return request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation, BadRequest):
        return True
