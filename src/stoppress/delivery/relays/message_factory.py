"""Make the message of one delivery; what all messages of an alert share is compiled once and cached."""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from html import escape
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError

from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.ledger.alert_threads import Thread
from stoppress.delivery.message.alert_content import localised_alert_content
from stoppress.delivery.message.build_message import (
    Recipient,
    compile_alert,
    compile_transactional_mail,
    fill_transactional_mail,
)
from stoppress.delivery.message.dkim_keys import load_configured_signer
from stoppress.delivery.message.headers import with_ascii_domain
from stoppress.delivery.message.message_template import Placeholder, encode_value
from stoppress.delivery.message.verp_addresses import SignedMailbox, alert_message_id, make_address_signer
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.claim_deliveries import ClaimedDelivery
from stoppress.smtp import Envelope
from stoppress.subscribers.models import Topic
from stoppress.subscribers.requested_topics import topic_names_requested_at, topic_names_to_confirm
from stoppress.subscribers.signed_links import LinkPurpose, manage_expiry, token_signer

log = logging.getLogger(__name__)

MAX_CACHED_ALERTS = 256
"""Alerts in one language each, digests also by muted stories; more than are ever sent at the same time."""
MAX_TRANSACTIONAL_MAILS = 4096
"""Transactional mails whose topics are kept; many more than are claimed at the same time."""
AlertKey = tuple[UUID, str, frozenset[str], Thread]
"""Alert, language, the stories that a digest leaves out, and the alerts that a correction replies to."""
PLACEHOLDERS = (
    Placeholder.TO,
    Placeholder.MESSAGE_ID,
    Placeholder.UNSUBSCRIBE,
    Placeholder.LEAVE_MAILBOX,
    Placeholder.COMPLAINT_MAILBOX,
    Placeholder.SUBSCRIBER,
    Placeholder.MANAGE,
    Placeholder.MUTE,
    Placeholder.TEXT_ADDRESS,
    Placeholder.HTML_ADDRESS,
)
"""What differs between the messages of an alert, in the order of the values from `_make_value_builder`."""
PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?<!.{74})")
"""Addresses that need no encoding in headers, text or HTML."""


class CompiledAlert(NamedTuple):
    """An alert in one language, ready for any recipient.

    Args:
        fill: makes the message from the values of the placeholders.
        values_for: returns these values for a delivery.
        languages: the language of the content, and that of the surrounding text.
    """

    fill: Callable[[Sequence[bytes]], bytes]
    values_for: Callable[[ClaimedDelivery], Sequence[bytes]]
    languages: tuple[str, str]


class MessageNotReadyError(Exception):
    """The message cannot be made now, because the database was unavailable."""


