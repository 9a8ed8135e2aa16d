"""`/alerts/mute/TOKEN`: mute one story, or unmute it."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import find_mute, mute_story, muted_stories, undo_mute
from stoppress.signup.views.private_pages import activate_subscriber_language, message_page, token_page

BEFORE_MUTING = gettext_lazy(
    "Alerts about it will no longer be sent to {address}, and digests will leave it out. "
    "Your other subscriptions continue."
)
AFTER_MUTING = gettext_lazy(
    "Alerts about it are no longer sent to {address}, and digests leave it out. Your other subscriptions continue."
)


@token_page
def mute_page(request, token):
    """Show the story of the link; mute or unmute it on POST."""
    if request.method == "POST" and "undo" in request.POST:
        return _unmuted_page(request, undo_mute(token, now=utc_now()))
    mute = mute_story(token, now=utc_now()) if request.method == "POST" else find_mute(token)
    activate_subscriber_language(mute.subscriber)
    muted = mute.blog in muted_stories(mute.subscriber)
    text = AFTER_MUTING if muted else BEFORE_MUTING
    context = {
        "blog": mute.blog,
        "text": text.format(address=mask_mail_address(mute.subscriber.email)),
        "muted": muted,
    }
    return render(request, "signup/mute_story.html", context)


def _unmuted_page(request, mute):
    activate_subscriber_language(mute.subscriber)
    text = _("Alerts about “{story}” come to {address} again.")
    text = text.format(story=mute.blog.headline, address=mask_mail_address(mute.subscriber.email))
    return message_page(request, _("Story unmuted"), text, new_link=True)
