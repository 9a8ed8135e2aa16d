"""All that is stored about one subscriber: consents, messages sent, and everything as one file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from stoppress.delivery.choices import DeliveryState, TransactionalKind
from stoppress.delivery.models import Delivery
from stoppress.delivery.recipients.by_subscriber import deliveries_to_subscriber
from stoppress.subscribers.choices import ConsentKind, Frequency
from stoppress.subscribers.default_topic_names import localised_topic_name
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic

MESSAGES_PER_PAGE = 50

STATE_TEXTS = {
    DeliveryState.PENDING: _("Waiting to be sent."),
    DeliveryState.IN_FLIGHT: _("On its way."),
    DeliveryState.DEFERRED: _("Your mail server could not take it yet. We try again."),
    DeliveryState.ACCEPTED: _("Accepted by your mail server."),
    DeliveryState.REFUSED: _("Your mail server refused it."),
    DeliveryState.UNCERTAIN: _("It may have arrived: the connection broke before your mail server answered."),
    DeliveryState.SUPPRESSED: _("Not sent: you had unsubscribed or muted it, or your address was blocked."),
    DeliveryState.HALTED: _("Not sent: the newsroom stopped it."),
    DeliveryState.EXPIRED: _("Not sent: it would have come too late."),
    DeliveryState.SUPERSEDED: _("Not sent: a newer version went out in its place."),
}
"""The state of a message, as its recipient reads it."""

CONSENT_TEXTS = {
    ConsentKind.REQUESTED: _("This address was entered"),
    ConsentKind.CONFIRMED: _("It was confirmed by the link in our mail"),
    ConsentKind.CHOSEN: _("It was chosen on the page behind a link in our mail"),
    ConsentKind.IMPORTED: _("It was imported from an earlier list of the newsroom"),
    ConsentKind.UNSUBSCRIBED: _("It was unsubscribed"),
}


@dataclass(frozen=True)
class ConsentEvent:
    """One consent about one topic, as the subscriber reads it."""

    text: str
    at: datetime
    origin: str
    wording: str


@dataclass(frozen=True)
class SubscriptionHistory:
    """How one subscription came about; its consents are in order of time."""

    topic: Topic
    is_active: bool
    requested_at: datetime
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None
    consents: tuple[ConsentEvent, ...]


@dataclass(frozen=True)
class SentMessage:
    """One message to one subscriber. `state` is for programs, `outcome` for the subscriber."""

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
    """Return the history of each subscription, active ones first."""
    events: dict[int, list[ConsentEvent]] = {}
    for consent in subscriber.consents.order_by("at", "id"):
        text = str(CONSENT_TEXTS[ConsentKind(consent.kind)])
        event = ConsentEvent(text, consent.at, consent.origin, consent.wording)
        events.setdefault(consent.topic_id, []).append(event)
    histories = [
        SubscriptionHistory(
            each.topic,
            each.is_active,
            each.requested_at,
            each.confirmed_at,
            each.unsubscribed_at,
            tuple(events.get(each.topic_id, ())),
        )
        for each in subscriber.subscriptions.select_related("topic").order_by("topic__name")
    ]
    return sorted(histories, key=lambda history: not history.is_active)


def sent_messages(
    subscriber: Subscriber, *, before: int | None = None, limit: int | None = MESSAGES_PER_PAGE
) -> list[SentMessage]:
    """Return the newest messages to the subscriber, newest first.

    Args:
        subscriber: the recipient.
        before: id of a delivery; only older messages are returned.
        limit: number of messages; None for all.
    """
    deliveries = deliveries_to_subscriber(subscriber.pk).order_by("-id").prefetch_related("bounces")
    if before is not None:
        deliveries = deliveries.filter(id__lt=before)
    return [_to_message(delivery) for delivery in deliveries.select_related("alert__topic", "topic")[:limit]]


def export_subscriber_data(subscriber: Subscriber) -> dict[str, Any]:
    """Return all that is stored about the subscriber, ready for JSON."""
    return {
        "address": subscriber.email,
        "language": subscriber.language,
        "zone": subscriber.zone,
        "requested_at": subscriber.requested_at,
        "confirmed_at": subscriber.confirmed_at,
        "subscriptions": [_subscription_data(each) for each in subscriber.subscriptions.select_related("topic")],
        "consents": [
            _consent_data(consent) for consent in subscriber.consents.select_related("topic").order_by("at", "id")
        ],
        "muted_stories": [
            {"story": mute.blog.slug, "headline": mute.blog.headline, "at": mute.at}
            for mute in subscriber.mutes.select_related("blog")
        ],
        "suppressions": [
            {"reason": each.get_reason_display(), "reply": each.reply, "at": each.at, "lifted_at": each.lifted_at}
            for each in subscriber.suppressions.order_by("at", "id")
        ],
        "bounces": [
            {"kind": bounce.kind, "reason": bounce.reason, "reply": bounce.reply, "at": bounce.at}
            for bounce in subscriber.bounces.order_by("at", "id")
        ],
        "messages": [_message_data(message) for message in sent_messages(subscriber, limit=None)],
    }


def _to_message(delivery: Delivery) -> SentMessage:
    alert = delivery.alert
    topic = alert.topic if alert else delivery.topic
    return SentMessage(
        id=delivery.pk,
        at=delivery.created_at,
        subject=alert.subject if alert else str(TransactionalKind(delivery.transactional_kind).label),
        topic_name=localised_topic_name(topic.name) if topic else "",
        state=str(DeliveryState(delivery.state).label),
        outcome=str(STATE_TEXTS[DeliveryState(delivery.state)]),
        reply=f"{delivery.code or ''} {delivery.reply}".strip(),
        settled_at=delivery.settled_at,
        bounced=bool(delivery.bounces.all()),
    )


def _subscription_data(subscription: Subscription) -> dict[str, Any]:
    return {
        "topic": subscription.topic.slug,
        "name": subscription.topic.name,
        "frequency": Frequency(subscription.frequency).value,
        "requested_at": subscription.requested_at,
        "confirmed_at": subscription.confirmed_at,
        "unsubscribed_at": subscription.unsubscribed_at,
    }


def _consent_data(consent: Consent) -> dict[str, Any]:
    return {
        "topic": consent.topic.slug,
        "kind": consent.kind,
        "at": consent.at,
        "origin": consent.origin,
        "wording": consent.wording,
    }


def _message_data(message: SentMessage) -> dict[str, Any]:
    return {
        "subject": message.subject,
        "topic": message.topic_name,
        "at": message.at,
        "state": message.state,
        "server_reply": message.reply,
        "settled_at": message.settled_at,
        "bounced": message.bounced,
    }
