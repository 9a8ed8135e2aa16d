"""Bounces, complaints and unsubscribe requests, stored beside the delivery ledger, and the state of the receivers."""

from django.db import models

from stoppress.delivery.models.deliveries import Delivery
from stoppress.subscribers.models.subscribers import Subscriber


class Bounce(models.Model):
    """One report about one recipient. `delivery` and `subscriber` are set only if a proof in the report names them."""

    key = models.CharField(max_length=64, unique=True, help_text="A digest that identifies the report: it counts once")
    at = models.DateTimeField()
    via = models.CharField(max_length=20, help_text="smtp, lmtp, imap, or the name of a mail service")
    kind = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True)
    dead = models.BooleanField(default=False, help_text="The report shows that the address itself is invalid")
    status = models.CharField(max_length=12, blank=True, help_text="Enhanced status code (RFC 3463)")
    reply = models.CharField(
        max_length=200, blank=True, help_text="The server's reply without local parts of addresses"
    )
    proven = models.BooleanField(
        default=False, help_text="The report carries our own signature, or its sender is verified"
    )
    delivery = models.ForeignKey(Delivery, null=True, blank=True, on_delete=models.PROTECT, related_name="bounces")
    subscriber = models.ForeignKey(Subscriber, null=True, blank=True, on_delete=models.PROTECT, related_name="bounces")
    domain = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="bounce_newest")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


class ReceiverStatus(models.Model):
    """The state that the process of one receiver on one machine last stored."""

    kind = models.CharField(max_length=10, help_text="mailbox or listener")
    host = models.CharField(max_length=255)
    checked_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True, blank=True, help_text="When it last worked")
    fault = models.CharField(max_length=200, blank=True, help_text="What is wrong; empty while it works")
    changed_at = models.DateTimeField(help_text="When it last changed between working and faulty")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "host"], name="one_receiver_status_per_kind_and_host")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.host}"
