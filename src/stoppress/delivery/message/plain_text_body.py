"""Render the plain text of mail: for readers who prefer it, for small screens, and for screen readers."""

import textwrap

from django.utils.translation import gettext as _

from stoppress.coverage.localisation.languages import in_language
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.alert_content import AlertContent
from stoppress.delivery.message.message_template import Placeholder
from stoppress.runtime.text_cleaning import clean_line
from stoppress.subscribers.signed_links import LinkPurpose, link_url

WIDTH = 72
INDENT = "  "


def render_alert_text(content: AlertContent) -> str:
    """Return the text part of an alert or digest, in its reader's language."""
    with in_language(content.catalogue_language):
        return "\n\n".join(_blocks(content)) + "\n"


def _blocks(content: AlertContent) -> list[str]:
    return [
        *(_items(content) if content.items else _news(content)),
        f"{content.link_text}:\n{content.link}",
        "-- \n" + _reason_paragraph(content),
        _("Unsubscribe") + f":\n{link_url(LinkPurpose.UNSUBSCRIBE)}{Placeholder.UNSUBSCRIBE.marker}",
        *(
            [_("No more about this story") + f":\n{link_url(LinkPurpose.MUTE)}{Placeholder.MUTE.marker}"]
            if content.can_mute
            else []
        ),
        _("Choose what you get") + f":\n{link_url(LinkPurpose.MANAGE)}{Placeholder.MANAGE.marker}",
        *imprint_lines(),
    ]


def _news(content: AlertContent) -> list[str]:
    picture = "[" + _("Picture: {alt}").format(alt=content.picture.alt) + "]" if content.picture else ""
    return [
        content.label.upper(),
        wrap_paragraph(content.headline),
        wrap_paragraph(f"{content.byline} · {content.published_text}" if content.byline else content.published_text),
        *_correction_box(content),
        *([wrap_paragraph(picture)] if picture else []),
        *(wrap_paragraph(paragraph) for paragraph in content.paragraphs),
    ]


def _correction_box(content: AlertContent) -> list[str]:
    """Return what was sent and what is right, each indented below its heading."""
    box = content.correction_box
    if box is None:
        return []
    right = "\n\n".join(wrap_paragraph(text, INDENT) for text in box.note)
    before = f"{box.before_title}:\n{wrap_paragraph(box.quote_text, INDENT)}"
    return [before, *([f"{box.after_title}:\n{right}"] if right else [])]


def _items(content: AlertContent) -> list[str]:
    blocks = [wrap_paragraph(content.headline), *(wrap_paragraph(paragraph) for paragraph in content.paragraphs)]
    for entry in content.entries:
        lines = [wrap_paragraph(f"{entry.time_text} · {entry.blog}"), wrap_paragraph(entry.headline)]
        lines += [*(wrap_paragraph(text) for text in entry.paragraphs), entry.link]
        blocks.append("\n".join(line for line in lines if line))
    return [*blocks, f"{content.more_text}:\n{content.link}"] if content.more_text else blocks


def imprint_lines() -> list[str]:
    """Return the sender, and where errors can be reported, in the active language."""
    sender, contact = newsroom(), contact_line()
    own = f"{sender.name}, {sender.postal_address}" if sender.postal_address else sender.name
    return [wrap_paragraph(text) for text in (contact, own) if text]


def contact_line() -> str:
    """Return the sentence with the contact for errors; empty if the newsroom names none."""
    contact = newsroom().corrections_contact
    return _("Something wrong? Tell us: {contact}").format(contact=contact) if contact else ""


def wrap_paragraph(text: str, indent: str = "") -> str:
    """Return one paragraph in lines of at most 72 characters. A longer word stays whole, so that links work."""
    return textwrap.fill(
        clean_line(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _reason_paragraph(content: AlertContent) -> str:
    privacy = wrap_paragraph(content.privacy_note())
    return f"{wrap_paragraph(content.reason())}\n{Placeholder.TEXT_ADDRESS.marker}\n{privacy}"
