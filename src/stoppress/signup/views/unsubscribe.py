"""`/alerts/unsubscribe/TOKEN`: one click in a mail program (RFC 8058) or a button on a page; `/alerts/undo/TOKEN`."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import (
    ORIGIN_LINK,
    ORIGIN_ONE_CLICK,
    find_undo,
    find_undo_link,
    find_unsubscription,
    undo_unsubscribe,
    unsubscribe,
)
from stoppress.signup.consent_wording import undo_question
from stoppress.signup.views.private_pages import activate_subscriber_language, message_page, token_page
from stoppress.subscribers.default_topic_names import localised_topic_name
from stoppress.subscribers.signed_links import ExpiredLinkError, LinkPurpose, make_undo_token

BEFORE_UNSUBSCRIBE = (
    gettext_lazy("Unsubscribe from “{topic}”?"),
    gettext_lazy("It will no longer be sent to {address}."),
)
AFTER_UNSUBSCRIBE = (
    gettext_lazy("You have unsubscribed"),
    gettext_lazy("“{topic}” will no longer be sent to {address}."),
)
BEFORE_UNDO = gettext_lazy("It will be sent to {address} again.")
AFTER_UNDO = (gettext_lazy("You are subscribed again"), gettext_lazy("“{topic}” will be sent to {address} again."))
"""Title and text of each page."""
ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""The form field of RFC 8058."""


@token_page
def unsubscribe_page(request, token):
    """Show what the link ends; end it on POST."""
    if request.method != "POST":
        context = _texts(find_unsubscription(token), *BEFORE_UNSUBSCRIBE)
        return render(request, "signup/unsubscribe.html", context)
    now, one_click = utc_now(), _is_one_click(request)
    unsubscription = unsubscribe(token, now=now, origin=ORIGIN_ONE_CLICK if one_click else ORIGIN_LINK)
    if one_click:
        return HttpResponse("You are unsubscribed.\n", content_type="text/plain; charset=utf-8")
    undo_link = find_undo_link(unsubscription, now)
    context = _texts(unsubscription, *AFTER_UNSUBSCRIBE) | {
        "undo": f"/alerts/{LinkPurpose.UNDO}/{make_undo_token(undo_link)}" if undo_link else "",
    }
    return render(request, "signup/unsubscribed.html", context)


@token_page
def undo_page(request, token):
    """Show what the link would undo; undo it on POST."""
    now, is_post = utc_now(), request.method == "POST"
    try:
        unsubscription = _undo(request, token, now) if is_post else find_undo(token, now)
    except ExpiredLinkError:
        text = _(
            "An hour has passed, or you have unsubscribed again since. Choose what you get with the link in any of our "
            "mails, or sign up again."
        )
        return message_page(request, _("This can no longer be undone here"), text, status=410, sign_up=True)
    if not is_post:
        texts = _texts(unsubscription, "", BEFORE_UNDO)
        return render(request, "signup/undo.html", texts | {"title": undo_question(unsubscription.topic.name)})
    texts = _texts(unsubscription, *AFTER_UNDO)
    return message_page(request, texts["title"], texts["text"], new_link=True)


def _undo(request, token, now):
    is_after_unsubscribing = "after_unsubscribing" in request.POST
    return undo_unsubscribe(token, now=now, is_after_unsubscribing=is_after_unsubscribing)


def _texts(unsubscription, title, text):
    """Return title and text in the subscriber's language, with the topic and the masked address filled in."""
    activate_subscriber_language(unsubscription.subscriber)
    values = {
        "topic": localised_topic_name(unsubscription.topic.name),
        "address": mask_mail_address(unsubscription.subscriber.email),
    }
    return {"title": title.format(**values), "text": text.format(**values)}


def _is_one_click(request):
    """Return True if a mail program sent the request. A body that cannot be read counts as one: the URL is enough."""
    try:
        return request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation, BadRequest):
        return True
