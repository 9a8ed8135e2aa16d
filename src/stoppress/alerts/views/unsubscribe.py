"""`/alerts/unsubscribe/TOKEN`: one click in a mail program (RFC 8058), or a button on a page; and `undo` after that."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render

from stoppress.alerts.mail.links import ExpiredLink, Purpose, manage_path, undo_token
from stoppress.alerts.phrases import phrases_for
from stoppress.alerts.signup import (
    BY_LINK,
    BY_MAIL_PROGRAM,
    leave,
    leaving_of,
    left_lately,
    undo_of,
)
from stoppress.alerts.signup import undo as take_back
from stoppress.alerts.views.asked import browsers_language
from stoppress.alerts.views.private import phrases_to, speaking, token_page, told
from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address

ONE_CLICK = ("List-Unsubscribe", "One-Click")


@token_page
def unsubscribe(request, token):
    """Show what would end; end it."""
    if request.method != "POST":
        return render(request, "alerts/unsubscribe.html", _about(leaving_of(token), "leave_title", "leave"))
    now, by_program = utc_now(), _by_mail_program(request)
    found = leave(token, now=now, place=BY_MAIL_PROGRAM if by_program else BY_LINK)
    if by_program:
        return HttpResponse("You are unsubscribed.\n", content_type="text/plain; charset=utf-8")
    left = left_lately(found, now)
    context = _about(found, "left_title", "left") | {
        "undo": f"/alerts/{Purpose.UNDO}/{undo_token(left)}" if left else "",
        "manage": "" if found.subscriber.erased_at else manage_path(found.subscriber),
    }
    return render(request, "alerts/left.html", context)


@token_page
def undo(request, token):
    """Show what would be taken back; take it back."""
    now = utc_now()
    try:
        found = take_back(token, now=now) if request.method == "POST" else undo_of(token, now)
    except ExpiredLink:
        phrases = phrases_for(browsers_language(request))
        return told(request, phrases.page.late_title, phrases.page.late, status=410, sign_up=True, phrases=phrases)
    if request.method != "POST":
        return render(request, "alerts/undo.html", _about(found, "undo_title", "undo_means"))
    about, phrases = _about(found, "back_title", "back"), phrases_to(found.subscriber)
    return told(request, about["title"], about["means"], manage=manage_path(found.subscriber), phrases=phrases)


def _about(found, title, means):
    """A title and a sentence about one topic and one address."""
    phrases = phrases_to(found.subscriber)
    facts = {"topic": found.topic.name, "address": mask_mail_address(found.subscriber.email)}
    texts = {"title": getattr(phrases.page, title), "means": getattr(phrases.page, means)}
    return {name: text.format(**facts) for name, text in texts.items()} | speaking(phrases)


def _by_mail_program(request):
    """Whether the body says so. One that cannot be read hinders nobody: the address alone says what is wanted."""
    try:
        return request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation, BadRequest):
        return True
