"""A whole message from its parts: header, plain text first, then HTML (RFC 2046 5.1.4: the last is the preferred one).

mould = alert_mould(story, alert.id, at)            once per alert and language
filled(mould, copy)                                 per reader, some microseconds
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from uuid import UUID

from django.utils.translation import gettext as _

from stoppress.coverage.localisation.languages import (
    SOURCE_LANGUAGE,
    text_direction,
    in_language,
    newsroom_language,
    translated_language,
)
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.message import headers, html_body
from stoppress.delivery.message.alert_content import AlertContent
from stoppress.delivery.message.mail_service_headers import metadata_headers
from stoppress.delivery.message.message_template import Placeholder, MessageTemplate, encode_ascii_values, compile_template, encode_quoted_printable, encode_value
from stoppress.delivery.message.plain_text_body import render_alert_text, contact_line
from stoppress.delivery.message.transactional_mail import render_transactional_text, build_transactional_content
from stoppress.delivery.message.verp_addresses import SignedMailbox, alert_message_id, transactional_message_id, sign_address
from stoppress.subscribers.default_topic import localised_topic_name
from stoppress.subscribers.signed_links import (
    LinkPurpose,
    link_url,
    make_confirm_token,
    make_manage_token,
    make_mute_token,
    make_unsubscribe_token,
)

MAX_MESSAGE_BYTES = 102_000
"""Bytes; above that Gmail cuts a message off, and with it the way out."""


@dataclass(frozen=True)
class Recipient:
    """Whom one copy is for."""

    subscriber_id: int
    email: str
    secret: str
    topic_id: int


def compile_alert(story: AlertContent, alert_id: UUID, at: datetime) -> MessageTemplate:
    """The mail of an alert or digest with its gaps. `at` is the Date that every copy carries."""
    with in_language(story.catalogue_language):
        return _alert_mould(story, alert_id, at)


def _alert_mould(story: AlertContent, alert_id: UUID, at: datetime) -> MessageTemplate:
    why = _("You get this because {address} is signed up for “{topic}” from {newsroom}.")
    facts = {
        "story": story,
        **_language_facts(story.catalogue_language),
        "why": why.format(address=Placeholder.HTML_ADDRESS.marker, topic=localised_topic_name(story.topic_name), newsroom=newsroom().name),
        "unsubscribe": link_url(LinkPurpose.UNSUBSCRIBE),
        "manage": link_url(LinkPurpose.MANAGE),
        "mute": link_url(LinkPurpose.MUTE) if story.blog_id else "",
    }
    top = [*_common_headers(story.subject, at, story.content_language), *_list_headers(story, alert_id)]
    name = "digest" if story.items else "alert"
    message = _assembled(top, render_alert_text(story), html_body.render_html(name, facts), f"alert-{alert_id.hex}")
    return replace(compile_template(message), blog_id=story.blog_id or 0)


def compile_transactional_mail(letter: TransactionalKind, topic_name: str, at: datetime, language: str = "") -> MessageTemplate:
    """The mail of a letter with its gaps, in its reader's language. It offers no leaving: it belongs to no list."""
    wanted = SOURCE_LANGUAGE if letter is TransactionalKind.CANARY else translated_language(language, newsroom_language())
    with in_language(wanted):
        words = build_transactional_content(letter, topic_name)
        link = link_url(words.purpose)
        facts = {"letter": words, **_language_facts(wanted), "preview": words.paragraphs[0], "link": link}
        top = _common_headers(words.subject, at, wanted)
        text = render_transactional_text(words, link)
        return compile_template(_assembled(top, text, html_body.render_html("letter", facts), f"letter-{letter}"))


def fill_alert(mould: MessageTemplate, alert_id: UUID, reader: Recipient) -> bytes:
    """One reader's copy of an alert."""
    values = encode_ascii_values(
        (
            (Placeholder.MESSAGE_ID, alert_message_id(alert_id, reader.subscriber_id)),
            (Placeholder.UNSUBSCRIBE, make_unsubscribe_token(reader.subscriber_id, reader.topic_id)),
            (Placeholder.LEAVE_MAILBOX, sign_address(SignedMailbox.LEAVE, reader.subscriber_id, reader.topic_id)),
            (Placeholder.MANAGE, make_manage_token(reader.subscriber_id, reader.secret)),
        )
    )
    if mould.blog_id:
        values[Placeholder.MUTE] = make_mute_token(reader.subscriber_id, mould.blog_id).encode("ascii")
    values[Placeholder.TO] = headers.with_ascii_domain(reader.email).encode()
    values[Placeholder.TEXT_ADDRESS] = encode_value(reader.email)
    values[Placeholder.HTML_ADDRESS] = encode_value(escape(reader.email))
    return mould.fill(values)


