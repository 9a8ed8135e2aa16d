"""The ledger: one row per delivery."""

from django.db import models
from django.db.models import Q

from stoppress.delivery.choices import DeliveryState, Lane, TransactionalKind
from stoppress.delivery.models.alerts import Alert
from stoppress.subscribers.models.subscribers import Subscriber
from stoppress.subscribers.models.topics import Topic


class Delivery(models.Model):
    """One row of the ledger: one alert, or one transactional mail, to one subscriber.

    `next_attempt_at` is set while the delivery waits (pending, deferred) and empty otherwise. The mailer
    searches by nothing else. An index costs time for each of a million rows, so there are no further ones.
    """

    alert = models.ForeignKey(
        Alert, null=True, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )  # delivery_by_state begins with it
    transactional_kind = models.CharField(max_length=10, choices=TransactionalKind.choices, blank=True)
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )  # no index begins with it: see delivery/recipients/by_subscriber.py
    topic = models.ForeignKey(
        Topic,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Of a transactional mail",
    )
    return_slug = models.CharField(
        max_length=80, blank=True, help_text="Slug of the live blog that a transactional mail links back to"
    )
    lane = models.PositiveSmallIntegerField(choices=Lane.choices)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was sent to a server")
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=16, blank=True, help_text="The mailer that last claimed it")
    code = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The server's last reply")
    reply = models.CharField(max_length=200, blank=True, help_text="Its text without addresses")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["alert", "subscriber"], name="one_delivery_per_alert_and_subscriber"),
            models.CheckConstraint(
                condition=Q(alert__isnull=False, transactional_kind="")
                | (Q(alert__isnull=True) & ~Q(transactional_kind="")),
                name="delivery_is_alert_or_transactional",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "next_attempt_at", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="delivery_due",
            ),
            models.Index(fields=["alert", "state"], name="delivery_by_state"),
            models.Index(fields=["id"], condition=Q(state="in_flight"), name="delivery_in_flight"),
            models.Index(fields=["lane", "next_attempt_at"], condition=Q(state="deferred"), name="delivery_to_retry"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}: {self.state}"
