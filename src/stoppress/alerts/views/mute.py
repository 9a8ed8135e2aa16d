"""`/alerts/mute/TOKEN`: no more about one story."""

from django.shortcuts import render

from stoppress.alerts.mail.links import manage_path
from stoppress.alerts.signup import mute as mute_story
from stoppress.alerts.signup import muted_stories, muting_of, shortened, unmute
from stoppress.alerts.views.private import token_page, told, utc_now


@token_page
def mute(request, token):
    """Show which story; mute it, or hear of it again."""
    if request.method == "POST" and "undo" in request.POST:
        found = unmute(token)
        text = f"Alerts about “{found.blog.headline}” come to {shortened(found.subscriber.email)} again."
        return told(request, "You hear of it again", text, manage=manage_path(found.subscriber))
    found = mute_story(token, now=utc_now()) if request.method == "POST" else muting_of(token)
    context = {
        "blog": found.blog,
        "address": shortened(found.subscriber.email),
        "muted": found.blog in muted_stories(found.subscriber),
        "manage": manage_path(found.subscriber),
    }
    return render(request, "alerts/mute.html", context)
