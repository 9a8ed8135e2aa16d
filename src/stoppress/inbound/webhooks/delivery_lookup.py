"""Lookup of the delivery that a service's notification is about.

Our signed addresses prove it, wherever they occur in the notification: the envelope sender, or a returned header field.
A Message-ID is not signed. It counts only here, where the service's own signature is verified, and with the right
recipient. The event contains it, or the metadata that delivery/message/mail_service_headers.py adds to our messages.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.verp_addresses import SignedMailbox
from stoppress.delivery.models import Delivery
from stoppress.inbound.bounces import ParsedReport, RecipientReport
from stoppress.inbound.bounces.amazon_notifications import as_mapping
from stoppress.inbound.bounces.verp_tokens import find_signed_ids
from stoppress.inbound.webhooks import UnreadableNotificationError
from stoppress.subscribers.address_validation import parse_address
from stoppress.subscribers.errors import InvalidAddressError
from stoppress.subscribers.models import Subscriber

MAX_TEXTS = 2000
"""Texts of one notification that are searched."""
MESSAGE_ID_FIELDS = frozenset({"messageid", "smtpid"})
"""Names of fields that may contain our Message-ID, in lower case without "-" and "_"."""
_ALERT_ID = re.compile(r"<?([0-9a-f]{32})\.([0-9a-f]{1,16})@([^\s<>]{1,254})>?")
_TRANSACTIONAL_ID = re.compile(r"<?delivery\.([0-9a-f]{1,16})@([^\s<>]{1,254})>?")


def parse_json_object(body: bytes) -> Mapping[str, Any]:
    """Return the JSON object in the body of a notification.

    Raises:
        UnreadableNotificationError: the body is not a JSON object.
    """
    try:
        notification = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableNotificationError from error
    if not isinstance(notification, dict):
        raise UnreadableNotificationError
    return notification


def value_at_path(data: object, path: Iterable[str]) -> object:
    """Return the value at a path of names in nested objects; None if there is none, or the path is empty."""
    value = None
    for name in path:
        value = data = as_mapping(data).get(name)
    return value


def find_message_ids(event: Any) -> Iterator[str]:
    """Yield candidates for our Message-ID: anymail's, and fields of such a name in the service's own event."""
    yield str(event.message_id or "")
    for name, text in _iterate_named_texts([event.esp_event, event.metadata]):
        if re.sub("[-_]", "", name.lower()) in MESSAGE_ID_FIELDS:
            yield text


def build_report(
    recipient: RecipientReport, notification: object, message_ids: Iterable[str] = ()
) -> ParsedReport | None:
    """Return a report about one of our deliveries; None if the notification is about other mail.

    Args:
        recipient: what is reported.
        notification: the service's own event as a JSON value.
        message_ids: candidates for our Message-ID.
    """
    delivery_ids = find_signed_ids(SignedMailbox.BOUNCE, _iterate_texts(notification))
    if len(delivery_ids) == 1:
        return ParsedReport(recipient.kind, (recipient,), delivery_ids[0])
    for message_id in message_ids:
        delivery_id = find_delivery_by_message_id(message_id, recipient.address)
        if delivery_id is not None:
            return ParsedReport(recipient.kind, (recipient,), delivery_id)
    unsubscribe_ids = find_signed_ids(SignedMailbox.LEAVE, _iterate_texts(notification))
    if len(unsubscribe_ids) == 2:
        return ParsedReport(recipient.kind, (recipient,), unsubscribe_ids=unsubscribe_ids)
    return None


def find_delivery_by_message_id(message_id: str, recipient: str) -> int | None:
    """Return the id of the delivery with this Message-ID, if it went to this recipient."""
    deliveries = Delivery.objects.filter(subscriber__email__gt="")
    if match := _ALERT_ID.fullmatch(message_id.strip()):
        domain = match[3]
        deliveries = deliveries.filter(alert=UUID(match[1]), subscriber=_parse_hex_id(match[2]))
    elif match := _TRANSACTIONAL_ID.fullmatch(message_id.strip()):
        domain = match[2]
        deliveries = deliveries.filter(pk=_parse_hex_id(match[1]), alert__isnull=True)
    else:
        return None
    if domain.lower() != newsroom().list_domain.lower():
        return None
    delivery = deliveries.select_related("subscriber").first()
    return delivery.pk if delivery and _is_address_of(recipient, delivery.subscriber) else None


def _iterate_texts(value: object) -> Iterator[str]:
    return (text for _, text in _iterate_named_texts(value))


def _iterate_named_texts(value: object) -> Iterator[tuple[str, str]]:
    """Yield the texts of a JSON value with the names of their fields, the least nested first.

    In {"name": …, "value": …}, as services list header fields, the name of the text is that of the header field.
    """
    queue: deque[tuple[str, object]] = deque([("", value)])
    for _ in range(MAX_TEXTS):
        if not queue:
            return
        name, value = queue.popleft()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict):
            header_name = value["name"] if isinstance(value.get("name"), str) else ""
            for key, each in value.items():
                queue.append((header_name if header_name and key == "value" else str(key), each))
        elif isinstance(value, list):
            queue.extend((name, each) for each in value)


def _parse_hex_id(text: str) -> int:
    return min(int(text, 16), 2**63 - 1)


def _is_address_of(recipient: str, subscriber: Subscriber) -> bool:
    """Return True if an address, however it is written, is the subscriber's. The canary's key is no address."""
    if recipient.strip(" <>").casefold() == subscriber.email.casefold():
        return True
    try:
        return parse_address(recipient).key == subscriber.key
    except InvalidAddressError:
        return False
