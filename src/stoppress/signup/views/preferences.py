"""`/alerts/manage/TOKEN`: what one reader gets and why; below it what was sent, all that is known, and how to go."""

from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.signup.actions import choices, choose, find_reader, leave_all, muted_stories, settle_down, unmute_story
from stoppress.signup.actions import erase as erase_reader
from stoppress.signup.locale_choices import known_zone, languages, zone_of, zones
from stoppress.signup.subscriber_record import A_PAGE, everything, sent, why
from stoppress.signup.views.form_data import rhythm, slug
from stoppress.signup.views.private_pages import token_page, told, use_language_of
from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.signed_links import manage_path


@token_page
def manage(request, token):
    """Show the topics; take the reader's choice."""
    reader = _find_reader(token)
    saved = request.method == "POST"
    if saved and "leave_all" in request.POST:
        leave_all(reader, now=utc_now())
        text = _("We will not write to {address} any more.").format(address=mask_mail_address(reader.email))
        return told(request, _("You have left"), text, manage=manage_path(reader))
    if saved:
        _take(request.POST, reader)
        use_language_of(reader)
    context = {
        "address": mask_mail_address(reader.email),
        "choices": choices(reader),
        "rhythms": Rhythm,
        "zones": zones(reader.zone),
        "zone": zone_of(reader.zone),
        "languages": languages(reader.language),
        "language": reader.language,
        "muted": muted_stories(reader),
        "reasons": why(reader),
        "saved": saved,
        "here": manage_path(reader),
    }
    return render(request, "signup/manage.html", context)


@token_page
def sent_to(request, token):
    """What was sent to this reader, and what became of it."""
    reader = _find_reader(token)
    before = request.GET.get("before", "")
    found = sent(reader, before=int(before) if before.isdecimal() and len(before) < 19 else None, limit=A_PAGE + 1)
    context = {
        "address": mask_mail_address(reader.email),
        "messages": found[:A_PAGE],
        "older": found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        "zone": zone_of(reader.zone),
        "here": manage_path(reader),
    }
    return render(request, "signup/sent.html", context)


@token_page
def data(request, token):
    """All that is kept about this reader, as a file."""
    reader = _find_reader(token)
    answer = JsonResponse(everything(reader), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@token_page
def erase(request, token):
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
    return told(
        request,
        _("Your data is erased"),
        text.format(address=address),
        sign_up=True,
    )


def _find_reader(token):
    """Return the subscriber, and write the page in their language."""
    reader = find_reader(token)
    use_language_of(reader)
    return reader


def _take(given, reader):
    if "unmute" in given:
        unmute_story(reader, slug(given["unmute"]), now=utc_now())
        return
    wanted = {name: rhythm(given.get(f"rhythm-{name}", "")) for name in given.getlist("topic")}
    kept = {choice.topic.slug: choice.rhythm for choice in choices(reader)}
    wanted = {name: often if f"rhythm-{name}" in given else kept.get(name, often) for name, often in wanted.items()}
    choose(reader, wanted, now=utc_now(), offered=given.getlist("offered") or None)
    if "zone" in given:
        language = given.get("language", reader.language)
        known = language if language in dict(languages(reader.language)) else ""
        settle_down(reader, zone=known_zone(given["zone"]), language=known, now=utc_now())
