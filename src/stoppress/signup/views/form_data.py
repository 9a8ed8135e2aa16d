"""What a sign-up form sent, read into one `Asking`; and what the form offers."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict

from stoppress.coverage.localisation.languages import parse_accept_language
from stoppress.coverage.models import LiveBlog
from stoppress.runtime.rate_limits import request_client_key
from stoppress.signup.actions import SignUpSubmission
from stoppress.signup.consent_wording import SignUpForm
from stoppress.signup.locale_choices import valid_zone, language_to_store, best_language
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Topic
from stoppress.subscribers.topics import breaking_topic, is_followable, find_topics, listed_topics

SLUG_PATTERN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
HOST_PATTERN = re.compile(r"[a-z0-9.-]{1,100}")
MAX_TOPICS_PER_FORM = 30
"""Topics that one form may ask for."""


class NoTopicChosenError(Exception):
    """Every topic was unticked."""


@dataclass(frozen=True)
class TopicOffer:
    """One topic as a form offers it."""

    field: str
    value: str
    topic: Topic
    on: bool


def read_sign_up(request: HttpRequest, form: SignUpForm) -> SignUpSubmission:
    """The sign-up in a POST. Raises NothingChosen, NoSuchTopic."""
    given = request.POST
    back_to = valid_slug(given.get("next", ""))
    return SignUpSubmission(
        email=given.get("email", "")[:400],
        topics=_topics(given),
        client=request_client_key(request),
        origin=_origin(form, back_to, given.get("site", "")),
        form=form,
        honeypot=given.get("website", ""),
        back_to=back_to,
        frequency=parse_frequency(given.get("frequency", "")),
        zone=valid_zone(given.get("zone", "")),
        language=language_to_store(given.get("language"), request_language(request)),
        page_language=request_language(request),
    )


def topic_offers(data: QueryDict, back_to: str) -> list[TopicOffer]:
    """What the form offers: the listed topics, and the story it stands beside; ticked as `data` (POST or GET) says."""
    chosen, stories = data.getlist("topic"), data.getlist("story")
    untouched = "offered" not in data and not chosen and not stories
    found = [
        TopicOffer("topic", topic.slug, topic, topic.slug in chosen or (untouched and number == 0))
        for number, topic in enumerate(listed_topics())
    ]
    wanted = valid_slug(stories[0]) if stories else back_to
    blog = LiveBlog.objects.filter(slug=wanted).first() if wanted else None
    if blog and is_followable(blog):
        shown = Topic(blog=blog, name=blog.headline)  # made when somebody asks for it, and not before
        found.append(TopicOffer("story", blog.slug, shown, blog.slug in stories))
    return found


def request_language(request: HttpRequest) -> str:
    """In which language whoever asks is spoken to: `lang` of the form or the address, else what the browser wants."""
    named = (request.POST.get("lang", ""), request.GET.get("lang", ""))
    return best_language(*named, *_wanted(request))


def browser_language(request: HttpRequest) -> str:
    """The same for a page that asks for nothing: its body is not read."""
    return best_language(*_wanted(request))


def parse_frequency(text: str) -> Frequency:
    """How often; at once where nothing else was chosen."""
    return Frequency(text) if text in Frequency.values else Frequency.INSTANT


def valid_slug(text: str) -> str:
    """`text` if it can be the address of a live blog."""
    return text if SLUG_PATTERN.fullmatch(text) and len(text) <= 80 else ""


def embedding_host(request: HttpRequest) -> str:
    """The host of the page that holds the form in a frame, as far as the browser tells."""
    try:
        host = urlsplit(request.headers.get("Referer", "")).hostname or ""
    except ValueError:
        return ""
    return host if HOST_PATTERN.fullmatch(host) else ""


def _wanted(request: HttpRequest) -> list[str]:
    return parse_accept_language(request.headers.get("Accept-Language", ""))


def _topics(given: QueryDict) -> tuple[Topic, ...]:
    chosen, stories = given.getlist("topic")[:MAX_TOPICS_PER_FORM], given.getlist("story")[:MAX_TOPICS_PER_FORM]
    if not chosen and not stories:
        if "offered" in given:
            raise NoTopicChosenError
        return (breaking_topic(),)
    return tuple(find_topics(chosen, [one for one in stories if valid_slug(one)]) or [breaking_topic()])


def _origin(form: SignUpForm, back_to: str, site: str) -> str:
    if form is SignUpForm.EMBED:
        return f"/alerts/embed on {site}" if HOST_PATTERN.fullmatch(site) else "/alerts/embed"
    return f"/live/{back_to}" if form is SignUpForm.LIVE and back_to else "/alerts"
