"""What a sign-up form sent, read into one `Asking`; and what the form offers."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict

from stoppress.coverage.localisation.languages import accepted_languages
from stoppress.coverage.models import LiveBlog
from stoppress.runtime.rate_limits import client_address
from stoppress.signup.actions import Asking
from stoppress.signup.consent_wording import Form
from stoppress.signup.locale_choices import known_zone, readers_language, spoken_language
from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.models import Topic
from stoppress.subscribers.topics import breaking_topic, can_be_followed, find_topics, listed_topics

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
HOST = re.compile(r"[a-z0-9.-]{1,100}")
MOST = 30
"""Topics that one form may ask for."""


class NothingChosen(Exception):
    """Every topic was unticked."""


@dataclass(frozen=True)
class Offer:
    """One topic as a form offers it."""

    field: str
    value: str
    topic: Topic
    on: bool


def read_asking(request: HttpRequest, form: Form) -> Asking:
    """The sign-up in a POST. Raises NothingChosen, NoSuchTopic."""
    given = request.POST
    back_to = slug(given.get("next", ""))
    return Asking(
        typed=given.get("email", "")[:400],
        topics=_topics(given),
        client=client_address(request),
        place=_place(form, back_to, given.get("site", "")),
        form=form,
        trap=given.get("website", ""),
        back_to=back_to,
        rhythm=rhythm(given.get("rhythm", "")),
        zone=known_zone(given.get("zone", "")),
        language=readers_language(given.get("language"), spoken_to(request)),
        spoken=spoken_to(request),
    )


def offers(data: QueryDict, back_to: str) -> list[Offer]:
    """What the form offers: the listed topics, and the story it stands beside; ticked as `data` (POST or GET) says."""
    chosen, stories = data.getlist("topic"), data.getlist("story")
    untouched = "offered" not in data and not chosen and not stories
    found = [
        Offer("topic", topic.slug, topic, topic.slug in chosen or (untouched and number == 0))
        for number, topic in enumerate(listed_topics())
    ]
    wanted = slug(stories[0]) if stories else back_to
    blog = LiveBlog.objects.filter(slug=wanted).first() if wanted else None
    if blog and can_be_followed(blog):
        shown = Topic(blog=blog, name=blog.headline)  # made when somebody asks for it, and not before
        found.append(Offer("story", blog.slug, shown, blog.slug in stories))
    return found


def spoken_to(request: HttpRequest) -> str:
    """In which language whoever asks is spoken to: `lang` of the form or the address, else what the browser wants."""
    named = (request.POST.get("lang", ""), request.GET.get("lang", ""))
    return spoken_language(*named, *_wanted(request))


def browsers_language(request: HttpRequest) -> str:
    """The same for a page that asks for nothing: its body is not read."""
    return spoken_language(*_wanted(request))


def rhythm(text: str) -> Rhythm:
    """How often; at once where nothing else was chosen."""
    return Rhythm(text) if text in Rhythm.values else Rhythm.INSTANT


def slug(text: str) -> str:
    """`text` if it can be the address of a live blog."""
    return text if SLUG.fullmatch(text) and len(text) <= 80 else ""


def framing_site(request: HttpRequest) -> str:
    """The host of the page that holds the form in a frame, as far as the browser tells."""
    try:
        host = urlsplit(request.headers.get("Referer", "")).hostname or ""
    except ValueError:
        return ""
    return host if HOST.fullmatch(host) else ""


def _wanted(request: HttpRequest) -> list[str]:
    return accepted_languages(request.headers.get("Accept-Language", ""))


def _topics(given: QueryDict) -> tuple[Topic, ...]:
    chosen, stories = given.getlist("topic")[:MOST], given.getlist("story")[:MOST]
    if not chosen and not stories:
        if "offered" in given:
            raise NothingChosen
        return (breaking_topic(),)
    return tuple(find_topics(chosen, [one for one in stories if slug(one)]) or [breaking_topic()])


def _place(form: Form, back_to: str, site: str) -> str:
    if form is Form.EMBED:
        return f"/alerts/embed on {site}" if HOST.fullmatch(site) else "/alerts/embed"
    return f"/live/{back_to}" if form is Form.LIVE and back_to else "/alerts"
