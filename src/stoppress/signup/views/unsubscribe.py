"""`/alerts/unsubscribe/TOKEN`: one click in a mail program (RFC 8058), or a button on a page; and `undo` after that."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import ORIGIN_LINK, ORIGIN_ONE_CLICK, unsubscribe, find_unsubscription, find_undo_link, find_undo
from stoppress.signup.actions import undo_unsubscribe as take_back
from stoppress.signup.views.private_pages import token_page, message_page, activate_subscriber_language
from stoppress.subscribers.default_topic import localised_topic_name
from stoppress.subscribers.signed_links import ExpiredLinkError, LinkPurpose, manage_path, make_undo_token

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
def unsubscribe_page(request, token):
    """Show what would end; end it."""
    if request.method != "POST":
        return render(request, "signup/unsubscribe.html", _about(find_unsubscription(token), *QUESTION))
    now, by_program = utc_now(), _by_mail_program(request)
    found = unsubscribe(token, now=now, origin=ORIGIN_ONE_CLICK if by_program else ORIGIN_LINK)
    if by_program:
        return HttpResponse("You are unsubscribed.\n", content_type="text/plain; charset=utf-8")
    left = find_undo_link(found, now)
    context = _about(found, *LEFT) | {
        "undo": f"/alerts/{LinkPurpose.UNDO}/{make_undo_token(left)}" if left else "",
        "manage": "" if found.subscriber.erased_at else manage_path(found.subscriber),
    }
    return render(request, "signup/unsubscribed.html", context)


@token_page
def undo_page(request, token):
    """Show what would be taken back; take it back."""
    now = utc_now()
    try:
        found = take_back(token, now=now) if request.method == "POST" else find_undo(token, now)
    except ExpiredLinkError:
        text = _(
            "An hour has passed, or you have left again since. Choose what you get with the link in any of our mails, "
            "or sign up again."
        )
        return message_page(request, _("This can no longer be undone here"), text, status=410, sign_up=True)
    if request.method != "POST":
        return render(request, "signup/undo.html", _about(found, *UNDO_QUESTION))
    about = _about(found, *RESTORED)
    return message_page(request, about["title"], about["means"], manage=manage_path(found.subscriber))


def _about(found, title, means):
    """A title and a sentence about one topic and one address."""
    activate_subscriber_language(found.subscriber)
    facts = {"topic": localised_topic_name(found.topic.name), "address": mask_mail_address(found.subscriber.email)}
    return {"title": title.format(**facts), "means": means.format(**facts)}


def _by_mail_program(request):
    """Whether the body says so. One that cannot be read hinders nobody: the address alone says what is wanted."""
    try:
        return request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation, BadRequest):
        return True
