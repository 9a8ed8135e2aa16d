"""Sign-up by a program, such as the newsroom's own site: the same way in as the forms, with the same brakes."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from stoppress.desk.api.authentication import require_scope, calling_token, caller_name
from stoppress.desk.api.idempotency import respond_once_outside_transaction
from stoppress.desk.api.post_schemas import Problem, StrictSchema
from stoppress.desk.problem_details import ApiError
from stoppress.runtime.networks import client_key
from stoppress.runtime.rate_limits import request_client_key
from stoppress.signup.actions import SignUpSubmission, submit_sign_up
from stoppress.signup.locale_choices import valid_language, valid_zone, language_to_store, best_language
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.errors import InvalidAddressError, TopicNotFoundError, SignUpLimitError
from stoppress.subscribers.models import Topic
from stoppress.subscribers.default_topic import BREAKING_SLUG
from stoppress.subscribers.topics import find_topics

router = Router(tags=["Subscribers"])
Slug = Annotated[str, Field(max_length=120)]
PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}


class SignUpRequest(StrictSchema):
    """Somebody's wish, as they entered it in a form of yours."""

    email: str = Field(max_length=400)
    topics: list[Slug] = Field(
        default_factory=list, max_length=30, description="Default: breaking, or only the stories"
    )
    stories: list[Slug] = Field(default_factory=list, max_length=30, description="Live blogs to follow, by slug")
    frequency: Frequency = Frequency.INSTANT
    zone: str = Field("", max_length=60, description="IANA; the morning and evening of digests")
    language: str = Field("", max_length=20, description="In which they were asked (BCP 47); letters and mail speak it")
    client: str = Field("", max_length=60, description="The reader's own IP address; brakes go by it, else by yours")
    origin: str = Field("", max_length=150, description="Where the form stands; kept with the consent")
    wording: str = Field("", max_length=500, description="What the form said; kept with the consent")


class SignUpAccepted(StrictSchema):
    """The same for every address."""

    asked: bool = True


@router.post("", response={202: SignUpAccepted, **PROBLEMS}, summary="Sign somebody up")
def sign_up(request: HttpRequest, given: SignUpRequest) -> HttpResponse:
    """A letter goes to the address; nothing else does before its owner has confirmed. Nobody learns if it is known."""
    require_scope(request, "subscribers:write")
    return respond_once_outside_transaction(request, 202, lambda now: _asked(request, given, now))


def _asked(request: HttpRequest, given: SignUpRequest, now: datetime) -> dict[str, Any]:
    try:
        submit_sign_up(_asking(request, given), now=now)
    except InvalidAddressError as error:
        raise ApiError(422, "bad-address", "Not an address to write to", str(error)) from error
    except TopicNotFoundError as error:
        raise ApiError(404, "no-such-topic", "No such topic", str(error)) from error
    except SignUpLimitError as error:
        raise ApiError(429, "too-often", "Too many sign-ups", str(error), Retry_After="3600") from error
    return SignUpAccepted().model_dump()


def _asking(request: HttpRequest, given: SignUpRequest) -> SignUpSubmission:
    return SignUpSubmission(
        email=given.email,
        topics=_topics(request, given),
        client=client_key(given.client) if given.client else request_client_key(request),
        origin=" ".join((caller_name(request), given.origin)).strip(),
        wording=given.wording or f"(sent by {calling_token(request).name})",
        frequency=given.frequency,
        zone=valid_zone(given.zone),
        language=valid_language(given.language) or language_to_store(None, best_language(given.language)),
    )


def _topics(request: HttpRequest, given: SignUpRequest) -> tuple[Topic, ...]:
    """What is asked for; a token of one live blog signs up for that one only. Raises NoSuchTopic."""
    slugs = given.topics if given.topics or given.stories else [BREAKING_SLUG]
    blog = calling_token(request).blog
    if blog is not None and (given.topics or given.stories != [blog.slug]):
        raise TopicNotFoundError((given.topics or given.stories or [BREAKING_SLUG])[0])
    return tuple(find_topics(slugs, given.stories))
