"""Sign-up by a program, such as the newsroom's own site: the same way in as the forms, with the same brakes."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from stoppress.desk.api.authentication import allowed, caller, signature
from stoppress.desk.api.idempotency import once_outside
from stoppress.desk.api.post_schemas import Problem, Strict
from stoppress.desk.problem_details import ApiProblem
from stoppress.runtime.networks import client_key
from stoppress.runtime.rate_limits import client_address
from stoppress.signup.actions import Asking, ask
from stoppress.signup.locale_choices import known_language, known_zone, readers_language, spoken_language
from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.errors import BadAddress, NoSuchTopic, TooManySignUps
from stoppress.subscribers.models import Topic
from stoppress.subscribers.topics import BREAKING, find_topics

router = Router(tags=["Subscribers"])
Slug = Annotated[str, Field(max_length=120)]
PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}


class NewSubscriber(Strict):
    """Somebody's wish, as they entered it in a form of yours."""

    email: str = Field(max_length=400)
    topics: list[Slug] = Field(
        default_factory=list, max_length=30, description="Default: breaking, or only the stories"
    )
    stories: list[Slug] = Field(default_factory=list, max_length=30, description="Live blogs to follow, by slug")
    rhythm: Rhythm = Rhythm.INSTANT
    zone: str = Field("", max_length=60, description="IANA; the morning and evening of digests")
    language: str = Field("", max_length=20, description="In which they were asked (BCP 47); letters and mail speak it")
    client: str = Field("", max_length=60, description="The reader's own IP address; brakes go by it, else by yours")
    place: str = Field("", max_length=150, description="Where the form stands; kept with the consent")
    words: str = Field("", max_length=500, description="What the form said; kept with the consent")


class Asked(Strict):
    """The same for every address."""

    asked: bool = True


@router.post("", response={202: Asked, **PROBLEMS}, summary="Sign somebody up")
def sign_up(request: HttpRequest, given: NewSubscriber) -> HttpResponse:
    """A letter goes to the address; nothing else does before its owner has confirmed. Nobody learns if it is known."""
    allowed(request, "subscribers:write")
    return once_outside(request, 202, lambda now: _asked(request, given, now))


def _asked(request: HttpRequest, given: NewSubscriber, now: datetime) -> dict[str, Any]:
    try:
        ask(_asking(request, given), now=now)
    except BadAddress as error:
        raise ApiProblem(422, "bad-address", "Not an address to write to", str(error)) from error
    except NoSuchTopic as error:
        raise ApiProblem(404, "no-such-topic", "No such topic", str(error)) from error
    except TooManySignUps as error:
        raise ApiProblem(429, "too-often", "Too many sign-ups", str(error), Retry_After="3600") from error
    return Asked().model_dump()


def _asking(request: HttpRequest, given: NewSubscriber) -> Asking:
    return Asking(
        typed=given.email,
        topics=_topics(request, given),
        client=client_key(given.client) if given.client else client_address(request),
        place=" ".join((signature(request), given.place)).strip(),
        words=given.words or f"(sent by {caller(request).name})",
        rhythm=given.rhythm,
        zone=known_zone(given.zone),
        language=known_language(given.language) or readers_language(None, spoken_language(given.language)),
    )


def _topics(request: HttpRequest, given: NewSubscriber) -> tuple[Topic, ...]:
    """What is asked for; a token of one live blog signs up for that one only. Raises NoSuchTopic."""
    slugs = given.topics if given.topics or given.stories else [BREAKING]
    blog = caller(request).blog
    if blog is not None and (given.topics or given.stories != [blog.slug]):
        raise NoSuchTopic((given.topics or given.stories or [BREAKING])[0])
    return tuple(find_topics(slugs, given.stories))
