"""To how many an alert would go: counted by wish and language, without those who must not or will not get it.

A million wishes are counted without a look at each one's suppressions: those who are kept away are few, and are counted
apart.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from stoppress.coverage.models import LiveBlog
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.receipt_totals import Receipt, load_receipt
from stoppress.delivery.models import Alert
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.models import Mute, Subscription, Suppression, Topic


@dataclass(frozen=True)
class Audience:
    """Readers of one topic. `instant` are those whom an alert goes to; `languages` says which of them want which
    language. `muted` and `suppressed` would be among them and are not."""

    instant: int
    digest: int
    muted: int
    suppressed: int
    languages: dict[str, int]


def count_audience(topic: Topic, blog: LiveBlog | None) -> Audience:
    """Who is signed up for `topic` now."""
    everyone, instant = _wanted(topic), _instant(topic)
    suppressed, muted = _suppressed(instant), _muted(instant, blog)
    kept_away = suppressed.count(), muted.count()
    wanted = instant.count()
    languages = _languages(instant) - _languages(suppressed) - _languages(muted)
    return Audience(
        instant=wanted - sum(kept_away),
        digest=everyone.exclude(frequency=Frequency.INSTANT).count(),
        suppressed=kept_away[0],
        muted=kept_away[1],
        languages=dict(languages.most_common()),
    )


def count_instant(topic: Topic, blog: LiveBlog | None) -> int:
    """How many an alert to `topic` about `blog` would go to now."""
    instant = _instant(topic)
    return instant.count() - _suppressed(instant).count() - _muted(instant, blog).count()


def count_recipients_to_correct(alert: Alert) -> int:
    """How many a correction of `alert` would go to: whom it reached or may have, and whom it was still to reach."""
    return recipients_to_correct(load_receipt(alert))


def recipients_to_correct(found: Receipt) -> int:
    """The same out of a receipt."""
    return found.possibly_sent + found.waiting + found[DeliveryState.HALTED] + found[DeliveryState.SUPERSEDED]


def selectable_topics(blog: LiveBlog) -> list[Topic]:
    """The topics that an alert about `blog` may go to, breaking news first: no other story's, none that is retired."""
    return list(Topic.objects.filter(Q(blog=None) | Q(blog=blog), retired_at__isnull=True).order_by("pk"))


def _wanted(topic: Topic) -> QuerySet[Subscription]:
    return Subscription.objects.filter(topic=topic, confirmed_at__isnull=False, unsubscribed_at__isnull=True)


def _instant(topic: Topic) -> QuerySet[Subscription]:
    return _wanted(topic).filter(frequency=Frequency.INSTANT)


def _suppressed(wishes: QuerySet[Subscription]) -> QuerySet[Subscription]:
    return wishes.filter(subscriber__in=_suppressions())


def _muted(wishes: QuerySet[Subscription], blog: LiveBlog | None) -> QuerySet[Subscription]:
    if blog is None:
        return wishes.none()
    mutes = Mute.objects.filter(blog=blog).exclude(subscriber__in=_suppressions())
    return wishes.filter(subscriber__in=mutes.values("subscriber"))


def _suppressions() -> QuerySet[Suppression, int]:
    return Suppression.objects.filter(lifted_at__isnull=True).values_list("subscriber_id", flat=True)


def _languages(wishes: QuerySet[Subscription]) -> Counter[str]:
    """How many want which language; those who named none are left out."""
    named = wishes.exclude(subscriber__language="").order_by()
    return Counter(dict(named.values_list("subscriber__language").annotate(Count("pk"))))
