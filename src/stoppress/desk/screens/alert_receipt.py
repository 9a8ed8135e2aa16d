"""The view model of an alert and its receipt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from stoppress.alerts.actions import Receipt, alerts_of_post, load_receipt
from stoppress.alerts.actions.decisions import count_left
from stoppress.coverage.localisation.dates import format_date, format_time
from stoppress.coverage.localisation.numbers import group_digits
from stoppress.coverage.models import LiveBlog
from stoppress.delivery.choices import STALE_AFTER, DeliveryState, Urgency
from stoppress.delivery.ledger.receipt_totals import SHORTFALL_LABEL, STATE_LABELS, load_receipts, time_of_halt
from stoppress.delivery.ledger.warm_up import HELD_BACK_REPLY
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.resume import reason_never_sendable, reason_not_sendable
from stoppress.inbound.bounce_statistics import BounceSummary, summarise_bounces
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.time_zones import subscriber_zone

RECENT_ALERTS = 5
"""Alerts in the sidebar of a live blog."""
EXTENSION_HOURS = (1, 4, 24)
"""How much time an editor may give an alert that came too late."""
BAR_LENGTH = 1000
"""The length of the bar of states, in units of its drawing."""


class Stage(StrEnum):
    """The stage of an alert, which determines what an editor can do with it."""

    AWAITED = "awaited"
    """It waits for a second editor's approval."""
    HELD = "held"
    UNDER_WAY = "under-way"
    HALTED = "halted"
    DONE = "done"


@dataclass(frozen=True)
class StateShare:
    """One state of deliveries in the table and in the bar.

    Args:
        state: the state.
        label: its name.
        count: deliveries in this state.
        start: where its part of the bar begins.
        length: the length of its part of the bar.
    """

    state: DeliveryState
    label: str
    count: int
    start: float
    length: float


@dataclass(frozen=True)
class SentAlert:
    """One alert and its receipt at the time `now`."""

    alert: Alert
    receipt: Receipt
    now: datetime
    extension_hours = EXTENSION_HOURS

    @property
    def url(self) -> str:
        """Return the address of the receipt."""
        return receipt_url(self.alert)

    @property
    def corrected_url(self) -> str:
        """Return the address of the receipt of the alert that this one corrects."""
        return receipt_url(self.alert.corrects) if self.alert.corrects else ""

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the receipt: that of the live blog, or of the readers of a digest."""
        return self.alert.blog.tz if self.alert.blog else subscriber_zone(self.alert.zone)

    @cached_property
    def stage(self) -> Stage:
        """Return the stage of the alert."""
        alert = self.alert
        if self.receipt.stopped and self.receipt.is_finished:
            return Stage.HALTED
        if not alert.has_approval and self.now < alert.not_after:
            return Stage.AWAITED
        if self.undo_seconds_left and not count_left(self.receipt):
            return Stage.HELD
        return Stage.DONE if self.receipt.is_finished else Stage.UNDER_WAY

    @property
    def status_text(self) -> str:
        """Return the state of its deliveries in one line."""
        return _("waiting for a second editor") if self.stage is Stage.AWAITED else self.receipt.summary()

    @property
    def halted_at(self) -> datetime | None:
        """Return when it was halted; None if that stopped nothing."""
        return time_of_halt(self.alert, self.receipt)

    @property
    def halted_text(self) -> str:
        """Return when it was halted and after how many messages."""
        if not self.halted_at:
            return _("Halted after {done} of {total}.").format(**self._progress())
        time = format_time(self.halted_at, self.zone)
        if not self.dispatched:
            return _("Halted at {time}, before any message was sent.").format(time=time)
        return _("Halted at {time}, after {done} of {total}.").format(time=time, **self._progress())

    def _progress(self) -> dict[str, str]:
        done, total = (group_digits(number) for number in (self.dispatched, self.intended))
        return {"done": done, "total": total}

    @property
    def shares(self) -> list[StateShare]:
        """Return all ten states in the order of the bar, including those without deliveries."""
        shares, start = [], 0.0
        for state, label in STATE_LABELS:
            count = self.receipt[state]
            length = BAR_LENGTH * count / self.intended if self.intended else 0.0
            shares.append(StateShare(state, str(label), count, round(start, 2), round(length, 2)))
            start += length
        return shares

    @property
    def intended(self) -> int:
        """Return the number of intended recipients."""
        return self.receipt.intended

    @property
    def accepted(self) -> int:
        """Return how many deliveries a server accepted."""
        return self.receipt[DeliveryState.ACCEPTED]

    @property
    def edition(self) -> str:
        """Return date and time of day of a digest: `8 March 2026, morning`."""
        # An edition that is resumed later inherits `not_after` of the first.
        planned = self.alert.not_after - STALE_AFTER[Urgency.DIGEST]
        is_morning = self.alert.frequency == Frequency.MORNING
        time_of_day = pgettext("edition", "morning") if is_morning else pgettext("edition", "evening")
        return f"{format_date(planned, self.zone)}, {time_of_day}"

    @property
    def dispatched(self) -> int:
        """Return how many deliveries were sent, or possibly sent."""
        return count_left(self.receipt)

    @property
    def unsent(self) -> int:
        """Return how many deliveries would be sent if the alert were resumed."""
        return self.receipt[DeliveryState.HALTED] + self.receipt.waiting

    @property
    def uncertain(self) -> int:
        """Return how many deliveries may have arrived."""
        return self.receipt[DeliveryState.UNCERTAIN]

    @property
    def undo_seconds_left(self) -> int:
        """Return the seconds left in which Send can be taken back."""
        until = self.alert.not_before
        return max(0, round((until - self.now).total_seconds())) if until else 0

    @property
    def is_changing(self) -> bool:
        """Return True if the numbers may still change."""
        return self.stage in (Stage.AWAITED, Stage.HELD, Stage.UNDER_WAY)

    @property
    def refresh_interval(self) -> str:
        """Return how often the page refreshes the receipt, as htmx writes it."""
        return "1s" if self.stage is Stage.HELD else "2s"

    @property
    def expired(self) -> int:
        """Return how many deliveries expired unsent."""
        return self.receipt[DeliveryState.EXPIRED]

    @cached_property
    def can_extend(self) -> bool:
        """Return True if deliveries expired, no other is in progress, and the content is still valid."""
        return self.expired > 0 and self.receipt.is_finished and not reason_never_sendable(self.alert)

    @property
    def shortfall(self) -> int:
        """Return how many intended recipients have no delivery. A template would look up `receipt["shortfall"]`."""
        return self.receipt.shortfall

    @property
    def shortfall_label(self) -> str:
        """Return the label of the shortfall."""
        return str(SHORTFALL_LABEL)

    @cached_property
    def resume_obstacle(self) -> str:
        """Return why it cannot be resumed; empty if it can."""
        return reason_not_sendable(self.alert, self.now)

    @cached_property
    def bounces(self) -> BounceSummary:
        """Return what bounced since."""
        return summarise_bounces(self.alert)

    @property
    def can_be_corrected(self) -> bool:
        """Return True if a correction would have recipients."""
        corrected = self.alert.corrections.exists()
        return not corrected and self.alert.has_approval and self.alert.urgency != Urgency.DIGEST and self.intended > 0

    @cached_property
    def held_back(self) -> int:
        """Return how many deliveries wait for a provider's warm-up budget."""
        waiting = self.alert.deliveries.filter(state=DeliveryState.DEFERRED, reply=HELD_BACK_REPLY)
        return waiting.count() if self.receipt[DeliveryState.DEFERRED] else 0

    @property
    def reached(self) -> int:
        """Return how many readers got it, or may have got it."""
        return self.receipt.possibly_sent

    @property
    def correction_url(self) -> str:
        """Return the address of the composer of its correction."""
        base = f"/desk/live/{self.alert.blog.slug}" if self.alert.blog else "/desk"
        post = self.alert.post
        return f"{base}/{f'posts/{post.pk}/' if post and not post.withdrawn_at else ''}alert?corrects={self.alert.pk}"

    @property
    def state_key(self) -> str:
        """Return a key that changes when the buttons of the page must change."""
        return f"{self.stage}-{int(self.uncertain > 0)}{'-expired' if self.expired else ''}"


