"""Sign-up through a program, such as the newsroom's own site, with the same steps and rate limits as the forms."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from stoppress.desk.api.authentication import caller_name, calling_token, require_scope
from stoppress.desk.api.idempotency import respond_once_outside_transaction
from stoppress.desk.api.post_schemas import Problem, StrictSchema
from stoppress.desk.problem_details import ApiError
from stoppress.runtime.networks import client_key
from stoppress.runtime.rate_limits import request_client_key
from stoppress.signup.actions import SignUpSubmission, submit_sign_up
from stoppress.signup.locale_choices import best_language, language_to_store, valid_language, valid_zone
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic_names import BREAKING_SLUG
from stoppress.subscribers.errors import InvalidAddressError, SignUpLimitError, TopicNotFoundError
from stoppress.subscribers.models import Topic
from stoppress.subscribers.topics import find_topics

router = Router(tags=["Subscribers"])
Slug = Annotated[str, Field(max_length=120)]
PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}


class SignUpRequest(StrictSchema):
    """What a reader entered in a form of another site."""

    email: str = Field(max_length=400)
    topics: list[Slug] = Field(
        default_factory=list, max_length=30, description="Default: breaking news, unless `stories` are named"
    )
    stories: list[Slug] = Field(default_factory=list, max_length=30, description="Live blogs to follow, by slug")
    frequency: Frequency = Frequency.INSTANT
    zone: str = Field("", max_length=60, description="IANA time zone of the reader, for digests")
    language: str = Field("", max_length=20, description="Language of the form (BCP 47), used for mail")
    client: str = Field(
        "", max_length=60, description="IP address of the reader, for rate limits; default: that of the caller"
    )
    origin: str = Field("", max_length=150, description="Address of the page with the form; stored with the consent")
    wording: str = Field("", max_length=500, description="Wording of the form; stored with the consent")


class SignUpAccepted(StrictSchema):
    """The response, identical for every address so that it does not reveal subscribers."""

    accepted: bool = True


@router.post("", response={202: SignUpAccepted, **PROBLEMS}, summary="Sign up a reader")
def sign_up(request: HttpRequest, payload: SignUpRequest) -> HttpResponse:
    """Send a confirmation mail. Nothing else is sent before the owner of the address has confirmed."""
    require_scope(request, "subscribers:write")
    return respond_once_outside_transaction(request, 202, lambda now: _submit(request, payload, now))


def _submit(request: HttpRequest, payload: SignUpRequest, now: datetime) -> dict[str, Any]:
    try:
        submit_sign_up(_build_submission(request, payload), now=now)
    except InvalidAddressError as error:
        raise ApiError(422, "bad-address", "Invalid email address", str(error)) from error
    except TopicNotFoundError as error:
        raise ApiError(404, "no-such-topic", "No such topic", str(error)) from error
    except SignUpLimitError as error:
        raise ApiError(429, "too-often", "Too many sign-ups", str(error), Retry_After="3600") from error
    return SignUpAccepted().model_dump()


def _build_submission(request: HttpRequest, payload: SignUpRequest) -> SignUpSubmission:
    return SignUpSubmission(
        email=payload.email,
        topics=_find_topics(request, payload),
        client=client_key(payload.client) if payload.client else request_client_key(request),
        origin=" ".join((caller_name(request), payload.origin)).strip(),
        wording=payload.wording or f"(sent by {calling_token(request).name})",
        frequency=payload.frequency,
        zone=valid_zone(payload.zone),
        language=valid_language(payload.language) or language_to_store(None, best_language(payload.language)),
    )


def _find_topics(request: HttpRequest, payload: SignUpRequest) -> tuple[Topic, ...]:
    """Return the topics; raise TopicNotFoundError if a token for one live blog requests any other topic."""
    slugs = payload.topics if payload.topics or payload.stories else [BREAKING_SLUG]
    blog = calling_token(request).blog
    if blog is not None and (payload.topics or payload.stories != [blog.slug]):
        raise TopicNotFoundError((payload.topics or payload.stories or [BREAKING_SLUG])[0])
    return tuple(find_topics(slugs, payload.stories))
