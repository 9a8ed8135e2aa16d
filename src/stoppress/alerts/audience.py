"""Count the subscribers whom an alert would reach: by frequency and language, without muted and suppressed ones.

A million subscriptions are counted without a check of the suppressions of each: excluded subscribers are few, and are
counted separately.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from stoppress.coverage.models import LiveBlog
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import POSSIBLY_SENT, WAITING
from stoppress.delivery.ledger.receipt_totals import Receipt, load_receipt
from stoppress.delivery.models import Alert, Delivery
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Mute, Subscription, Suppression, Topic


@dataclass(frozen=True)
class Audience:
    """Subscribers of one topic.

    Args:
        instant: recipients of an alert.
        digest: subscribers who get the topic in digests instead.
        muted: subscribers left out because they muted the story.
        suppressed: subscribers left out because their address is suppressed.
        languages: recipients of an alert by language (BCP 47), those with a language only.
    """

    instant: int
    digest: int
    muted: int
    suppressed: int
    languages: dict[str, int]


def count_audience(topic: Topic, blog: LiveBlog | None) -> Audience:
    """Return the audience of an alert to `topic` about `blog`, if it were sent now."""
    active, instant = _active(topic), _instant(topic)
    suppressed, muted = _suppressed(instant), _muted(instant, blog)
    suppressed_count, muted_count = suppressed.count(), muted.count()
    languages = _languages(instant) - _languages(suppressed) - _languages(muted)
    return Audience(
        instant=instant.count() - suppressed_count - muted_count,
        digest=active.exclude(frequency=Frequency.INSTANT).count(),
        suppressed=suppressed_count,
        muted=muted_count,
        languages=dict(languages.most_common()),
    )


def count_instant(topic: Topic, blog: LiveBlog | None) -> int:
    """Return the number of recipients of an alert to `topic` about `blog`, if it were sent now."""
    instant = _instant(topic)
    return instant.count() - _suppressed(instant).count() - _muted(instant, blog).count()


def count_domains(topic: Topic, blog_id: int | None) -> dict[str, int]:
    """Return the same number by receiving domain. It reads every subscription, so it is for a warm-up only."""
    recipients = _instant(topic).exclude(subscriber__in=_suppressions())
    if blog_id is not None:
        recipients = recipients.exclude(subscriber__in=Mute.objects.filter(blog=blog_id).values("subscriber"))
    rows = recipients.order_by().values_list("subscriber__domain")
    return dict(rows.annotate(Count("pk")))


def count_domains_to_correct(alert: Alert) -> dict[str, int]:
    """Return the recipients of a correction of `alert` by receiving domain, as far as they are materialised."""
    states = (*POSSIBLY_SENT, *WAITING, DeliveryState.HALTED, DeliveryState.SUPERSEDED)
    rows = Delivery.objects.filter(alert=alert, state__in=states).order_by().values_list("subscriber__domain")
    return dict(rows.annotate(Count("pk")))


def count_recipients_to_correct(alert: Alert) -> int:
    """Return the number of recipients of a correction of `alert`.

    They are the subscribers whom the alert reached or may have reached, and those whom it has not reached yet.
    """
    return recipients_to_correct(load_receipt(alert))


def recipients_to_correct(receipt: Receipt) -> int:
    """Return the same number from the alert's receipt."""
    unsent = receipt.waiting + receipt[DeliveryState.HALTED] + receipt[DeliveryState.SUPERSEDED]
    return receipt.possibly_sent + unsent


def selectable_topics(blog: LiveBlog) -> list[Topic]:
    """Return the topics for an alert about `blog`, breaking news first: not retired, and of no other story."""
    return list(Topic.objects.filter(Q(blog=None) | Q(blog=blog), retired_at__isnull=True).order_by("pk"))


def _active(topic: Topic) -> QuerySet[Subscription]:
    return Subscription.objects.filter(topic=topic, confirmed_at__isnull=False, unsubscribed_at__isnull=True)


def _instant(topic: Topic) -> QuerySet[Subscription]:
    return _active(topic).filter(frequency=Frequency.INSTANT)


def _suppressed(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    return subscriptions.filter(subscriber__in=_suppressions())


def _muted(subscriptions: QuerySet[Subscription], blog: LiveBlog | None) -> QuerySet[Subscription]:
    if blog is None:
        return subscriptions.none()
    mutes = Mute.objects.filter(blog=blog).exclude(subscriber__in=_suppressions())
    return subscriptions.filter(subscriber__in=mutes.values("subscriber"))


def _suppressions() -> QuerySet[Suppression, int]:
    return Suppression.objects.filter(lifted_at__isnull=True).values_list("subscriber_id", flat=True)


def _languages(subscriptions: QuerySet[Subscription]) -> Counter[str]:
    """Count subscribers by language; those without a language are left out."""
    rows = subscriptions.exclude(subscriber__language="").order_by()
    return Counter(dict(rows.values_list("subscriber__language").annotate(Count("pk"))))
