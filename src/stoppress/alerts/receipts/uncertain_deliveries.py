"""What is known of deliveries that may have arrived: enough to ask the relay's log."""

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
    """One uncertain delivery. `run` is the mailer that had it in flight, None if nothing is known of it."""

    delivery_id: int
    message_id: str
    address: str
    noticed_at: datetime | None
    attempts: int
    reply: str
    holder: str
    run: MailerRun | None


def uncertain_deliveries(alert: Alert) -> list[UncertainDelivery]:
    """The uncertain ones of an alert, in the order of their rows."""
    rows = Delivery.objects.filter(alert=alert, state=DeliveryState.UNCERTAIN).select_related("subscriber")
    known = list(rows.order_by("pk"))
    runs = MailerRun.objects.in_bulk({row.holder for row in known})
    return [_to_uncertain_delivery(alert, row, runs.get(row.holder)) for row in known]


def match_relay_log(lines: Iterable[str], doubted: Iterable[UncertainDelivery]) -> dict[int, RelayLogResult]:
    """What lines of the relay's log say of these deliveries, by id: those that the relay took, and no others."""
    by_message = {doubt.message_id: doubt.delivery_id for doubt in doubted}
    by_sender = {bounce_address(pk): name for name, pk in by_message.items()}
    fates = search_relay_log(lines, by_message, by_sender)
    return {by_message[name]: fate for name, fate in fates.items() if fate.state > RelayLogState.STARTED}


def _to_uncertain_delivery(alert: Alert, row: Delivery, run: MailerRun | None) -> UncertainDelivery:
    return UncertainDelivery(
        delivery_id=row.pk,
        message_id=alert_message_id(alert.pk, row.subscriber_id),
        address=mask_mail_address(row.subscriber.email),
        noticed_at=row.settled_at,
        attempts=row.attempts,
        reply=row.reply,
        holder=row.holder,
        run=run,
    )
