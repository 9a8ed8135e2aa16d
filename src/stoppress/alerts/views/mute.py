"""`/alerts/mute/TOKEN`: no more about one story."""

from django.shortcuts import render

from stoppress.alerts.mail.links import manage_path
from stoppress.alerts.signup import mute as mute_story
from stoppress.alerts.signup import muted_stories, muting_of, unmute
from stoppress.alerts.views.private import phrases_to, speaking, token_page, told
from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address


@token_page
def mute(request, token):
    """Show which story; mute it, or hear of it again."""
    if request.method == "POST" and "undo" in request.POST:
        return _heard(request, unmute(token, now=utc_now()))
    found = mute_story(token, now=utc_now()) if request.method == "POST" else muting_of(token)
    phrases, muted = phrases_to(found.subscriber), found.blog in muted_stories(found.subscriber)
    means = phrases.page.muted if muted else phrases.page.mute
    context = {
        "blog": found.blog,
        "means": means.format(address=mask_mail_address(found.subscriber.email)),
        "muted": muted,
        "manage": manage_path(found.subscriber),
    }
    return render(request, "alerts/mute.html", context | speaking(phrases))


def _heard(request, found):
    phrases = phrases_to(found.subscriber)
    text = phrases.page.heard.format(story=found.blog.headline, address=mask_mail_address(found.subscriber.email))
    return told(request, phrases.page.heard_title, text, manage=manage_path(found.subscriber), phrases=phrases)
