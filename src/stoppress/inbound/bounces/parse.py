"""Bytes of a message that came back, to a report of what it says. Pure: nothing is looked up, nothing is written.

signed token ─► delivery status (RFC 3464) ─► feedback report (RFC 5965) ─► words of a bounce ─► auto-reply
                what each recipient's fields say, explained by the words around          (RFC 3834)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from stoppress.delivery.message.verp_addresses import Mailbox, numbers_in
from stoppress.inbound.bounces import smtp_replies
from stoppress.inbound.bounces.amazon_notifications import findings_in, notification_in
from stoppress.inbound.bounces.autoreplies import is_auto_reply
from stoppress.inbound.bounces.classify import judged
from stoppress.inbound.bounces.delivery_status import RecipientStatus, fields_lie_open, recipients_in
from stoppress.inbound.bounces.failed_recipients import LIMIT, address_in, addresses_in, named_in
from stoppress.inbound.bounces.feedback_reports import complaints_in
from stoppress.inbound.bounces.flufl_adapter import recipients_found
from stoppress.inbound.bounces.heuristics import Likeness, is_still_trying, likeness
from stoppress.inbound.bounces.mime_parts import (
    FEEDBACK,
    ORIGINAL,
    STATUS,
    Fields,
    Mail,
    fields_in,
    take_apart,
    text_of_html,
    words_of,
)
from stoppress.inbound.bounces.report import Finding, Kind, Report
from stoppress.inbound.bounces.returned_message import parted
from stoppress.inbound.bounces.smtp_transcript import by_recipient
from stoppress.inbound.bounces.unsubscribe_mail import is_unsubscribe
from stoppress.inbound.bounces.verp_tokens import Check, numbers_of

#: Where the address stands that a message was delivered to.
DELIVERED_TO = (
    "delivered-to",
    "x-original-to",
    "x-envelope-to",
    "envelope-to",
    "x-rcpt-to",
    "x-forwarded-to",
    "to",
    "cc",
)
MAX_WORDS = 65_536
"""Characters of a bounce's own words that are read."""

_ACTIONS = {
    "failed": Kind.BOUNCE,
    "delayed": Kind.DELAYED,
    "delivered": Kind.NOTHING,
    "relayed": Kind.NOTHING,
    "expanded": Kind.NOTHING,
    "deliverable": Kind.NOTHING,
}


def read(message: bytes, *, envelope_to: Iterable[str] = (), check: Check = numbers_in) -> Report:
    """What a message says. Never raises, whatever the bytes.

    `envelope_to`: the RCPT TO addresses it was delivered to, if the receiver knows them; `check`: tells the numbers in
    a signed address (delivery/message/verp_addresses.py). A delivery is named only by an address that passes it.
    """
    mail = take_apart(message)
    arrived_at = [*envelope_to, *(value for name in DELIVERED_TO for value in mail.fields.all(name))]
    leaving = numbers_of(Mailbox.LEAVE, arrived_at, check)
    if leaving:
        return Report(Kind.UNSUBSCRIBE, (Finding(Kind.UNSUBSCRIBE),), leaving=leaving)
    findings = tuple(_findings(mail, message))
    if not any(finding.address for finding in findings):
        findings = tuple(_in_envelope(mail)) or findings
    carried = [*arrived_at, *(part.text for part in mail.parts)]
    delivery = numbers_of(Mailbox.BOUNCE, carried, check)
    return Report(
        findings[0].kind if findings else Kind.NOTHING,
        findings,
        delivery[0] if len(delivery) == 1 else None,
        numbers_of(Mailbox.LEAVE, carried, check),
    )


def _in_envelope(mail: Mail) -> Sequence[Finding]:
    """Findings of a bounce that somebody's filter put into a message of its own, whole."""
    if [part.kind for part in mail.parts if part.text.strip() and part.kind != "text/preamble"] != ["message/rfc822"]:
        return ()
    inside = mail.of(ORIGINAL)[0].encode()
    return _findings(take_apart(inside), inside)


def _findings(mail: Mail, message: bytes) -> Sequence[Finding]:
    ours = frozenset(
        address.lower()
        for name in ("from", "to", "return-path", "sender")
        for value in mail.fields.all(name)
        for address in addresses_in(value)
    )
    text = _words(mail)[:MAX_WORDS]
    words, returned = parted(text)
    stated = [status for text in mail.of(STATUS) for status in recipients_in(text)]
    if mail.of(FEEDBACK) and not stated:
        return complaints_in(mail, ours)
    stated = stated or recipients_in(fields_lie_open(text))
    if stated:
        return _stated(mail, words, stated)
    if complaints := complaints_in(mail, ours):
        return complaints
    if notification := notification_in(text):
        return findings_in(notification)
    if is_unsubscribe(mail.fields):
        return (Finding(Kind.UNSUBSCRIBE, address_in(mail.fields.first("from"))),)
    like = likeness(mail, words)
    if like is not Likeness.PLAIN and is_auto_reply(mail.fields, like_a_bounce=like is Likeness.POSSIBLE):
        return (Finding(Kind.AUTO_REPLY),)
    if like is Likeness.NONE:
        return ()
    found = _in_words(mail, message, words, returned, ours)
    if like is Likeness.POSSIBLE:  # a stranger's own words kill nobody
        found = [one if one.code or one.status else replace(one, dead=False) for one in found]
    return found


