"""`/alerts/manage/TOKEN`: what one reader gets and why; below it what was sent, all that is known, and how to go."""

from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import topic_choices, save_choices, find_subscriber, unsubscribe_from_all, muted_stories, save_locale, unmute_story
from stoppress.signup.actions import erase_subscriber as erase_reader
from stoppress.signup.locale_choices import valid_zone, language_choices, zone_of, zone_choices
from stoppress.signup.subscriber_record import MESSAGES_PER_PAGE, export_subscriber_data, sent_messages, subscription_histories
from stoppress.signup.views.form_data import parse_frequency, valid_slug
from stoppress.signup.views.private_pages import token_page, message_page, activate_subscriber_language
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.signed_links import manage_path


@token_page
def preferences_page(request, token):
    """Show the topics; take the reader's choice."""
    reader = _find_reader(token)
    saved = request.method == "POST"
    if saved and "leave_all" in request.POST:
        unsubscribe_from_all(reader, now=utc_now())
        text = _("We will not write to {address} any more.").format(address=mask_mail_address(reader.email))
        return message_page(request, _("You have left"), text, manage=manage_path(reader))
    if saved:
        _take(request.POST, reader)
        activate_subscriber_language(reader)
    context = {
        "address": mask_mail_address(reader.email),
        "choices": topic_choices(reader),
        "frequencies": Frequency,
        "zones": zone_choices(reader.zone),
        "zone": zone_of(reader.zone),
        "languages": language_choices(reader.language),
        "language": reader.language,
        "muted": muted_stories(reader),
        "reasons": subscription_histories(reader),
        "saved": saved,
        "here": manage_path(reader),
    }
    return render(request, "signup/preferences.html", context)


@token_page
def sent_messages_page(request, token):
    """What was sent to this reader, and what became of it."""
    reader = _find_reader(token)
    before = request.GET.get("before", "")
    found = sent_messages(reader, before=int(before) if before.isdecimal() and len(before) < 19 else None, limit=MESSAGES_PER_PAGE + 1)
    context = {
        "address": mask_mail_address(reader.email),
        "messages": found[:MESSAGES_PER_PAGE],
        "older": found[MESSAGES_PER_PAGE - 1].id if len(found) > MESSAGES_PER_PAGE else None,
        "zone": zone_of(reader.zone),
        "here": manage_path(reader),
    }
    return render(request, "signup/sent_messages.html", context)


@token_page
def download_data(request, token):
    """All that is kept about this reader, as a file."""
    reader = _find_reader(token)
    answer = JsonResponse(export_subscriber_data(reader), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@token_page
def erase_page(request, token):
    """Say what erasing means; do it."""
    reader = _find_reader(token)
    if request.method != "POST":
        return render(
            request, "signup/erase.html", {"address": mask_mail_address(reader.email), "here": manage_path(reader)}
        )
    address = mask_mail_address(reader.email)
    erase_reader(reader, now=utc_now())
    text = _(
        "We have forgotten {address}. Nothing will come, and the links in our earlier mails lead nowhere any more."
    )
    return message_page(
        request,
        _("Your data is erased"),
        text.format(address=address),
        sign_up=True,
    )


def _find_reader(token):
    """Return the subscriber, and write the page in their language."""
    reader = find_subscriber(token)
    activate_subscriber_language(reader)
    return reader


def _take(given, reader):
    if "unmute" in given:
        unmute_story(reader, valid_slug(given["unmute"]), now=utc_now())
        return
    wanted = {name: parse_frequency(given.get(f"frequency-{name}", "")) for name in given.getlist("topic")}
    kept = {choice.topic.slug: choice.frequency for choice in topic_choices(reader)}
    wanted = {name: often if f"frequency-{name}" in given else kept.get(name, often) for name, often in wanted.items()}
    save_choices(reader, wanted, now=utc_now(), offered=given.getlist("offered") or None)
    if "zone" in given:
        language = given.get("language", reader.language)
        known = language if language in dict(language_choices(reader.language)) else ""
        save_locale(reader, zone=valid_zone(given["zone"]), language=known, now=utc_now())
