"""`/alerts/mute/TOKEN`: no more about one story."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import mute as mute_story
from stoppress.signup.actions import muted_stories, muting_of, unmute
from stoppress.signup.views.private_pages import token_page, told, use_language_of
from stoppress.subscribers.signed_links import manage_path

MUTES = gettext_lazy(
    "Alerts about it will not come to {address} any more, and digests will leave it out. "
    "All else you signed up for goes on."
)
MUTED = gettext_lazy(
    "Alerts about it do not come to {address} any more, and digests leave it out. All else you signed up for goes on."
)


@token_page
def mute(request, token):
    """Show which story; mute it, or hear of it again."""
    if request.method == "POST" and "undo" in request.POST:
        return _heard(request, unmute(token, now=utc_now()))
    found = mute_story(token, now=utc_now()) if request.method == "POST" else muting_of(token)
    use_language_of(found.subscriber)
    muted = found.blog in muted_stories(found.subscriber)
    means = MUTED if muted else MUTES
    context = {
        "blog": found.blog,
        "means": means.format(address=mask_mail_address(found.subscriber.email)),
        "muted": muted,
        "manage": manage_path(found.subscriber),
    }
    return render(request, "signup/mute.html", context)


def _heard(request, found):
    use_language_of(found.subscriber)
    text = _("Alerts about “{story}” come to {address} again.")
    text = text.format(story=found.blog.headline, address=mask_mail_address(found.subscriber.email))
    return told(request, _("You hear of it again"), text, manage=manage_path(found.subscriber))
