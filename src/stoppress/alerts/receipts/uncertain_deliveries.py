"""List the uncertain deliveries of an alert, and look them up in the relay's log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stoppress.alerts.receipts.relay_log_parser import RelayLogResult, RelayLogState, search_relay_log
from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.message.verp_addresses import alert_message_id, bounce_address
from stoppress.delivery.models import Alert, Delivery, MailerRun
from stoppress.runtime.mail_masking import mask_mail_address


@dataclass(frozen=True)
class UncertainDelivery:
    """One uncertain delivery.

    Args:
        delivery_id: id of its row.
        message_id: with angle brackets, as in its mail.
        address: masked.
        noticed_at: when it became uncertain.
        attempts: including the uncertain one.
        reply: the last reply or error.
        holder: id of the mailer that had it in flight.
        run: that mailer; None if nothing is stored about it.
    """

    delivery_id: int
    message_id: str
    address: str
    noticed_at: datetime | None
    attempts: int
    reply: str
    holder: str
    run: MailerRun | None


def uncertain_deliveries(alert: Alert) -> list[UncertainDelivery]:
    """Return the uncertain deliveries of an alert, in the order of their rows."""
    rows = Delivery.objects.filter(alert=alert, state=DeliveryState.UNCERTAIN).select_related("subscriber")
    deliveries = list(rows.order_by("pk"))
    runs = MailerRun.objects.in_bulk({delivery.holder for delivery in deliveries})
    return [_to_uncertain_delivery(alert, delivery, runs.get(delivery.holder)) for delivery in deliveries]


def match_relay_log(lines: Iterable[str], deliveries: Iterable[UncertainDelivery]) -> dict[int, RelayLogResult]:
    """Return, by id, the results of those deliveries whose message the relay accepted, according to its log."""
    by_message = {delivery.message_id: delivery.delivery_id for delivery in deliveries}
    by_sender = {bounce_address(pk): message_id for message_id, pk in by_message.items()}
    results = search_relay_log(lines, by_message, by_sender)
    return {
        by_message[message_id]: result for message_id, result in results.items() if result.state > RelayLogState.STARTED
    }


def _to_uncertain_delivery(alert: Alert, delivery: Delivery, run: MailerRun | None) -> UncertainDelivery:
    return UncertainDelivery(
        delivery_id=delivery.pk,
        message_id=alert_message_id(alert.pk, delivery.subscriber_id),
        address=mask_mail_address(delivery.subscriber.email),
        noticed_at=delivery.settled_at,
        attempts=delivery.attempts,
        reply=delivery.reply,
        holder=delivery.holder,
        run=run,
    )
