"""Which delivery a service's notification is about.

Our signed addresses prove it, wherever in the notification they stand: the sender of the envelope, a returned header.
A Message-ID is not signed. It counts only here, where the service has proven itself, and with the right recipient. It
stands in the event itself, or in the metadata that delivery/message/mail_service_headers.py sends along.
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
from stoppress.inbound.bounces import RecipientReport, ParsedReport
from stoppress.inbound.bounces.verp_tokens import find_signed_ids
from stoppress.inbound.webhooks import UnreadableNotificationError
from stoppress.subscribers.address_validation import parse_address
from stoppress.subscribers.errors import InvalidAddressError
from stoppress.subscribers.models import Subscriber

MAX_TEXTS = 2000
"""Texts of one notification that are looked through."""
MESSAGE_ID_FIELDS = frozenset({"messageid", "smtpid"})
"""Names of fields that may hold a message's own Message-ID, in small letters without "-" and "_"."""
_ALERT_ID = re.compile(r"<?([0-9a-f]{32})\.([0-9a-f]{1,16})@([^\s<>]{1,254})>?")
_TRANSACTIONAL_ID = re.compile(r"<?delivery\.([0-9a-f]{1,16})@([^\s<>]{1,254})>?")


def parse_json_object(body: bytes) -> Mapping[str, Any]:
    """A notification's JSON object. Raises UnreadableNotificationError."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableNotificationError from error
    if not isinstance(told, dict):
        raise UnreadableNotificationError
    return told


def as_mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def value_at_path(told: object, path: Iterable[str]) -> object:
    """Return the value at a path of names in nested objects; None if there is none, or the path is empty."""
    value = None
    for name in path:
        value = told = as_mapping(told).get(name)
    return value


def find_message_ids(event: Any) -> Iterator[str]:
    """Yield what may be our Message-ID: anymail's, and fields of such a name in the service's own event."""
    yield str(event.message_id or "")
    for name, text in _iterate_named_texts([event.esp_event, event.metadata]):
        if re.sub("[-_]", "", name.lower()) in MESSAGE_ID_FIELDS:
            yield text


def build_report(finding: RecipientReport, told: object, message_ids: Iterable[str] = ()) -> ParsedReport | None:
    """Return a report about one of our deliveries; None if it is about other mail."""
    delivery = find_signed_ids(SignedMailbox.BOUNCE, iterate_texts(told))
    if len(delivery) == 1:
        return ParsedReport(finding.kind, (finding,), delivery[0])
    for message_id in message_ids:
        known = find_delivery_by_message_id(message_id, finding.address)
        if known is not None:
            return ParsedReport(finding.kind, (finding,), known)
    leaving = find_signed_ids(SignedMailbox.LEAVE, iterate_texts(told))
    return ParsedReport(finding.kind, (finding,), None, leaving) if len(leaving) == 2 else None


def find_delivery_by_message_id(message_id: str, recipient: str) -> int | None:
    """The delivery that bears this Message-ID, if it went to this recipient."""
    rows = Delivery.objects.filter(subscriber__email__gt="")
    if found := _ALERT_ID.fullmatch(message_id.strip()):
        domain = found[3]
        rows = rows.filter(alert=UUID(found[1]), subscriber=_parse_hex_id(found[2]))
    elif found := _TRANSACTIONAL_ID.fullmatch(message_id.strip()):
        domain = found[2]
        rows = rows.filter(pk=_parse_hex_id(found[1]), alert__isnull=True)
    else:
        return None
    row = rows.select_related("subscriber").first() if domain.lower() == newsroom().list_domain.lower() else None
    return row.pk if row and _is_address_of(recipient, row.subscriber) else None


def iterate_texts(told: object, most: int = MAX_TEXTS) -> Iterator[str]:
    """Yield all texts of a JSON value, the shallow ones first."""
    return (text for _, text in _iterate_named_texts(told, most))


def _iterate_named_texts(told: object, most: int = MAX_TEXTS) -> Iterator[tuple[str, str]]:
    """Yield texts with the name of the field that holds them, or of {"name": …, "value": …} as headers are listed."""
    waiting: deque[tuple[str, object]] = deque([("", told)])
    for _ in range(most):
        if not waiting:
            return
        name, value = waiting.popleft()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict):
            named = value.get("name") if isinstance(value.get("name"), str) else ""
            waiting.extend((named if named and key == "value" else str(key), one) for key, one in value.items())
        elif isinstance(value, list):
            waiting.extend((name, one) for one in value)


def _parse_hex_id(text: str) -> int:
    return min(int(text, 16), 2**63 - 1)


def _is_address_of(recipient: str, subscriber: Subscriber) -> bool:
    """However it is written. A canary's key is none of an address."""
    if recipient.strip(" <>").casefold() == subscriber.email.casefold():
        return True
    try:
        return parse_address(recipient).key == subscriber.key
    except InvalidAddressError:
        return False
