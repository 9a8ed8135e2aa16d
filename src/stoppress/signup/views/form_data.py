"""Read a sign-up form into one `SignUpSubmission`, and list what the form offers."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict

from stoppress.coverage.localisation.languages import parse_accept_language
from stoppress.coverage.models import LiveBlog
from stoppress.runtime.rate_limits import request_client_key
from stoppress.signup.actions import SignUpSubmission
from stoppress.signup.consent_wording import SignUpForm
from stoppress.signup.locale_choices import best_language, language_to_store, valid_zone
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Topic
from stoppress.subscribers.topics import (
    TOPIC_SLUG_PATTERN,
    breaking_topic,
    find_topics,
    is_followable,
    listed_topics,
)

HOST_PATTERN = re.compile(r"[a-z0-9.-]{1,100}")
MAX_BLOG_SLUG_LENGTH = 80
MAX_ADDRESS_INPUT = 400
"""Characters of the address field that are read; longer than any valid address, to explain what is wrong."""
MAX_TOPICS_PER_FORM = 30


class NoTopicChosenError(Exception):
    """Every topic of the form was unticked."""


@dataclass(frozen=True)
class TopicOffer:
    """One topic as a form offers it: name and value of its checkbox, and whether it is ticked."""

    field: str
    value: str
    topic: Topic
    checked: bool


def read_sign_up(request: HttpRequest, form: SignUpForm) -> SignUpSubmission:
    """Return the sign-up in a POST.

    Raises:
        NoTopicChosenError: every topic was unticked.
        TopicNotFoundError: a topic or story cannot be signed up for.
    """
    fields = request.POST
    return_slug = valid_slug(fields.get("next", ""))
    page_language = request_language(request)
    return SignUpSubmission(
        email=fields.get("email", "")[:MAX_ADDRESS_INPUT],
        topics=_read_topics(fields),
        client=request_client_key(request),
        origin=_origin(form, return_slug, fields.get("site", "")),
        form=form,
        honeypot=fields.get("website", ""),
        return_slug=return_slug,
        frequency=parse_frequency(fields.get("frequency", "")),
        zone=valid_zone(fields.get("zone", "")),
        language=language_to_store(fields.get("language"), page_language),
        page_language=page_language,
        has_choice="offered" in fields,
    )


def topic_offers(data: QueryDict, return_slug: str) -> list[TopicOffer]:
    """Return the listed topics and the story of the page, with the ticks of `data` (POST or GET).

    Args:
        data: fields of the form or the address. An untouched form has the first topic ticked.
        return_slug: slug of the live blog whose story is offered, unless `data` names another one.
    """
    topic_slugs, stories = data.getlist("topic"), data.getlist("story")
    untouched = "offered" not in data and not topic_slugs and not stories
    offers = [
        TopicOffer("topic", topic.slug, topic, topic.slug in topic_slugs or (untouched and number == 0))
        for number, topic in enumerate(listed_topics())
    ]
    story = valid_slug(stories[0]) if stories else return_slug
    blog = LiveBlog.objects.filter(slug=story).first() if story else None
    if blog and is_followable(blog):
        unsaved_topic = Topic(blog=blog, name=blog.headline)  # a sign-up creates it
        offers.append(TopicOffer("story", blog.slug, unsaved_topic, blog.slug in stories))
    return offers


def request_language(request: HttpRequest) -> str:
    """Return the language of the page: `lang` of the form or the address, else the browser's."""
    requested_tags = (request.POST.get("lang", ""), request.GET.get("lang", ""))
    return best_language(*requested_tags, *_accepted_languages(request))


def browser_language(request: HttpRequest) -> str:
    """Return the browser's language. Unlike `request_language`, it does not read the body."""
    return best_language(*_accepted_languages(request))


def parse_frequency(text: str) -> Frequency:
    """Return the frequency with this value; INSTANT for any other text."""
    return Frequency(text) if text in Frequency.values else Frequency.INSTANT


def valid_slug(text: str) -> str:
    """Return `text` if it can be the slug of a live blog, else an empty string."""
    return text if TOPIC_SLUG_PATTERN.fullmatch(text) and len(text) <= MAX_BLOG_SLUG_LENGTH else ""


def embedding_host(request: HttpRequest) -> str:
    """Return the host of the page that embeds the form, from the Referer header; empty if it has none."""
    try:
        host = urlsplit(request.headers.get("Referer", "")).hostname or ""
    except ValueError:
        return ""
    return host if HOST_PATTERN.fullmatch(host) else ""


def _accepted_languages(request: HttpRequest) -> list[str]:
    return parse_accept_language(request.headers.get("Accept-Language", ""))


def _read_topics(fields: QueryDict) -> tuple[Topic, ...]:
    topic_slugs, stories = fields.getlist("topic")[:MAX_TOPICS_PER_FORM], fields.getlist("story")[:MAX_TOPICS_PER_FORM]
    if not topic_slugs and not stories:
        if "offered" in fields:
            raise NoTopicChosenError
        return (breaking_topic(),)
    return tuple(find_topics(topic_slugs, [story for story in stories if valid_slug(story)]) or [breaking_topic()])


def _origin(form: SignUpForm, return_slug: str, site: str) -> str:
    if form is SignUpForm.EMBED:
        return f"/alerts/embed on {site}" if HOST_PATTERN.fullmatch(site) else "/alerts/embed"
    return f"/live/{return_slug}" if form is SignUpForm.LIVE and return_slug else "/alerts"
