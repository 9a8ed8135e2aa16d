"""What is known about one reader: why they get what, what was sent to them, and all of it as one file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from stoppress.delivery.choices import DeliveryState, TransactionalKind
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.by_subscriber import deliveries_to_subscriber
from stoppress.subscribers.choices import ConsentKind, Frequency
from stoppress.subscribers.default_topic import localised_topic_name
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic

MESSAGES_PER_PAGE = 50

STATE_TEXTS = {
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

CONSENT_TEXTS = {
    ConsentKind.REQUESTED: _("This address was entered"),
    ConsentKind.CONFIRMED: _("It was confirmed by the link in our mail"),
    ConsentKind.CHOSEN: _("It was chosen on the page behind a link in our mail"),
    ConsentKind.IMPORTED: _("It was brought over from an earlier list of the newsroom"),
    ConsentKind.UNSUBSCRIBED: _("It was left"),
}


@dataclass(frozen=True)
class ConsentEvent:
    """One thing that was said about one topic."""

    text: str
    at: datetime
    origin: str
    wording: str


@dataclass(frozen=True)
class SubscriptionHistory:
    """How one subscription came to be, oldest word first."""

    topic: Topic
    in_force: bool
    requested_at: datetime
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None
    consents: tuple[ConsentEvent, ...]


@dataclass(frozen=True)
class SentMessage:
    """One message to one reader, and what became of it."""

    id: int
    at: datetime
    subject: str
    topic_name: str
    state: str
    outcome: str
    reply: str
    settled_at: datetime | None
    bounced: bool


def subscription_histories(subscriber: Subscriber) -> list[SubscriptionHistory]:
    """All subscriptions, those in force first."""
    said: dict[int, list[ConsentEvent]] = {}
    for consent in subscriber.consents.order_by("at", "id"):
        entry = ConsentEvent(str(CONSENT_TEXTS[ConsentKind(consent.kind)]), consent.at, consent.origin, consent.wording)
        said.setdefault(consent.topic_id, []).append(entry)
    wishes = subscriber.subscriptions.select_related("topic").order_by("topic__name")
    found = [_why(wish, tuple(said.get(wish.topic_id, ()))) for wish in wishes]
    return sorted(found, key=lambda one: not one.is_active)


def sent_messages(subscriber: Subscriber, *, before: int | None = None, limit: int | None = MESSAGES_PER_PAGE) -> list[SentMessage]:
    """The newest messages, or those before the one numbered `before`."""
    rows = deliveries_to_subscriber(subscriber.pk).order_by("-id").prefetch_related("bounces")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_sent(row) for row in rows.select_related("alert__topic", "topic")[:limit]]


def export_subscriber_data(subscriber: Subscriber) -> dict[str, Any]:
    """All that is kept about one reader, ready for JSON."""
    return {
        "address": subscriber.email,
        "language": subscriber.language,
        "zone": subscriber.zone,
        "entered_at": subscriber.requested_at,
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
        "messages": [_message(row) for row in sent_messages(subscriber, limit=None)],
    }


def _why(wish: Subscription, said: tuple[ConsentEvent, ...]) -> SubscriptionHistory:
    return SubscriptionHistory(wish.topic, wish.is_active, wish.requested_at, wish.confirmed_at, wish.unsubscribed_at, said)


def _sent(row: Delivery) -> SentMessage:
    alert = row.alert
    topic = alert.topic if alert else row.topic
    return SentMessage(
        id=row.pk,
        at=row.created_at,
        subject=alert.subject if alert else str(TransactionalKind(row.transactional_kind).label),
        topic_name=localised_topic_name(topic.name) if topic else "",
        state=str(DeliveryState(row.state).label),
        outcome=str(STATE_TEXTS[DeliveryState(row.state)]),
        reply=f"{row.code or ''} {row.reply}".strip(),
        settled_at=row.settled_at,
        bounced=bool(row.bounces.all()),
    )


def _subscription(wish: Subscription) -> dict[str, Any]:
    return {
        "topic": wish.topic.slug,
        "name": wish.topic.name,
        "frequency": Frequency(wish.frequency).value,
        "requested_at": wish.requested_at,
        "confirmed_at": wish.confirmed_at,
        "unsubscribed_at": wish.unsubscribed_at,
    }


def _consent(one: Consent) -> dict[str, Any]:
    return {"topic": one.topic.slug, "what": one.kind, "at": one.at, "where": one.origin, "wording": one.wording}


def _message(message: SentMessage) -> dict[str, Any]:
    return {
        "subject": message.subject,
        "topic": message.topic_name,
        "at": message.at,
        "state": message.state,
        "server_said": message.reply,
        "settled_at": message.settled_at,
        "came_back": message.bounced,
    }
