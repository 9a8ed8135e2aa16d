"""Build a whole message: header, plain text first, then HTML (RFC 2046 5.1.4: the last part is the preferred one).

template = compile_alert(content, alert.id, at)         once per alert and language
fill_alert(template, alert.id, recipient)               per recipient, some microseconds
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from uuid import UUID

from stoppress.coverage.localisation.languages import (
    SOURCE_LANGUAGE,
    in_language,
    newsroom_language,
    text_direction,
    translated_language,
)
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.message import headers, html_body
from stoppress.delivery.message.alert_content import AlertContent
from stoppress.delivery.message.mail_service_headers import metadata_headers
from stoppress.delivery.message.message_template import (
    MessageTemplate,
    Placeholder,
    compile_template,
    encode_ascii_values,
    encode_quoted_printable,
    encode_value,
)
from stoppress.delivery.message.plain_text_body import contact_line, render_alert_text
from stoppress.delivery.message.transactional_mail import build_transactional_content, render_transactional_text
from stoppress.delivery.message.verp_addresses import (
    SignedMailbox,
    accepts_complaints,
    alert_message_id,
    sign_address,
    transactional_message_id,
)
from stoppress.subscribers.signed_links import (
    LinkPurpose,
    link_url,
    make_confirm_token,
    make_manage_token,
    make_mute_token,
    make_unsubscribe_token,
)

MAX_MESSAGE_BYTES = 102_000
"""Maximum size of a message. Gmail truncates a larger one, and with it the unsubscribe link."""


@dataclass(frozen=True)
class Recipient:
    """The recipient of one copy."""

    subscriber_id: int
    email: str
    secret: str
    topic_id: int
    delivery_id: int = 0


def compile_alert(content: AlertContent, alert_id: UUID, at: datetime, thread: Sequence[UUID] = ()) -> MessageTemplate:
    """Return the template of an alert's or digest's mail.

    Args:
        content: what it contains.
        alert_id: the alert.
        at: the Date of every copy.
        thread: of a correction, the alerts with the error that its readers got, oldest first.
    """
    with in_language(content.catalogue_language):
        return _compile_alert(content, alert_id, at, thread)


def _compile_alert(content: AlertContent, alert_id: UUID, at: datetime, thread: Sequence[UUID]) -> MessageTemplate:
    values = {
        "content": content,
        **_language_values(content.catalogue_language),
        "why": f"{content.reason(Placeholder.HTML_ADDRESS.marker)} {content.privacy_note()}",
        "unsubscribe": link_url(LinkPurpose.UNSUBSCRIBE),
        "manage": link_url(LinkPurpose.MANAGE),
        "mute": link_url(LinkPurpose.MUTE) if content.can_mute else "",
    }
    top = [
        *_common_headers(content.subject, at, content.content_language),
        *_thread_headers(thread),
        *_list_headers(content, alert_id),
    ]
    name = "digest" if content.items else "alert"
    message = _assemble(top, render_alert_text(content), html_body.render_html(name, values), f"alert-{alert_id.hex}")
    blog_id = content.blog_id if content.blog_id and content.can_mute else 0
    return replace(compile_template(message), blog_id=blog_id, sent_at=at)


def compile_transactional_mail(
    kind: TransactionalKind, topic_name: str, at: datetime, language: str = "", other_topics: tuple[str, ...] = ()
) -> MessageTemplate:
    """Return the template of a transactional mail in its reader's language.

    It has no unsubscribe link, because it belongs to no list.
    """
    own_language = (
        SOURCE_LANGUAGE if kind is TransactionalKind.CANARY else translated_language(language, newsroom_language())
    )
    with in_language(own_language):
        content = build_transactional_content(kind, topic_name, other_topics)
        link = link_url(content.purpose)
        values = {"content": content, **_language_values(own_language), "preview": content.paragraphs[0], "link": link}
        top = _common_headers(content.subject, at, own_language)
        text = render_transactional_text(content, link)
        return compile_template(
            _assemble(top, text, html_body.render_html("transactional", values), f"transactional-{kind}")
        )


def fill_alert(template: MessageTemplate, alert_id: UUID, recipient: Recipient) -> bytes:
    """Return one recipient's copy of an alert."""
    values = encode_ascii_values(
        (
            (Placeholder.MESSAGE_ID, alert_message_id(alert_id, recipient.subscriber_id)),
            (Placeholder.UNSUBSCRIBE, make_unsubscribe_token(recipient.subscriber_id, recipient.topic_id)),
            (Placeholder.LEAVE_MAILBOX, sign_address(SignedMailbox.LEAVE, recipient.subscriber_id, recipient.topic_id)),
            (Placeholder.COMPLAINT_MAILBOX, sign_address(SignedMailbox.COMPLAINT, recipient.delivery_id)),
            (Placeholder.MANAGE, make_manage_token(recipient.subscriber_id, recipient.secret, template.sent_at)),
            (Placeholder.SUBSCRIBER, f"{recipient.subscriber_id:x}"),
        )
    )
    if template.blog_id:
        values[Placeholder.MUTE] = make_mute_token(recipient.subscriber_id, template.blog_id).encode("ascii")
    values[Placeholder.TO] = headers.with_ascii_domain(recipient.email).encode()
    values[Placeholder.TEXT_ADDRESS] = encode_value(recipient.email)
    values[Placeholder.HTML_ADDRESS] = encode_value(escape(recipient.email))
    return template.fill(values)


