"""Alerts, their deliveries, and the mailer processes."""

from stoppress.delivery.models.alerts import Alert, SendCounter
from stoppress.delivery.models.deliveries import Delivery
from stoppress.delivery.models.mailers import LedgerCounter, MailerRun
from stoppress.delivery.models.warm_up import ProviderDay

__all__ = ["Alert", "Delivery", "LedgerCounter", "MailerRun", "ProviderDay", "SendCounter"]
