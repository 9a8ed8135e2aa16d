"""`/alerts/confirm/TOKEN`: a page with a button. Link scanners open pages; only people press buttons."""

from django.shortcuts import render
from django.utils.translation import gettext as _

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import confirm_subscriptions as confirm_wish
from stoppress.signup.actions import find_confirmation
from stoppress.signup.consent_wording import confirm_question
from stoppress.signup.views.private_pages import token_page, message_page, activate_subscriber_language
from stoppress.subscribers.default_topic import localised_topic_name
from stoppress.subscribers.errors import TopicRetiredError
from stoppress.subscribers.signed_links import manage_path


@token_page
def confirm_page(request, token):
    """Show what would be confirmed; confirm it."""
    try:
        return _answer(request, token)
    except TopicRetiredError as error:
        title = _("“{topic}” is not sent any more.").format(topic=localised_topic_name(error.name))
        return message_page(request, title, _("Is there something else that you would like to have?"), status=410, sign_up=True)


def _answer(request, token):
    if request.method != "POST":
        found = find_confirmation(token, utc_now())
        activate_subscriber_language(found.subscriber)
        asked = confirm_question(found.topic.name)
        context = {"found": found, "address": mask_mail_address(found.subscriber.email), "question": asked}
        return render(request, "signup/confirm.html", context)
    found = confirm_wish(token, now=utc_now(), chosen=_chosen(request))
    activate_subscriber_language(found.subscriber)
    text = _("What you asked for will come to {address} as soon as there is something to tell.")
    return message_page(
        request,
        _("You are signed up"),
        text.format(address=mask_mail_address(found.subscriber.email)),
        _("Every message ends with a link that lets you leave with one click."),
        back_to=found.back_to,
        manage=manage_path(found.subscriber),
    )


def _chosen(request):
    """The topics that were ticked, where there was more than one to tick."""
    ticked = request.POST.getlist("topic")
    return ticked if "offered" in request.POST and ticked else None
