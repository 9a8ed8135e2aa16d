"""Alerts as the desk tells of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from stoppress.alerts.actions import HaltResult, Receipt, alerts_of_post, load_receipt
from stoppress.alerts.actions.decisions import count_left
from stoppress.coverage.models import LiveBlog
from stoppress.delivery.choices import STALE_AFTER, DeliveryState, Urgency
from stoppress.delivery.ledger.receipt_totals import STATE_LABELS, load_receipts
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.resume import reason_never_sendable, reason_not_sendable
from stoppress.inbound.bounce_statistics import BounceSummary, summarise_bounces
from stoppress.subscribers.time_zones import subscriber_zone

RECENT_ALERTS = 5
BAR_LENGTH = 1000
"""The length of a receipt's bar, in units of its drawing."""


class Stage(StrEnum):
    """Where an alert stands, and so what may be done with it."""

    AWAITED = "awaited"
    HELD = "held"
    UNDER_WAY = "under-way"
    HALTED = "halted"
    DONE = "done"


@dataclass(frozen=True)
class StateShare:
    """One state in the table and in the bar."""

    state: DeliveryState
    words: str
    count: int
    start: float
    length: float


@dataclass(frozen=True)
class SentAlert:
    """One alert and its receipt as they are at `now`."""

    alert: Alert
    receipt: Receipt
    now: datetime

    @property
    def url(self) -> str:
        """Where its receipt stands at the desk."""
        return receipt_url(self.alert)

    @property
    def zone(self) -> ZoneInfo:
        """Whose clock its receipt shows: the live blog's, of a digest that of its readers."""
        return self.alert.blog.tz if self.alert.blog else subscriber_zone(self.alert.zone)

    @cached_property
    def stage(self) -> Stage:
        """Where it stands."""
        alert = self.alert
        if (alert.halted_at or self.receipt[DeliveryState.HALTED]) and self.receipt.is_finished:
            return Stage.HALTED
        if not alert.has_approval and self.now < alert.not_after:
            return Stage.AWAITED
        if self.undo_seconds_left and not count_left(self.receipt):
            return Stage.HELD
        return Stage.DONE if self.receipt.is_finished else Stage.UNDER_WAY

    @property
    def status_text(self) -> str:
        """Where its deliveries stand, in one line."""
        if self.stage is Stage.AWAITED:
            return "waiting for a second editor"
        return self.receipt.words()

    @property
    def shares(self) -> list[StateShare]:
        """All ten states, those that hold nobody too, as they stand side by side in the bar."""
        found, start = [], 0.0
        for state, words in STATE_LABELS:
            count = self.receipt[state]
            length = BAR_LENGTH * count / self.intended if self.intended else 0.0
            found.append(StateShare(state, words, count, round(start, 2), round(length, 2)))
            start += length
        return found

    @property
    def intended(self) -> int:
        """How many it was meant for."""
        return self.receipt.intended

    @property
    def accepted(self) -> int:
        """How many a server took."""
        return self.receipt[DeliveryState.ACCEPTED]

    @property
    def edition(self) -> str:
        """Of a digest, the morning or evening it is for: `8 March 2026, morning`."""
        first = self.alert.not_after - STALE_AFTER[Urgency.DIGEST]  # which one that goes on later has inherited
        local = first.astimezone(self.zone)
        return f"{local.day} {local:%B %Y}, {self.alert.rhythm}"

    @property
    def dispatched(self) -> int:
        """How many have left, or may have."""
        return count_left(self.receipt)

    @property
    def unsent(self) -> int:
        """How many a resumed alert would still go to."""
        return self.receipt[DeliveryState.HALTED] + self.receipt.waiting

    @property
    def uncertain(self) -> int:
        """How many may have arrived."""
        return self.receipt[DeliveryState.UNCERTAIN]

    @property
    def undo_seconds_left(self) -> int:
        """How long Send can still be taken back before anything leaves."""
        until = self.alert.not_before
        return max(0, round((until - self.now).total_seconds())) if until else 0

    @property
    def is_changing(self) -> bool:
        """Whether its figures may still change."""
        return self.stage in (Stage.AWAITED, Stage.HELD, Stage.UNDER_WAY)

    @property
    def refresh_interval(self) -> str:
        """How often the screen looks again."""
        return "1s" if self.stage is Stage.HELD else "2s"

    @property
    def expired(self) -> int:
        """How many it came too late for."""
        return self.receipt[DeliveryState.EXPIRED]

    @cached_property
    def can_extend(self) -> bool:
        """Return True if it came too late for some, nothing of it moves, and it is still so."""
        return self.expired > 0 and self.receipt.is_finished and not reason_never_sendable(self.alert)

    @property
    def shortfall(self) -> int:
        """How many of those counted at Send have no delivery. Templates would look for `receipt["shortfall"]`."""
        return self.receipt.shortfall

    @cached_property
    def resume_obstacle(self) -> str:
        """Why it cannot go on; empty if it can."""
        return reason_not_sendable(self.alert, self.now)

    @cached_property
    def bounces(self) -> BounceSummary:
        """What came back since."""
        return summarise_bounces(self.alert)

    @property
    def can_be_corrected(self) -> bool:
        """Whether there is anybody whom a correction would go to."""
        corrected = self.alert.corrections.exists()
        return not corrected and self.alert.has_approval and self.alert.urgency != Urgency.DIGEST and self.intended > 0

    @property
    def state_key(self) -> str:
        """What the screen's buttons depend on: when it changes, they are made anew."""
        return f"{self.stage}-{int(self.uncertain > 0)}{'-expired' if self.expired else ''}"


def receipt_url(alert: Alert) -> str:
    """Where an alert's receipt stands: with its live blog; a digest, which is of none, with the digests."""
    return f"/desk/live/{alert.blog.slug}/alerts/{alert.pk}" if alert.blog else f"/desk/digests/{alert.pk}"


def sent_alert(alert: Alert, now: datetime) -> SentAlert:
    """One alert with its receipt."""
    return SentAlert(alert, load_receipt(alert), now)


def sent_alerts(alerts: Iterable[Alert], now: datetime) -> list[SentAlert]:
    """Several alerts with their receipts."""
    alerts = list(alerts)
    found = load_receipts(alerts)
    return [SentAlert(alert, found[alert.pk], now) for alert in alerts]


def recent_alerts(blog: LiveBlog, now: datetime) -> list[SentAlert]:
    """The newest alerts of one live blog."""
    return sent_alerts(_newest(blog)[:RECENT_ALERTS], now)


def post_alerts_context(post_id: UUID, now: datetime) -> dict[str, list[SentAlert]]:
    """For templates: what was sent of one post, newest first."""
    return {"sent_before": [sent_alert(alert, now) for alert in alerts_of_post(post_id)]}


def blog_alerts_context(blog: LiveBlog, now: datetime) -> dict[str, list[SentAlert]]:
    """The same for alerts about the live blog as a whole."""
    return {"sent_before": sent_alerts(_newest(blog).filter(post=None), now)}


def _newest(blog: LiveBlog) -> QuerySet[Alert]:
    return Alert.objects.filter(blog=blog).select_related("blog").order_by("-created_at")


def halted_in_words(halted: HaltResult) -> str:
    """What halting did, in one sentence; nothing if the post never was an alert."""
    return halted.summary()
