"""`/alerts/confirm/TOKEN`: a page with a button. Link scanners open pages; only people press buttons."""

from django.shortcuts import render

from stoppress.alerts.errors import TopicRetired
from stoppress.alerts.mail.links import manage_path
from stoppress.alerts.phrases import phrases_for
from stoppress.alerts.signup import confirm as confirm_wish
from stoppress.alerts.signup import wish_of
from stoppress.alerts.signup.wording import question
from stoppress.alerts.views.asked import browsers_language
from stoppress.alerts.views.private import phrases_to, speaking, token_page, told
from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address


@token_page
def confirm(request, token):
    """Show what would be confirmed; confirm it."""
    try:
        return _answer(request, token)
    except TopicRetired as error:
        phrases = phrases_for(browsers_language(request))
        texts = (phrases.page.retired.format(topic=error.name), phrases.page.retired_else)
        return told(request, *texts, status=410, sign_up=True, phrases=phrases)


def _answer(request, token):
    if request.method != "POST":
        found = wish_of(token, utc_now())
        phrases = phrases_to(found.subscriber)
        asked = question(found.topic.name, phrases.page)
        context = {"found": found, "address": mask_mail_address(found.subscriber.email), "question": asked}
        return render(request, "alerts/confirm.html", context | speaking(phrases))
    found = confirm_wish(token, now=utc_now(), chosen=_chosen(request))
    phrases = phrases_to(found.subscriber)
    said, address = phrases.page, mask_mail_address(found.subscriber.email)
    return told(
        request,
        said.confirmed_title,
        said.confirmed.format(address=address),
        said.confirmed_out,
        back_to=found.back_to,
        manage=manage_path(found.subscriber),
        phrases=phrases,
    )


def _chosen(request):
    """The topics that were ticked, where there was more than one to tick."""
    ticked = request.POST.getlist("topic")
    return ticked if "offered" in request.POST and ticked else None
