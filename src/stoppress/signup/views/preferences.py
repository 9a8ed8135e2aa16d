"""`/alerts/manage/TOKEN`: one subscriber's preferences, consents, messages, stored data, and erasure."""

from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import (
    erase_subscriber,
    find_subscriber,
    muted_stories,
    save_choices,
    save_locale,
    topic_choices,
    unmute_story,
    unsubscribe_from_all,
)
from stoppress.signup.locale_choices import language_choices, valid_zone, zone_choices
from stoppress.signup.subscriber_record import (
    MESSAGES_PER_PAGE,
    export_subscriber_data,
    sent_messages,
    subscription_histories,
)
from stoppress.signup.views.form_data import parse_frequency, valid_slug
from stoppress.signup.views.private_pages import activate_subscriber_language, message_page, token_page
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.signed_links import LinkPurpose
from stoppress.subscribers.time_zones import subscriber_zone


@token_page
def preferences_page(request, token):
    """Show topics, time zone and language; save the subscriber's choice on POST."""
    subscriber = _find_subscriber(token)
    saved = request.method == "POST"
    if saved and "unsubscribe_from_all" in request.POST:
        unsubscribe_from_all(subscriber, now=utc_now())
        text = _("We will send no more mail to {address}.").format(address=mask_mail_address(subscriber.email))
        return message_page(request, _("You have unsubscribed"), text, manage=_own_path(token))
    if saved:
        _save(request.POST, subscriber)
        activate_subscriber_language(subscriber)
    context = {
        "address": mask_mail_address(subscriber.email),
        "choices": topic_choices(subscriber),
        "frequencies": Frequency,
        "zones": zone_choices(subscriber.zone),
        "zone": subscriber_zone(subscriber.zone),
        "languages": language_choices(subscriber.language),
        "language": subscriber.language,
        "muted": muted_stories(subscriber),
        "histories": subscription_histories(subscriber),
        "saved": saved,
        "manage": _own_path(token),
    }
    return render(request, "signup/preferences.html", context)


@token_page
def sent_messages_page(request, token):
    """Show the messages sent to this subscriber, with their state."""
    subscriber = _find_subscriber(token)
    before = request.GET.get("before", "")
    before_id = int(before) if before.isdecimal() and len(before) < 19 else None
    messages = sent_messages(subscriber, before=before_id, limit=MESSAGES_PER_PAGE + 1)
    context = {
        "address": mask_mail_address(subscriber.email),
        "messages": messages[:MESSAGES_PER_PAGE],
        "older": messages[MESSAGES_PER_PAGE - 1].id if len(messages) > MESSAGES_PER_PAGE else None,
        "zone": subscriber_zone(subscriber.zone),
        "manage": _own_path(token),
    }
    return render(request, "signup/sent_messages.html", context)


@token_page
def download_data(request, token):
    """Send all that is stored about this subscriber as a JSON file."""
    subscriber = _find_subscriber(token)
    response = JsonResponse(export_subscriber_data(subscriber), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@token_page
def erase_page(request, token):
    """Explain erasure; erase the subscriber on POST."""
    subscriber = _find_subscriber(token)
    address = mask_mail_address(subscriber.email)
    if request.method != "POST":
        return render(request, "signup/erase.html", {"address": address, "manage": _own_path(token)})
    erase_subscriber(subscriber, now=utc_now())
    text = _("We have erased {address}. You will get no more mail, and the links in earlier mails no longer work.")
    return message_page(request, _("Your data is erased"), text.format(address=address), sign_up=True)


def _find_subscriber(token):
    """Return the subscriber, and activate their language for the page."""
    subscriber = find_subscriber(token, utc_now())
    activate_subscriber_language(subscriber)
    return subscriber


def _own_path(token):
    """Return the path of this page: with the same token, so that a visit does not prolong its life."""
    return f"/alerts/{LinkPurpose.MANAGE}/{token}"


def _save(fields, subscriber):
    if "unmute" in fields:
        unmute_story(subscriber, valid_slug(fields["unmute"]), now=utc_now())
        return
    stored = {choice.topic.slug: choice.frequency for choice in topic_choices(subscriber)}
    frequencies = {}
    for slug in fields.getlist("topic"):
        frequency = parse_frequency(fields.get(f"frequency-{slug}", ""))
        frequencies[slug] = frequency if f"frequency-{slug}" in fields else stored.get(slug, frequency)
    save_choices(subscriber, frequencies, now=utc_now(), offered=fields.getlist("offered") or None)
    if "zone" in fields:
        language = fields.get("language", subscriber.language)
        language = language if language in dict(language_choices(subscriber.language)) else ""
        save_locale(subscriber, zone=valid_zone(fields["zone"]), language=language, now=utc_now())
