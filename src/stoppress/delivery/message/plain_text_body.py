"""The plain text of mail: for readers who prefer it, for small screens, and for machines that read aloud."""

import textwrap

from django.utils.translation import gettext as _

from stoppress.coverage.localisation.languages import in_language
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.alert_content import AlertContent
from stoppress.delivery.message.message_template import Placeholder
from stoppress.subscribers.default_topic import localised_topic_name
from stoppress.subscribers.signed_links import LinkPurpose, link_url

WIDTH = 72


def render_alert_text(story: AlertContent) -> str:
    """Return the text part of an alert or digest, in its reader's language."""
    with in_language(story.catalogue_language):
        return "\n\n".join(_blocks(story)) + "\n"


def _blocks(story: AlertContent) -> list[str]:
    return [
        *(_items(story) if story.items else _news(story)),
        f"{story.link_text}:\n{story.link}",
        "-- \n" + _why(story),
        _("Unsubscribe") + f":\n{link_url(LinkPurpose.UNSUBSCRIBE)}{Placeholder.UNSUBSCRIBE.marker}",
        *([_("No more about this story") + f":\n{link_url(LinkPurpose.MUTE)}{Placeholder.MUTE.marker}"] if story.blog_id else []),
        _("Choose what you get") + f":\n{link_url(LinkPurpose.MANAGE)}{Placeholder.MANAGE.marker}",
        *imprint_lines(),
    ]


def _news(story: AlertContent) -> list[str]:
    picture = "[" + _("Picture: {alt}").format(alt=story.picture.alt) + "]" if story.picture else ""
    return [
        story.label.upper(),
        wrap_paragraph(story.headline),
        wrap_paragraph(f"{story.byline} · {story.published_text}" if story.byline else story.published_text),
        *([wrap_paragraph(story.correction_notice)] if story.correction_notice else []),
        *([wrap_paragraph(picture)] if picture else []),
        *(wrap_paragraph(paragraph) for paragraph in story.paragraphs),
    ]


def _items(story: AlertContent) -> list[str]:
    blocks = [wrap_paragraph(story.headline), *(wrap_paragraph(paragraph) for paragraph in story.paragraphs)]
    for entry in story.entries:
        lines = [wrap_paragraph(f"{entry.time_text} · {entry.blog}"), wrap_paragraph(entry.headline)]
        lines += [*(wrap_paragraph(text) for text in entry.paragraphs), entry.link]
        blocks.append("\n".join(line for line in lines if line))
    return blocks


def imprint_lines() -> list[str]:
    """Return the sender, and where errors can be reported, in the active language."""
    room, contact = newsroom(), contact_line()
    own = f"{room.name}, {room.postal_address}" if room.postal_address else room.name
    return [wrap_paragraph(text) for text in (contact, own) if text]


def contact_line() -> str:
    """Return the sentence with the contact for errors; empty if the newsroom names none."""
    contact = newsroom().corrections_contact
    return _("Something wrong? Tell us: {contact}").format(contact=contact) if contact else ""


def wrap_paragraph(text: str) -> str:
    """One paragraph in lines of at most 72 characters; a word that is longer stays whole, so that links work."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def _why(story: AlertContent) -> str:
    form = _("You get this because this address is signed up for “{topic}” from {newsroom}:")
    because = form.format(topic=localised_topic_name(story.topic_name), newsroom=newsroom().name)
    return f"{wrap_paragraph(because)}\n{Placeholder.TEXT_ADDRESS.marker}"
