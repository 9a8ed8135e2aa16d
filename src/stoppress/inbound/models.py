"""What came back: bounces, complaints, wishes to leave. Facts of their own, beside the ledger."""

from django.db import models

from stoppress.delivery.models.deliveries import Delivery
from stoppress.subscribers.models.subscribers import Subscriber


class Bounce(models.Model):
    """One report about one recipient. `delivery` and `subscriber` are set only if it proved whom it is about."""

    key = models.CharField(max_length=64, unique=True, help_text="A digest: the same report counts once")
    at = models.DateTimeField()
    via = models.CharField(max_length=20, help_text="smtp, lmtp, imap, or a mail service's name")
    kind = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True)
    dead = models.BooleanField(default=False)
    status = models.CharField(max_length=12, blank=True, help_text="Enhanced status code (RFC 3463)")
    reply = models.CharField(max_length=200, blank=True, help_text="Addresses cut out")
    proven = models.BooleanField(
        default=False, help_text="Whether a signature of ours, or the sender's, vouches for it"
    )
    delivery = models.ForeignKey(Delivery, null=True, blank=True, on_delete=models.PROTECT, related_name="bounces")
    subscriber = models.ForeignKey(Subscriber, null=True, blank=True, on_delete=models.PROTECT, related_name="bounces")
    domain = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="bounce_newest")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


class Receiver(models.Model):
    """How one way in stands on one machine: what the process there last said of it."""

    way = models.CharField(max_length=10, help_text="mailbox or listener")
    host = models.CharField(max_length=255)
    tried_at = models.DateTimeField()
    well_at = models.DateTimeField(null=True, blank=True, help_text="When it last worked")
    fault = models.CharField(max_length=200, blank=True, help_text="What is wrong; empty while it works")
    since = models.DateTimeField(help_text="For how long that has been so")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["way", "host"], name="one_receiver_per_way_and_host")]

    def __str__(self) -> str:
        return f"{self.way} on {self.host}"