class MessageFactory:
    """Make messages from loaded content: `load` queries the database, `build` never does.

    Raises:
        ValueError: mail must be signed by this installation and a key cannot be used.
    """

    def __init__(self) -> None:
        self._compiled: OrderedDict[AlertKey, CompiledAlert] = OrderedDict()
        self._last: tuple[AlertKey, CompiledAlert] | None = None
        self._topic_names: OrderedDict[int, tuple[str, ...]] = OrderedDict()
        """Names of the topics of the newest transactional mails, by the id of the delivery."""
        self._sign = load_configured_signer()
        self._bounce_address = make_address_signer(SignedMailbox.BOUNCE)

    def missing_content(self, deliveries: Iterable[ClaimedDelivery]) -> list[Callable[[], None]]:
        """Return functions that load what these deliveries need; nearly always none."""
        loaders: list[Callable[[], None]] = []
        for key in {
            (each.alert_id, each.language, each.muted_stories, each.thread) for each in deliveries if each.alert_id
        }:
            if key in self._compiled:
                self._compiled.move_to_end(key)
            else:
                loaders.append(partial(self._load_alert, key))
        mails = [each for each in deliveries if each.transactional_kind and each.id not in self._topic_names]
        return loaders + [partial(self._load_topics, mail) for mail in mails]

    def load(self, deliveries: Iterable[ClaimedDelivery]) -> None:
        """Load missing content; what cannot be loaded is tried again with the next deliveries."""
        for load_one in self.missing_content(deliveries):
            try:
                load_one()
            except DatabaseError as error:  # One alert that cannot be loaded must not stop the others.
                log.warning("the content of messages cannot be loaded, they wait: %s", error)

    def build(self, delivery: ClaimedDelivery) -> Envelope:
        """Return the message of a delivery, ready for SMTP.

        Raises:
            MessageNotReadyError: its content is not loaded.
            Exception: any other error means that the message can never be made.
        """
        alert_id = delivery.alert_id
        message = self._build_alert(delivery, alert_id) if alert_id else self._build_transactional_mail(delivery)
        return Envelope(self._bounce_address(b"%x" % delivery.id).decode(), delivery.email, self._sign(message))

    def _build_alert(self, delivery: ClaimedDelivery, alert_id: UUID) -> bytes:
        """Return an alert's message; the last alert is kept apart, because nearly always the next message is of it."""
        key = alert_id, delivery.language, delivery.muted_stories, delivery.thread
        if self._last is None or self._last[0] != key:
            compiled = self._compiled.get(key)
            if compiled is None:
                raise MessageNotReadyError
            self._last = key, compiled
        fill, values_for, _ = self._last[1]
        return fill(values_for(delivery))

    def _build_transactional_mail(self, delivery: ClaimedDelivery) -> bytes:
        names = self._topic_names.get(delivery.id)
        if names is None:
            raise MessageNotReadyError
        kind = delivery.transactional_kind
        assert kind is not None, "a delivery has an alert or a kind of transactional mail"
        recipient = Recipient(delivery.subscriber_id, delivery.email, delivery.secret, delivery.topic_id)
        template = compile_transactional_mail(kind, names[0], delivery.created_at, delivery.language, names[1:])
        return fill_transactional_mail(
            template,
            kind,
            delivery.id,
            recipient,
            return_slug=delivery.return_slug,
            created_at=delivery.created_at,
        )

    def _load_alert(self, key: AlertKey) -> None:
        self._compiled[key] = self._compile(*key)
        while len(self._compiled) > MAX_CACHED_ALERTS:
            self._compiled.popitem(last=False)

    def _load_topics(self, mail: ClaimedDelivery) -> None:
        name = Topic.objects.get(pk=mail.topic_id).name
        names: tuple[str, ...] = (name,)
        if mail.transactional_kind is TransactionalKind.CONFIRM:
            names = topic_names_to_confirm(mail.subscriber_id, mail.topic_id, name, mail.created_at)
        elif mail.transactional_kind is TransactionalKind.ALREADY_SUBSCRIBED:
            names = topic_names_requested_at(mail.subscriber_id, name, mail.created_at)
        self._topic_names[mail.id] = names
        while len(self._topic_names) > MAX_TRANSACTIONAL_MAILS:
            self._topic_names.popitem(last=False)

    def _compile(self, alert_id: UUID, language: str, muted_stories: frozenset[str], thread: Thread) -> CompiledAlert:
        alert = Alert.objects.select_related("topic", "blog", "post", "picture", "corrects").get(pk=alert_id)
        content = localised_alert_content(alert, language, muted_stories, thread)
        languages = content.language, content.catalogue_language
        for (other_id, _, *other), compiled in self._compiled.items():
            if (other_id, other, compiled.languages) == (alert_id, [muted_stories, thread], languages):
                return compiled
        template = compile_alert(content, alert.pk, alert.created_at, thread)
        return CompiledAlert(
            template.compile_filler(PLACEHOLDERS),
            _make_value_builder(alert.pk, template.blog_id, alert.created_at),
            languages,
        )


def _make_value_builder(
    alert_id: UUID, blog_id: int, sent_at: datetime
) -> Callable[[ClaimedDelivery], Sequence[bytes]]:
    """Return a function that makes the values of `PLACEHOLDERS` for one delivery.

    It does the same as `build_message.fill_alert`, several times as fast.
    """
    unsubscribe, manage, mute = map(token_signer, (LinkPurpose.UNSUBSCRIBE, LinkPurpose.MANAGE, LinkPurpose.MUTE))
    expires = manage_expiry(sent_at)
    leave, complain = make_address_signer(SignedMailbox.LEAVE), make_address_signer(SignedMailbox.COMPLAINT)
    before_id, _, after_id = alert_message_id(alert_id, 0).encode().partition(b"0@")

    def values_for(delivery: ClaimedDelivery) -> Sequence[bytes]:
        subscriber_id, topic_id, email = delivery.subscriber_id, delivery.topic_id, delivery.email
        if PLAIN_ADDRESS.fullmatch(email):
            header = text = html = email.encode("ascii")
        else:
            header = with_ascii_domain(email).encode()
            text, html = encode_value(email), encode_value(escape(email))
        return (
            header,
            b"%b%x@%b" % (before_id, subscriber_id, after_id),
            unsubscribe(b"%d.%d" % (subscriber_id, topic_id)),
            leave(b"%x.%x" % (subscriber_id, topic_id)),
            complain(b"%x" % delivery.id),
            b"%x" % subscriber_id,
            manage(b"%d.%b.%d" % (subscriber_id, delivery.secret.encode(), expires)),
            mute(b"%d.%d" % (subscriber_id, blog_id)) if blog_id else b"",
            text,
            html,
        )

    return values_for
