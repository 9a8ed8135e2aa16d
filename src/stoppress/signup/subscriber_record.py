"""What is known about one reader: why they get what, what was sent to them, and all of it as one file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from stoppress.delivery.choices import DeliveryState, Letter
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.by_subscriber import of_reader
from stoppress.subscribers.choices import ConsentKind, Rhythm
from stoppress.subscribers.default_topic import shown_name
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic

A_PAGE = 50

STATES = {
    DeliveryState.PENDING: _("Waits to be sent."),
    DeliveryState.IN_FLIGHT: _("On its way."),
    DeliveryState.DEFERRED: _("Your mail server could not take it yet. We try again."),
    DeliveryState.ACCEPTED: _("Taken by your mail server."),
    DeliveryState.REFUSED: _("Your mail server refused it."),
    DeliveryState.UNCERTAIN: _("It may have arrived: the line broke before your mail server answered."),
    DeliveryState.SUPPRESSED: _("Not sent: you had left or muted it, or your address was not to be written to."),
    DeliveryState.HALTED: _("Not sent: the newsroom stopped it."),
    DeliveryState.EXPIRED: _("Not sent: it would have come too late."),
    DeliveryState.SUPERSEDED: _("Not sent: a newer version went out in its place."),
}
"""What became of a message, said to the reader it was for."""

SAID = {
    ConsentKind.ASKED: _("This address was entered"),
    ConsentKind.CONFIRMED: _("It was confirmed by the link in our mail"),
    ConsentKind.CHOSE: _("It was chosen on the page behind a link in our mail"),
    ConsentKind.IMPORTED: _("It was brought over from an earlier list of the newsroom"),
    ConsentKind.LEFT: _("It was left"),
}


@dataclass(frozen=True)
class Said:
    """One thing that was said about one topic."""

    text: str
    at: datetime
    place: str
    words: str


@dataclass(frozen=True)
class Why:
    """How one subscription came to be, oldest word first."""

    topic: Topic
    in_force: bool
    asked_at: datetime
    confirmed_at: datetime | None
    left_at: datetime | None
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Sent:
    """One message to one reader, and what became of it."""

    id: int
    at: datetime
    subject: str
    about: str
    state: str
    outcome: str
    reply: str
    settled_at: datetime | None
    came_back: bool


def why(subscriber: Subscriber) -> list[Why]:
    """All subscriptions, those in force first."""
    said: dict[int, list[Said]] = {}
    for consent in subscriber.consents.order_by("at", "id"):
        entry = Said(str(SAID[ConsentKind(consent.kind)]), consent.at, consent.place, consent.words)
        said.setdefault(consent.topic_id, []).append(entry)
    wishes = subscriber.subscriptions.select_related("topic").order_by("topic__name")
    found = [_why(wish, tuple(said.get(wish.topic_id, ()))) for wish in wishes]
    return sorted(found, key=lambda one: not one.in_force)


def sent(subscriber: Subscriber, *, before: int | None = None, limit: int | None = A_PAGE) -> list[Sent]:
    """The newest messages, or those before the one numbered `before`."""
    rows = of_reader(subscriber.pk).order_by("-id").prefetch_related("bounces")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_sent(row) for row in rows.select_related("alert__topic", "topic")[:limit]]


def everything(subscriber: Subscriber) -> dict[str, Any]:
    """All that is kept about one reader, ready for JSON."""
    return {
        "address": subscriber.email,
        "language": subscriber.language,
        "zone": subscriber.zone,
        "entered_at": subscriber.asked_at,
        "confirmed_at": subscriber.confirmed_at,
        "subscriptions": [_subscription(wish) for wish in subscriber.subscriptions.select_related("topic")],
        "consents": [_consent(one) for one in subscriber.consents.select_related("topic").order_by("at", "id")],
        "muted_stories": [
            {"story": mute.blog.slug, "headline": mute.blog.headline, "at": mute.at}
            for mute in subscriber.mutes.select_related("blog")
        ],
        "not_written_to": [
            {"reason": one.get_reason_display(), "reply": one.reply, "at": one.at, "lifted_at": one.lifted_at}
            for one in subscriber.suppressions.order_by("at", "id")
        ],
        "came_back": [
            {"kind": one.kind, "reason": one.reason, "reply": one.reply, "at": one.at}
            for one in subscriber.bounces.order_by("at", "id")
        ],
        "messages": [_message(row) for row in sent(subscriber, limit=None)],
    }


def _why(wish: Subscription, said: tuple[Said, ...]) -> Why:
    return Why(wish.topic, wish.in_force, wish.asked_at, wish.confirmed_at, wish.left_at, said)


def _sent(row: Delivery) -> Sent:
    alert = row.alert
    topic = alert.topic if alert else row.topic
    return Sent(
        id=row.pk,
        at=row.made_at,
        subject=alert.subject if alert else str(Letter(row.letter).label),
        about=shown_name(topic.name) if topic else "",
        state=str(DeliveryState(row.state).label),
        outcome=str(STATES[DeliveryState(row.state)]),
        reply=f"{row.code or ''} {row.reply}".strip(),
        settled_at=row.settled_at,
        came_back=bool(row.bounces.all()),
    )


def _subscription(wish: Subscription) -> dict[str, Any]:
    return {
        "topic": wish.topic.slug,
        "name": wish.topic.name,
        "rhythm": Rhythm(wish.rhythm).value,
        "asked_at": wish.asked_at,
        "confirmed_at": wish.confirmed_at,
        "left_at": wish.left_at,
    }


def _consent(one: Consent) -> dict[str, Any]:
    return {"topic": one.topic.slug, "what": one.kind, "at": one.at, "where": one.place, "words": one.words}


def _message(message: Sent) -> dict[str, Any]:
    return {
        "subject": message.subject,
        "topic": message.about,
        "at": message.at,
        "state": message.state,
        "server_said": message.reply,
        "settled_at": message.settled_at,
        "came_back": message.came_back,
    }