def fill_transactional_mail(
    template: MessageTemplate,
    kind: TransactionalKind,
    delivery_id: int,
    recipient: Recipient,
    return_slug: str,
    created_at: datetime,
) -> bytes:
    """Return one recipient's copy of a transactional mail.

    Its token is the same at every attempt, because it is computed from `created_at`.
    """
    if kind is TransactionalKind.CONFIRM:
        token = make_confirm_token(
            recipient.subscriber_id, recipient.topic_id, recipient.secret, return_slug, created_at
        )
    else:
        token = make_manage_token(recipient.subscriber_id, recipient.secret, created_at)
    values = encode_ascii_values(
        ((Placeholder.MESSAGE_ID, transactional_message_id(delivery_id)), (Placeholder.LINK, token))
    )
    return template.fill(values | {Placeholder.TO: headers.with_ascii_domain(recipient.email).encode()})


def _language_values(language: str) -> dict[str, object]:
    """Return what a mail template needs: language, direction, and the side on which a line starts."""
    direction = text_direction(language)
    line_start = "right" if direction == "rtl" else "left"
    return {"language": language, "direction": direction, "line_start": line_start, "contact": contact_line()}


def _common_headers(subject: str, at: datetime, languages: str) -> list[bytes]:
    sender = newsroom()
    return [
        headers.ascii_header("From", headers.format_sender(sender.mail_from, sender.name)),
        headers.ascii_header("To", f"<{Placeholder.TO.marker}>"),
        headers.encoded_header("Subject", subject),
        headers.ascii_header("Date", headers.format_date(at)),
        headers.ascii_header("Message-ID", Placeholder.MESSAGE_ID.marker),
        headers.ascii_header("Content-Language", languages),
        headers.ascii_header("Auto-Submitted", "auto-generated"),  # RFC 3834: requests no out-of-office replies
        headers.ascii_header("X-Auto-Response-Suppress", "All"),  # the same request for Exchange
        *metadata_headers(Placeholder.MESSAGE_ID.marker),
    ]


def _thread_headers(thread: Sequence[UUID]) -> list[bytes]:
    """Return In-Reply-To and References (RFC 5322 3.6.4): mail programs show a correction below the reader's copy."""
    if not thread:
        return []
    ids = [alert_message_id(alert_id, Placeholder.SUBSCRIBER.marker) for alert_id in thread]
    return [headers.ascii_header("In-Reply-To", ids[-1]), headers.ascii_header("References", " ".join(ids))]


def _list_headers(content: AlertContent, alert_id: UUID) -> list[bytes]:
    """Return the headers for one-click unsubscription (RFC 2369, 2919, 8058).

    There is no Precedence header, because filters classify mail with one as bulk mail.
    """
    sender = newsroom()
    https = f"{link_url(LinkPurpose.UNSUBSCRIBE)}{Placeholder.UNSUBSCRIBE.marker}"
    mailto = f"mailto:{Placeholder.LEAVE_MAILBOX.marker}?subject=unsubscribe"
    return [
        headers.ascii_header(
            "List-Id", headers.format_mailbox(content.topic_name, f"{content.topic_slug}.{sender.list_domain}")
        ),
        headers.ascii_header("List-Unsubscribe", f"<{https}>, <{mailto}>"),
        headers.ascii_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        headers.ascii_header("List-Help", f"<{sender.absolute_url('/alerts')}>"),
        headers.ascii_header("List-Post", "NO"),
        headers.ascii_header(
            "Feedback-ID", f"{alert_id.hex[:12]}:{content.topic_slug}:{content.urgency.value}:stoppress"
        ),
        *_complaint_headers(),
    ]


def _complaint_headers() -> list[bytes]:
    """Return the address for complaints (RFC 9477). It identifies the delivery, so a report need not quote the mail."""
    if not accepts_complaints():
        return []
    return [headers.ascii_header("CFBL-Address", f"{Placeholder.COMPLAINT_MAILBOX.marker}; report=arf")]


def _assemble(top: Sequence[bytes], text: str, html: str, name: str) -> bytes:
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
