"""`/alerts/confirm/TOKEN`: a page with a button. Link scanners open pages; only people press buttons."""

from django.shortcuts import render
from django.utils.translation import gettext as _

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import confirm_subscriptions, find_confirmation
from stoppress.signup.consent_wording import confirm_question
from stoppress.signup.views.private_pages import activate_subscriber_language, message_page, token_page
from stoppress.subscribers.default_topic_names import localised_topic_name
from stoppress.subscribers.errors import TopicRetiredError


@token_page
def confirm_page(request, token):
    """Show what the link confirms; confirm it on POST."""
    try:
        return _confirm(request, token) if request.method == "POST" else _show(request, token)
    except TopicRetiredError as error:
        title = _("“{topic}” is no longer sent.").format(topic=localised_topic_name(error.name))
        return message_page(
            request, title, _("Would you like to sign up for something else?"), status=410, sign_up=True
        )


def _show(request, token, error=False, status=200):
    confirmation = find_confirmation(token, utc_now())
    activate_subscriber_language(confirmation.subscriber)
    context = {
        "confirmation": confirmation,
        "address": mask_mail_address(confirmation.subscriber.email),
        "question": confirm_question(confirmation.topic.name),
    }
    if error:
        context["error"] = _("Choose at least one.")
    return render(request, "signup/confirm.html", context, status=status)


def _confirm(request, token):
    chosen = request.POST.getlist("topic") if "offered" in request.POST else None
    if chosen == []:
        return _show(request, token, error=True, status=422)
    confirmation = confirm_subscriptions(token, now=utc_now(), chosen=chosen)
    activate_subscriber_language(confirmation.subscriber)
    text = _("Mail will come to {address} as soon as there is news.")
    return message_page(
        request,
        _("You are signed up"),
        text.format(address=mask_mail_address(confirmation.subscriber.email)),
        _("Every message ends with a link to unsubscribe with one click."),
        return_slug=confirmation.return_slug,
        new_link=True,
    )