def receipt_url(alert: Alert) -> str:
    """Return the address of an alert's receipt: below its live blog, or below the digests."""
    return f"/desk/live/{alert.blog.slug}/alerts/{alert.pk}" if alert.blog else f"/desk/digests/{alert.pk}"


def sent_alert(alert: Alert, now: datetime) -> SentAlert:
    """Return one alert with its receipt."""
    return SentAlert(alert, load_receipt(alert), now)


def sent_alerts(alerts: Iterable[Alert], now: datetime) -> list[SentAlert]:
    """Return several alerts with their receipts."""
    alerts = list(alerts)
    receipts = load_receipts(alerts)
    return [SentAlert(alert, receipts[alert.pk], now) for alert in alerts]


def recent_alerts(blog: LiveBlog, now: datetime) -> list[SentAlert]:
    """Return the newest alerts of one live blog."""
    return sent_alerts(_newest_first(blog)[:RECENT_ALERTS], now)


def post_alerts_context(post_id: UUID, now: datetime) -> dict[str, list[SentAlert]]:
    """Return the alerts about one post, newest first, for templates."""
    return {"sent_before": [sent_alert(alert, now) for alert in alerts_of_post(post_id)]}


def correctable_alerts(blog: LiveBlog, post_id: UUID | None, now: datetime) -> list[SentAlert]:
    """Return the alerts about a post of this live blog that reached readers and were not corrected yet."""
    alerts = _newest_first(blog).select_related("post").filter(post=post_id) if post_id else ()
    return [sent for sent in sent_alerts(alerts, now) if sent.reached and sent.can_be_corrected]


def blog_alerts_context(blog: LiveBlog, now: datetime) -> dict[str, list[SentAlert]]:
    """Return the alerts about the live blog as a whole, newest first, for templates."""
    return {"sent_before": sent_alerts(_newest_first(blog).filter(post=None), now)}


def _newest_first(blog: LiveBlog) -> QuerySet[Alert]:
    return Alert.objects.filter(blog=blog).select_related("blog").order_by("-created_at")
