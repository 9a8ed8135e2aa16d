"""`/alerts/mute/TOKEN`: no more about one story."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import mute_story as mute_story
from stoppress.signup.actions import muted_stories, find_mute, undo_mute
from stoppress.signup.views.private_pages import token_page, message_page, activate_subscriber_language
from stoppress.subscribers.signed_links import manage_path

MUTES = gettext_lazy(
    "Alerts about it will not come to {address} any more, and digests will leave it out. "
    "All else you signed up for goes on."
)
MUTED = gettext_lazy(
    "Alerts about it do not come to {address} any more, and digests leave it out. All else you signed up for goes on."
)


@token_page
def mute_page(request, token):
    """Show which story; mute it, or hear of it again."""
    if request.method == "POST" and "undo" in request.POST:
        return _heard(request, undo_mute(token, now=utc_now()))
    found = mute_story(token, now=utc_now()) if request.method == "POST" else find_mute(token)
    activate_subscriber_language(found.subscriber)
    muted = found.blog in muted_stories(found.subscriber)
    means = MUTED if muted else MUTES
    context = {
        "blog": found.blog,
        "means": means.format(address=mask_mail_address(found.subscriber.email)),
        "muted": muted,
        "manage": manage_path(found.subscriber),
    }
    return render(request, "signup/mute_story.html", context)


def _heard(request, found):
    activate_subscriber_language(found.subscriber)
    text = _("Alerts about “{story}” come to {address} again.")
    text = text.format(story=found.blog.headline, address=mask_mail_address(found.subscriber.email))
    return message_page(request, _("You hear of it again"), text, manage=manage_path(found.subscriber))
