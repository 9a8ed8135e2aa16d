"""Delete data whose retention time is over; nothing that a subscriber, a receipt or a consent relies on.

Every transaction is short, so that no other writer waits for it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac

from stoppress.delivery.canary_mail import CANARY_KEY_PREFIX
from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.ledger.delivery_states import IN_FLIGHT, WAITING
from stoppress.delivery.models import Delivery, MailerRun
from stoppress.desk.access.audit_log import LOG_IN_ACTS
from stoppress.desk.models import AuditEntry
from stoppress.inbound.models import Bounce
from stoppress.runtime.models import RateLimitCount
from stoppress.signup.actions.erasure_traces import mark_erasure
from stoppress.subscribers.models import Subscriber, Subscription, Suppression, new_secret

BATCH_ROWS = 500
"""Rows deleted in one transaction."""
KEEP_UNCONFIRMED = timedelta(days=30)
"""How long an unconfirmed address is kept."""
KEEP_MAILER_RUNS = timedelta(days=30)
KEEP_CANARIES = timedelta(days=30)
MAX_RATE_LIMIT_WINDOW = timedelta(days=2)
"""More than the longest window of a rate limit."""
KEEP_LOG_INS = timedelta(days=180)
"""How long the audit log keeps log-ins and refusals. Changes of access stay."""


def delete_old_rate_limits(now: datetime) -> int:
    """Delete rate-limit counts that are expired, or from a clock that was ahead; return their number."""
    is_over = Q(expires_at__lte=now) | Q(expires_at__gt=now + MAX_RATE_LIMIT_WINDOW)
    return _delete(RateLimitCount.objects.filter(is_over))


def delete_old_mailer_runs(now: datetime) -> int:
    """Delete old mailer runs that hold no delivery; return their number."""
    held = Delivery.objects.filter(holder=OuterRef("holder"), state=IN_FLIGHT)
    return _delete(MailerRun.objects.filter(Q(heartbeat_at__lt=now - KEEP_MAILER_RUNS), ~Exists(held)))


def delete_old_audit_entries(now: datetime) -> int:
    """Delete old entries of log-ins and refusals from the audit log; return their number."""
    return _delete(AuditEntry.objects.filter(act__in=LOG_IN_ACTS, at__lt=now - KEEP_LOG_INS))


def delete_old_canaries(now: datetime) -> int:
    """Delete old settled canaries; return their number. A canary that bounced is kept with its bounce."""
    old = Delivery.objects.filter(
        subscriber__key__startswith=CANARY_KEY_PREFIX, transactional_kind=TransactionalKind.CANARY, alert__isnull=True
    )
    old = old.filter(created_at__lt=now - KEEP_CANARIES).exclude(state__in=[*WAITING, IN_FLIGHT])
    return _delete(old.filter(~Exists(Bounce.objects.filter(delivery=OuterRef("pk")))))


def erase_unconfirmed(now: datetime) -> int:
    """Erase addresses that were entered and never confirmed; return their number.

    Their rows stay without the address, so that the ledger adds up. A suppressed address is kept: erased, it would be
    mailed again.
    """
    before = now - KEEP_UNCONFIRMED
    own = {"subscriber": OuterRef("pk")}
    old = Subscriber.objects.filter(confirmed_at__isnull=True, erased_at__isnull=True, requested_at__lt=before)
    old = old.exclude(key__startswith=CANARY_KEY_PREFIX).filter(
        ~Exists(Subscription.objects.filter(Q(confirmed_at__isnull=False) | Q(requested_at__gte=before), **own)),
        ~Exists(Delivery.objects.filter(created_at__gte=before, alert__isnull=True, **own)),  # transactional mail
        ~Exists(Suppression.objects.filter(lifted_at__isnull=True, **own)),
    )
    count = 0
    for subscriber in old.iterator(BATCH_ROWS):
        count += _erase(subscriber, now)
    return count


def _erase(subscriber: Subscriber, now: datetime) -> int:
    """Erase one address, unless it was confirmed meanwhile."""
    row = Subscriber.objects.filter(pk=subscriber.pk, confirmed_at__isnull=True, erased_at__isnull=True)
    mark_erasure(subscriber.key)
    key = salted_hmac("stoppress.alerts.forgotten", f"{subscriber.pk} {subscriber.key}", algorithm="sha256").hexdigest()
    return row.update(email="", domain="", key=key, secret=new_secret(), language="", zone="", erased_at=now)


def _delete(rows: QuerySet[Any]) -> int:
    count = 0
    while batch := list(rows.values_list("pk", flat=True)[:BATCH_ROWS]):
        count += rows.model.objects.filter(pk__in=batch).delete()[0]
    return count
