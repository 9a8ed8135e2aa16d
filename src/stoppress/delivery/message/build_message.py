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
    direction,
    in_language,
    newsroom_language,
    translated_language,
)
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.choices import Letter
from stoppress.delivery.message import headers, html_body
from stoppress.delivery.message.alert_content import Story
from stoppress.delivery.message.mail_service_headers import metadata_headers
from stoppress.delivery.message.message_template import Gap, Mould, ascii_values, cast, quoted_printable, quoted_value
from stoppress.delivery.message.plain_text_body import alert_text, contact_line
from stoppress.delivery.message.transactional_mail import letter_text, wording
from stoppress.delivery.message.verp_addresses import Mailbox, alert_message_id, letter_message_id, signed_address
from stoppress.subscribers.default_topic import shown_name
from stoppress.subscribers.signed_links import (
    Purpose,
    address_of,
    confirm_token,
    manage_token,
    mute_token,
    unsubscribe_token,
)

LARGEST = 102_000
"""Bytes; above that Gmail cuts a message off, and with it the way out."""


@dataclass(frozen=True)
class Reader:
    """Whom one copy is for."""

    subscriber_id: int
    email: str
    secret: str
    topic_id: int


def alert_mould(story: Story, alert_id: UUID, at: datetime) -> Mould:
    """The mail of an alert or digest with its gaps. `at` is the Date that every copy carries."""
    with in_language(story.catalogue):
        return _alert_mould(story, alert_id, at)


def _alert_mould(story: Story, alert_id: UUID, at: datetime) -> Mould:
    why = _("You get this because {address} is signed up for “{topic}” from {newsroom}.")
    facts = {
        "story": story,
        **_language_facts(story.catalogue),
        "why": why.format(address=Gap.HTML_ADDRESS.mark, topic=shown_name(story.topic_name), newsroom=newsroom().name),
        "unsubscribe": address_of(Purpose.UNSUBSCRIBE),
        "manage": address_of(Purpose.MANAGE),
        "mute": address_of(Purpose.MUTE) if story.blog_id else "",
    }
    top = [*_common_headers(story.subject, at, story.languages), *_list_headers(story, alert_id)]
    name = "digest" if story.items else "alert"
    message = _assembled(top, alert_text(story), html_body.html(name, facts), f"alert-{alert_id.hex}")
    return replace(cast(message), blog_id=story.blog_id or 0)


def letter_mould(letter: Letter, topic_name: str, at: datetime, language: str = "") -> Mould:
    """The mail of a letter with its gaps, in its reader's language. It offers no leaving: it belongs to no list."""
    wanted = SOURCE_LANGUAGE if letter is Letter.CANARY else translated_language(language, newsroom_language())
    with in_language(wanted):
        words = wording(letter, topic_name)
        link = address_of(words.purpose)
        facts = {"letter": words, **_language_facts(wanted), "preview": words.paragraphs[0], "link": link}
        top = _common_headers(words.subject, at, wanted)
        text = letter_text(words, link)
        return cast(_assembled(top, text, html_body.html("letter", facts), f"letter-{letter}"))


def alert_copy(mould: Mould, alert_id: UUID, reader: Reader) -> bytes:
    """One reader's copy of an alert."""
    values = ascii_values(
        (
            (Gap.MESSAGE_ID, alert_message_id(alert_id, reader.subscriber_id)),
            (Gap.UNSUBSCRIBE, unsubscribe_token(reader.subscriber_id, reader.topic_id)),
            (Gap.LEAVE_MAILBOX, signed_address(Mailbox.LEAVE, reader.subscriber_id, reader.topic_id)),
            (Gap.MANAGE, manage_token(reader.subscriber_id, reader.secret)),
        )
    )
    if mould.blog_id:
        values[Gap.MUTE] = mute_token(reader.subscriber_id, mould.blog_id).encode("ascii")
    values[Gap.TO] = headers.address_on_the_wire(reader.email).encode()
    values[Gap.TEXT_ADDRESS] = quoted_value(reader.email)
    values[Gap.HTML_ADDRESS] = quoted_value(escape(reader.email))
    return mould.filled(values)


def letter_copy(
    mould: Mould, letter: Letter, delivery_id: int, reader: Reader, back_to: str, made_at: datetime
) -> bytes:
    """One reader's letter. Its token is the same at every try, since it follows from `made_at`."""
    if letter is Letter.CONFIRM:
        token = confirm_token(reader.subscriber_id, reader.topic_id, reader.secret, back_to, made_at)
    else:
        token = manage_token(reader.subscriber_id, reader.secret)
    values = ascii_values(((Gap.MESSAGE_ID, letter_message_id(delivery_id)), (Gap.LINK, token)))
    return mould.filled(values | {Gap.TO: headers.address_on_the_wire(reader.email).encode()})


def _language_facts(language: str) -> dict[str, object]:
    """Return what a template of mail needs: language, direction, and the side on which a line begins."""
    way = direction(language)
    begins = "right" if way == "rtl" else "left"
    return {"language": language, "direction": way, "begins": begins, "contact": contact_line()}


def _common_headers(subject: str, at: datetime, languages: str) -> list[bytes]:
    room = newsroom()
    return [
        headers.verbatim("From", headers.sender(room.mail_from, room.name)),
        headers.verbatim("To", f"<{Gap.TO.mark}>"),
        headers.line("Subject", subject),
        headers.verbatim("Date", headers.date(at)),
        headers.verbatim("Message-ID", Gap.MESSAGE_ID.mark),
        headers.verbatim("Content-Language", languages),
        headers.verbatim("Auto-Submitted", "auto-generated"),  # RFC 3834: out-of-office replies stay away
        headers.verbatim("X-Auto-Response-Suppress", "All"),  # the same, as Exchange reads it
        *metadata_headers(Gap.MESSAGE_ID.mark),
    ]


def _list_headers(story: Story, alert_id: UUID) -> list[bytes]:
    """What makes leaving one click away (RFC 2369, 2919, 8058). There is no Precedence: filters read it as bulk."""
    room = newsroom()
    https = f"{address_of(Purpose.UNSUBSCRIBE)}{Gap.UNSUBSCRIBE.mark}"
    mailto = f"mailto:{Gap.LEAVE_MAILBOX.mark}?subject=unsubscribe"
    return [
        headers.verbatim("List-Id", headers.mailbox(story.topic_name, f"{story.topic_slug}.{room.list_domain}")),
        headers.verbatim("List-Unsubscribe", f"<{https}>, <{mailto}>"),
        headers.verbatim("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        headers.verbatim("List-Help", f"<{room.absolute('/alerts')}>"),
        headers.verbatim("List-Post", "NO"),
        headers.verbatim("Feedback-ID", f"{alert_id.hex[:12]}:{story.topic_slug}:{story.urgency.value}:stoppress"),
    ]


def _assembled(top: Sequence[bytes], text: str, html: str, name: str) -> bytes:
    boundary = f"=_{name}"  # "=_" occurs in no quoted-printable text
    return b"".join(
        (
            *top,
            headers.verbatim("MIME-Version", "1.0"),
            headers.verbatim("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
            b"\r\n",
            _part(boundary, "plain", text),
            _part(boundary, "html", html),
            f"--{boundary}--\r\n".encode(),
        )
    )


def _part(boundary: str, kind: str, text: str) -> bytes:
    top = (
        f"--{boundary}\r\n".encode(),
        headers.verbatim("Content-Type", f"text/{kind}; charset=utf-8"),
        headers.verbatim("Content-Transfer-Encoding", "quoted-printable"),
        b"\r\n",
    )
    return b"".join((*top, quoted_printable(text), b"\r\n"))
