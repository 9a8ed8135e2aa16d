"""One reader's message for a delivery. What all copies of an alert share is rendered once and remembered."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError

from stoppress.alerts.ledger.claiming import Parcel
from stoppress.alerts.mail.envelope import bounce_address
from stoppress.alerts.mail.message import Reader, alert_copy, alert_mould, letter_copy, letter_mould
from stoppress.alerts.mail.mould import Mould
from stoppress.alerts.mail.story import story_of
from stoppress.alerts.models import Alert, Topic

log = logging.getLogger(__name__)

REMEMBERED = 32
"""Alerts; more than ever run at the same time."""


@dataclass(frozen=True)
class Consignment:
    """A parcel with its message, ready to leave; empty if no message could be made (`later`: not now)."""

    parcel: Parcel
    sender: str
    message: bytes
    later: bool = False


class Copies:
    """Makes messages; asks the database for what it does not remember."""

    def __init__(self) -> None:
        self._moulds: OrderedDict[UUID, Mould] = OrderedDict()

    def made(self, parcel: Parcel) -> Consignment:
        """The parcel with its message. A message that cannot be made must not stop all others: it is left empty."""
        later = False
        try:
            message = self._message(parcel)
        except DatabaseError as error:  # It will answer again: nobody is forgotten for that.
            log.warning("the database does not answer, delivery %d waits: %s", parcel.id, error)
            message, later = b"", True
        except Exception:
            log.exception("no message could be made for delivery %d", parcel.id)
            message = b""
        return Consignment(parcel, bounce_address(parcel.id), message, later)

    def _message(self, parcel: Parcel) -> bytes:
        reader = Reader(parcel.subscriber_id, parcel.email, parcel.secret, parcel.topic_id)
        if parcel.alert_id:
            return alert_copy(self._mould(parcel.alert_id), parcel.alert_id, reader)
        assert parcel.letter is not None, "a delivery is an alert or a letter"
        mould = letter_mould(parcel.letter, Topic.objects.get(pk=parcel.topic_id).name, parcel.made_at)
        return letter_copy(mould, parcel.letter, parcel.id, reader, back_to=parcel.back_to, made_at=parcel.made_at)

    def _mould(self, alert_id: UUID) -> Mould:
        if alert_id not in self._moulds:
            alert = Alert.objects.select_related("topic", "blog", "post").get(pk=alert_id)
            self._moulds[alert_id] = alert_mould(story_of(alert), alert.pk, alert.created_at)
            while len(self._moulds) > REMEMBERED:
                self._moulds.popitem(last=False)
        self._moulds.move_to_end(alert_id)
        return self._moulds[alert_id]
