"""One reader's message for a delivery. What all copies of an alert share is rendered once and remembered."""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from html import escape
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError

from stoppress.delivery.message.alert_content import story_for
from stoppress.delivery.message.build_message import Reader, alert_mould, letter_copy, letter_mould
from stoppress.delivery.message.dkim_keys import configured_signer
from stoppress.delivery.message.headers import address_on_the_wire
from stoppress.delivery.message.message_template import Gap, quoted_value
from stoppress.delivery.message.verp_addresses import Mailbox, addresses_of, alert_message_id
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.claim_deliveries import Parcel
from stoppress.smtp import Envelope
from stoppress.subscribers.models import Topic
from stoppress.subscribers.signed_links import Purpose, tokens_for

log = logging.getLogger(__name__)

REMEMBERED = 256
"""Alerts in one language each, digests also without what is muted; more than ever are under way at the same time."""
Key = tuple[UUID, str, frozenset[str]]
"""Alert, language, and what a digest leaves out."""
GAPS = (
    Gap.TO,
    Gap.MESSAGE_ID,
    Gap.UNSUBSCRIBE,
    Gap.LEAVE_MAILBOX,
    Gap.MANAGE,
    Gap.MUTE,
    Gap.TEXT_ADDRESS,
    Gap.HTML_ADDRESS,
)
"""What differs in an alert, in the order in which `_filler` gives it."""
PLAIN = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?<!.{74})")
"""Addresses that stand everywhere as they are: in headers, in text and in HTML."""


class Pressed(NamedTuple):
    """An alert in one language, ready for any reader. `spoken`: the language of its words, and that of what stands
    around them."""

    press: Callable[[Sequence[bytes]], bytes]
    values: Callable[[Parcel], Sequence[bytes]]
    spoken: tuple[str, str]


class NotYet(Exception):
    """The message cannot be made now, because the database did not answer."""


class Copies:
    """Makes messages out of what was fetched before: `fetch` asks the database, `made` never does.

    Raises ValueError if mail is to be signed here and a key cannot be used.
    """

    def __init__(self) -> None:
        self._presses: OrderedDict[Key, Pressed] = OrderedDict()
        self._last: tuple[Key, Pressed] | None = None
        self._topics: dict[int, str] = {}
        self._signed = configured_signer()
        self._home = addresses_of(Mailbox.BOUNCE)

    def lacking(self, parcels: Iterable[Parcel]) -> list[Callable[[], None]]:
        """What has to be fetched before these can be made; nearly always nothing."""
        wanted: list[Callable[[], None]] = []
        for key in {(parcel.alert_id, parcel.language, parcel.without) for parcel in parcels if parcel.alert_id}:
            if key in self._presses:
                self._presses.move_to_end(key)
            else:
                wanted.append(partial(self._remember, key))
        topics = {parcel.topic_id for parcel in parcels if parcel.letter} - self._topics.keys()
        return wanted + [partial(self._remember_topic, topic_id) for topic_id in topics]

    def fetch(self, parcels: Iterable[Parcel]) -> None:
        """Get what is lacking; what cannot be had is tried again with the next ones."""
        for act in self.lacking(parcels):
            self._attempt(act)

    def made(self, parcel: Parcel) -> Envelope:
        """The parcel's message, clean for SMTP. Raises NotYet, or whatever keeps this one from ever being made."""
        message = self._copy(parcel, parcel.alert_id) if parcel.alert_id else self._letter(parcel)
        return Envelope(self._home(b"%x" % parcel.id).decode(), parcel.email, self._signed(message))

    def _copy(self, parcel: Parcel, alert_id: UUID) -> bytes:
        """Nearly always of the same alert as the one before, which costs less to see than to look up."""
        key = alert_id, parcel.language, parcel.without
        if self._last is None or self._last[0] != key:
            found = self._presses.get(key)
            if found is None:
                raise NotYet
            self._last = key, found
        pressed = self._last[1]
        return pressed.press(pressed.values(parcel))

    def _letter(self, parcel: Parcel) -> bytes:
        name = self._topics.get(parcel.topic_id)
        if name is None:
            raise NotYet
        assert parcel.letter is not None, "a delivery is an alert or a letter"
        reader = Reader(parcel.subscriber_id, parcel.email, parcel.secret, parcel.topic_id)
        mould = letter_mould(parcel.letter, name, parcel.made_at, parcel.language)
        return letter_copy(mould, parcel.letter, parcel.id, reader, back_to=parcel.back_to, made_at=parcel.made_at)

    def _attempt(self, fetch: Callable[[], None]) -> None:
        """A message that cannot be made must not stop all others."""
        try:
            fetch()
        except DatabaseError as error:
            log.warning("the database does not answer, some messages wait: %s", error)

    def _remember(self, key: Key) -> None:
        self._presses[key] = self._mould(*key)
        while len(self._presses) > REMEMBERED:
            self._presses.popitem(last=False)

    def _remember_topic(self, topic_id: int) -> None:
        self._topics[topic_id] = Topic.objects.get(pk=topic_id).name

    def _mould(self, alert_id: UUID, language: str, without: frozenset[str]) -> Pressed:
        alert = Alert.objects.select_related("topic", "blog", "post", "picture", "corrects").get(pk=alert_id)
        story = story_for(alert, language, without)
        spoken = story.language, story.catalogue
        for (known, _, left_out), pressed in self._presses.items():
            if (known, left_out, pressed.spoken) == (alert_id, without, spoken):
                return pressed
        mould = alert_mould(story, alert.pk, alert.created_at)
        return Pressed(mould.press(GAPS), _filler(alert.pk, mould.blog_id), spoken)


def _filler(alert_id: UUID, blog_id: int) -> Callable[[Parcel], Sequence[bytes]]:
    """What makes the values that fill GAPS for one reader; as message.alert_copy does it, and several times as fast."""
    unsubscribe, manage, mute = map(tokens_for, (Purpose.UNSUBSCRIBE, Purpose.MANAGE, Purpose.MUTE))
    leave = addresses_of(Mailbox.LEAVE)
    before, _, after = alert_message_id(alert_id, 0).encode().partition(b"0@")

    def values(parcel: Parcel) -> Sequence[bytes]:
        reader, topic, email = parcel.subscriber_id, parcel.topic_id, parcel.email
        if PLAIN.fullmatch(email):
            address = text = html = email.encode("ascii")
        else:
            address = address_on_the_wire(email).encode()
            text, html = quoted_value(email), quoted_value(escape(email))
        return (
            address,
            b"%b%x@%b" % (before, reader, after),
            unsubscribe(b"%d.%d" % (reader, topic)),
            leave(b"%x.%x" % (reader, topic)),
            manage(b"%d.%b" % (reader, parcel.secret.encode())),
            mute(b"%d.%d" % (reader, blog_id)) if blog_id else b"",
            text,
            html,
        )

    return values
