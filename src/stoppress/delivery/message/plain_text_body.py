"""The plain text of mail: for readers who prefer it, for small screens, and for machines that read aloud."""

import textwrap

from django.utils.translation import gettext as _

from stoppress.coverage.localisation.languages import in_language
from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.alert_content import Story
from stoppress.delivery.message.message_template import Gap
from stoppress.subscribers.default_topic import shown_name
from stoppress.subscribers.signed_links import Purpose, address_of

WIDTH = 72


def alert_text(story: Story) -> str:
    """Return the text part of an alert or digest, in its reader's language."""
    with in_language(story.catalogue):
        return "\n\n".join(_blocks(story)) + "\n"


def _blocks(story: Story) -> list[str]:
    return [
        *(_items(story) if story.items else _news(story)),
        f"{story.link_words}:\n{story.link}",
        "-- \n" + _why(story),
        _("Unsubscribe") + f":\n{address_of(Purpose.UNSUBSCRIBE)}{Gap.UNSUBSCRIBE.mark}",
        *([_("No more about this story") + f":\n{address_of(Purpose.MUTE)}{Gap.MUTE.mark}"] if story.blog_id else []),
        _("Choose what you get") + f":\n{address_of(Purpose.MANAGE)}{Gap.MANAGE.mark}",
        *imprint(),
    ]


def _news(story: Story) -> list[str]:
    picture = "[" + _("Picture: {alt}").format(alt=story.picture.alt) + "]" if story.picture else ""
    return [
        story.label.upper(),
        wrapped(story.headline),
        wrapped(f"{story.byline} · {story.when}" if story.byline else story.when),
        *([wrapped(story.error)] if story.error else []),
        *([wrapped(picture)] if picture else []),
        *(wrapped(paragraph) for paragraph in story.paragraphs),
    ]


def _items(story: Story) -> list[str]:
    blocks = [wrapped(story.headline), *(wrapped(paragraph) for paragraph in story.paragraphs)]
    for entry in story.entries:
        lines = [wrapped(f"{entry.when} · {entry.blog}"), wrapped(entry.headline)]
        lines += [*(wrapped(text) for text in entry.paragraphs), entry.link]
        blocks.append("\n".join(line for line in lines if line))
    return blocks


def imprint() -> list[str]:
    """Return the sender, and where errors can be reported, in the active language."""
    room, contact = newsroom(), contact_line()
    own = f"{room.name}, {room.postal_address}" if room.postal_address else room.name
    return [wrapped(text) for text in (contact, own) if text]


def contact_line() -> str:
    """Return the sentence with the contact for errors; empty if the newsroom names none."""
    contact = newsroom().corrections_contact
    return _("Something wrong? Tell us: {contact}").format(contact=contact) if contact else ""


def wrapped(text: str) -> str:
    """One paragraph in lines of at most 72 characters; a word that is longer stays whole, so that links work."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def _why(story: Story) -> str:
    form = _("You get this because this address is signed up for “{topic}” from {newsroom}:")
    because = form.format(topic=shown_name(story.topic_name), newsroom=newsroom().name)
    return f"{wrapped(because)}\n{Gap.TEXT_ADDRESS.mark}"
