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

from stoppress.delivery.message.alert_content import localised_alert_content
from stoppress.delivery.message.build_message import Recipient, compile_alert, fill_transactional_mail, compile_transactional_mail
from stoppress.delivery.message.dkim_keys import load_configured_signer
from stoppress.delivery.message.headers import with_ascii_domain
from stoppress.delivery.message.message_template import Placeholder, encode_value
from stoppress.delivery.message.verp_addresses import SignedMailbox, make_address_signer, alert_message_id
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.smtp import Envelope
from stoppress.subscribers.models import Topic
from stoppress.subscribers.signed_links import LinkPurpose, token_signer

log = logging.getLogger(__name__)

MAX_CACHED_ALERTS = 256
"""Alerts in one language each, digests also without what is muted; more than ever are under way at the same time."""
AlertKey = tuple[UUID, str, frozenset[str]]
"""Alert, language, and what a digest leaves out."""
PLACEHOLDERS = (
    Placeholder.TO,
    Placeholder.MESSAGE_ID,
    Placeholder.UNSUBSCRIBE,
    Placeholder.LEAVE_MAILBOX,
    Placeholder.MANAGE,
    Placeholder.MUTE,
    Placeholder.TEXT_ADDRESS,
    Placeholder.HTML_ADDRESS,
)
"""What differs in an alert, in the order in which `_filler` gives it."""
PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?<!.{74})")
"""Addresses that stand everywhere as they are: in headers, in text and in HTML."""


class CompiledAlert(NamedTuple):
    """An alert in one language, ready for any reader. `languages`: the language of its words, and that of what stands
    around them."""

    fill: Callable[[Sequence[bytes]], bytes]
    values_for: Callable[[ClaimedDelivery], Sequence[bytes]]
    languages: tuple[str, str]


class MessageNotReadyError(Exception):
    """The message cannot be made now, because the database did not answer."""


class MessageFactory:
    """Makes messages out of what was fetched before: `fetch` asks the database, `made` never does.

    Raises ValueError if mail is to be signed here and a key cannot be used.
    """

    def __init__(self) -> None:
        self._compiled: OrderedDict[AlertKey, CompiledAlert] = OrderedDict()
        self._last: tuple[AlertKey, CompiledAlert] | None = None
        self._topics: dict[int, str] = {}
        self._signed = load_configured_signer()
        self._home = make_address_signer(SignedMailbox.BOUNCE)

    def missing_content(self, parcels: Iterable[ClaimedDelivery]) -> list[Callable[[], None]]:
        """What has to be fetched before these can be made; nearly always nothing."""
        wanted: list[Callable[[], None]] = []
        for key in {(parcel.alert_id, parcel.language, parcel.muted_stories) for parcel in parcels if parcel.alert_id}:
            if key in self._compiled:
                self._compiled.move_to_end(key)
            else:
                wanted.append(partial(self._remember, key))
        topics = {parcel.topic_id for parcel in parcels if parcel.transactional_kind} - self._topics.keys()
        return wanted + [partial(self._remember_topic, topic_id) for topic_id in topics]

    def load(self, parcels: Iterable[ClaimedDelivery]) -> None:
        """Get what is lacking; what cannot be had is tried again with the next ones."""
        for act in self.missing_content(parcels):
            self._attempt(act)

    def build(self, parcel: ClaimedDelivery) -> Envelope:
        """The parcel's message, clean for SMTP. Raises MessageNotReadyError, or whatever keeps this one from ever being made."""
        message = self._copy(parcel, parcel.alert_id) if parcel.alert_id else self._letter(parcel)
        return Envelope(self._home(b"%x" % parcel.id).decode(), parcel.email, self._signed(message))

    def _copy(self, parcel: ClaimedDelivery, alert_id: UUID) -> bytes:
        """Nearly always of the same alert as the one before, which costs less to see than to look up."""
        key = alert_id, parcel.language, parcel.muted_stories
        if self._last is None or self._last[0] != key:
            found = self._compiled.get(key)
            if found is None:
                raise MessageNotReadyError
            self._last = key, found
        pressed = self._last[1]
        return pressed.press(pressed.values_for(parcel))

    def _letter(self, parcel: ClaimedDelivery) -> bytes:
        name = self._topics.get(parcel.topic_id)
        if name is None:
            raise MessageNotReadyError
        assert parcel.transactional_kind is not None, "a delivery is an alert or a letter"
        reader = Recipient(parcel.subscriber_id, parcel.email, parcel.secret, parcel.topic_id)
        mould = compile_transactional_mail(parcel.transactional_kind, name, parcel.created_at, parcel.language)
        return fill_transactional_mail(mould, parcel.transactional_kind, parcel.id, reader, return_slug=parcel.return_slug, created_at=parcel.created_at)

    def _attempt(self, fetch: Callable[[], None]) -> None:
        """A message that cannot be made must not stop all others."""
        try:
            fetch()
        except DatabaseError as error:
            log.warning("the database does not answer, some messages wait: %s", error)

    def _remember(self, key: AlertKey) -> None:
        self._compiled[key] = self._compile(*key)
        while len(self._compiled) > MAX_CACHED_ALERTS:
            self._compiled.popitem(last=False)

    def _remember_topic(self, topic_id: int) -> None:
        self._topics[topic_id] = Topic.objects.get(pk=topic_id).name

    def _compile(self, alert_id: UUID, language: str, without: frozenset[str]) -> CompiledAlert:
        alert = Alert.objects.select_related("topic", "blog", "post", "picture", "corrects").get(pk=alert_id)
        story = localised_alert_content(alert, language, without)
        languages = story.language, story.catalogue_language
        for (known, _, left_out), pressed in self._compiled.items():
            if (known, left_out, pressed.languages) == (alert_id, without, languages):
                return pressed
        mould = compile_alert(story, alert.pk, alert.created_at)
        return CompiledAlert(mould.compile_filler(PLACEHOLDERS), _filler(alert.pk, mould.blog_id), languages)


def _filler(alert_id: UUID, blog_id: int) -> Callable[[ClaimedDelivery], Sequence[bytes]]:
    """What makes the values that fill GAPS for one reader; as message.alert_copy does it, and several times as fast."""
    unsubscribe, manage, mute = map(token_signer, (LinkPurpose.UNSUBSCRIBE, LinkPurpose.MANAGE, LinkPurpose.MUTE))
    leave = make_address_signer(SignedMailbox.LEAVE)
    before, _, after = alert_message_id(alert_id, 0).encode().partition(b"0@")

    def values(parcel: ClaimedDelivery) -> Sequence[bytes]:
        reader, topic, email = parcel.subscriber_id, parcel.topic_id, parcel.email
        if PLAIN_ADDRESS.fullmatch(email):
            address = text = html = email.encode("ascii")
        else:
            address = with_ascii_domain(email).encode()
            text, html = encode_value(email), encode_value(escape(email))
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