def fill_transactional_mail(
    mould: MessageTemplate, letter: TransactionalKind, delivery_id: int, reader: Recipient, return_slug: str, created_at: datetime
) -> bytes:
    """One reader's letter. Its token is the same at every try, since it follows from `created_at`."""
    if letter is TransactionalKind.CONFIRM:
        token = make_confirm_token(reader.subscriber_id, reader.topic_id, reader.secret, return_slug, created_at)
    else:
        token = make_manage_token(reader.subscriber_id, reader.secret)
    values = encode_ascii_values(((Placeholder.MESSAGE_ID, transactional_message_id(delivery_id)), (Placeholder.LINK, token)))
    return mould.fill(values | {Placeholder.TO: headers.with_ascii_domain(reader.email).encode()})


def _language_facts(language: str) -> dict[str, object]:
    """Return what a template of mail needs: language, direction, and the side on which a line begins."""
    way = text_direction(language)
    begins = "right" if way == "rtl" else "left"
    return {"language": language, "direction": way, "begins": begins, "contact": contact_line()}


def _common_headers(subject: str, at: datetime, languages: str) -> list[bytes]:
    room = newsroom()
    return [
        headers.ascii_header("From", headers.format_sender(room.mail_from, room.name)),
        headers.ascii_header("To", f"<{Placeholder.TO.marker}>"),
        headers.encoded_header("Subject", subject),
        headers.ascii_header("Date", headers.format_date(at)),
        headers.ascii_header("Message-ID", Placeholder.MESSAGE_ID.marker),
        headers.ascii_header("Content-Language", languages),
        headers.ascii_header("Auto-Submitted", "auto-generated"),  # RFC 3834: out-of-office replies stay away
        headers.ascii_header("X-Auto-Response-Suppress", "All"),  # the same, as Exchange reads it
        *metadata_headers(Placeholder.MESSAGE_ID.marker),
    ]


def _list_headers(story: AlertContent, alert_id: UUID) -> list[bytes]:
    """What makes leaving one click away (RFC 2369, 2919, 8058). There is no Precedence: filters read it as bulk."""
    room = newsroom()
    https = f"{link_url(LinkPurpose.UNSUBSCRIBE)}{Placeholder.UNSUBSCRIBE.marker}"
    mailto = f"mailto:{Placeholder.LEAVE_MAILBOX.marker}?subject=unsubscribe"
    return [
        headers.ascii_header("List-Id", headers.format_mailbox(story.topic_name, f"{story.topic_slug}.{room.list_domain}")),
        headers.ascii_header("List-Unsubscribe", f"<{https}>, <{mailto}>"),
        headers.ascii_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        headers.ascii_header("List-Help", f"<{room.absolute_url('/alerts')}>"),
        headers.ascii_header("List-Post", "NO"),
        headers.ascii_header("Feedback-ID", f"{alert_id.hex[:12]}:{story.topic_slug}:{story.urgency.value}:stoppress"),
    ]


def _assembled(top: Sequence[bytes], text: str, html: str, name: str) -> bytes:
    boundary = f"=_{name}"  # "=_" occurs in no quoted-printable text
    return b"".join(
        (
            *top,
            headers.ascii_header("MIME-Version", "1.0"),
            headers.ascii_header("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
            b"\r\n",
            _part(boundary, "plain", text),
            _part(boundary, "html", html),
            f"--{boundary}--\r\n".encode(),
        )
    )


def _part(boundary: str, kind: str, text: str) -> bytes:
    top = (
        f"--{boundary}\r\n".encode(),
        headers.ascii_header("Content-Type", f"text/{kind}; charset=utf-8"),
        headers.ascii_header("Content-Transfer-Encoding", "quoted-printable"),
        b"\r\n",
    )
    return b"".join((*top, encode_quoted_printable(text), b"\r\n"))