def _words(mail: Mail) -> str:
    """What the server itself wrote; out of HTML only where there is nothing else."""
    for kind, seen in (("text/plain", str), ("text/html", text_of_html), ("text/preamble", str)):
        words = "\n\n".join(seen(text) for text in mail.of(frozenset({kind})))
        if words.strip():
            return words
    return ""


def _stated(mail: Mail, words: str, stated: Sequence[RecipientStatus]) -> list[Finding]:
    """One finding per recipient of a delivery status, with its reason from the diagnostic, or else from the words."""
    told = by_recipient(words)
    trying = is_still_trying(words_of(mail.fields.first("subject")), words)
    found: list[Finding] = []
    for status in _once(stated):
        kind = _ACTIONS.get(status.action, Kind.DELAYED if trying else Kind.BOUNCE)
        if kind is Kind.NOTHING:
            found.append(Finding(kind, status.address))
            continue
        section = _section(words, [one.final or one.original for one in stated], status.final or status.original)
        transcript = told.get(status.final.lower()) or told.get(status.original.lower()) or ""
        texts = [
            smtp_replies.rejection(section),
            status.diagnostic,
            smtp_replies.quoted_reply(section),
            section,
            transcript,
        ]
        heard = [smtp_replies.said(text) for text in texts if text.strip()]
        found.append(judged(status.address, kind, heard, status=status.status, by=status.by))
    return found


def _once(stated: Sequence[RecipientStatus]) -> list[RecipientStatus]:
    """The first block of each address."""
    first: dict[str, RecipientStatus] = {}
    for status in stated:
        first.setdefault(status.address.lower(), status)
    return list(first.values())[:LIMIT]


def _in_words(mail: Mail, message: bytes, words: str, returned: str, ours: frozenset[str]) -> list[Finding]:
    """Findings of a bounce that is nothing but text."""
    subject = words_of(mail.fields.first("subject"))
    kind = Kind.DELAYED if is_still_trying(subject, words) else Kind.BOUNCE
    told = by_recipient(words)
    named = _named(mail, message, words, returned, ours)
    found = []
    for address in named or [""]:
        section = _section(words, named, address)
        alone = smtp_replies.quoted_reply(words) if len(named) < 2 else ""
        texts = [alone or told.get(address.lower(), ""), section, subject]
        found.append(judged(address, kind, [smtp_replies.said(text) for text in texts if text.strip()]))
    return found


def _named(mail: Mail, message: bytes, words: str, returned: str, ours: frozenset[str]) -> list[str]:
    """Who it is about, by the best witness that names anybody."""
    return next(filter(None, _witnesses(mail, message, words, returned, ours)), [])


def _witnesses(mail: Mail, message: bytes, words: str, returned: str, ours: frozenset[str]) -> Iterator[list[str]]:
    yield addresses_in(", ".join(mail.fields.all("x-failed-recipients")))
    yield named_in(words, ours)
    yield [address for address in recipients_found(message) if address.lower() not in ours]
    yield [
        address
        for address in addresses_in(words)
        if address.lower() not in ours and not address.lower().startswith("postmaster@")
    ]
    originals = [*(fields_in(text) for text in mail.of(ORIGINAL)), fields_in(returned)]
    yield [address for fields in originals for address in _sent_to(fields)]
    yield named_in(words, frozenset())


def _sent_to(fields: Fields) -> list[str]:
    """To whom the returned message went, where that is one."""
    to = addresses_in(", ".join(fields.all("to")))
    return to if len(to) == 1 else []


def _section(words: str, all_named: Sequence[str], address: str) -> str:
    """The words about one recipient, up to where the next is named; all of them, if there is but one."""
    if len({name.lower() for name in all_named}) < 2:
        return words
    small = words.lower()
    at = small.find(address.lower()) if address else -1
    if at < 0:
        return ""
    others = {name.lower() for name in all_named} - {address.lower()}
    end = min((start for name in others if (start := small.find(name, at + 1)) >= 0), default=len(words))
    return words[words.rfind("\n", 0, at) + 1 : words.rfind("\n", 0, end) + 1 if end < len(words) else end]
