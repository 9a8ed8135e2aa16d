"""The plain text of mail: for readers who prefer it, for small screens, and for machines that read aloud."""

import textwrap

from stoppress.alerts.mail.links import Purpose, address_of
from stoppress.alerts.mail.mould import Gap
from stoppress.alerts.mail.story import Story
from stoppress.alerts.phrases import Phrases
from stoppress.coverage.newsroom import newsroom

WIDTH = 72


def alert_text(story: Story) -> str:
    """The text part of an alert or digest."""
    said = story.phrases.mail
    blocks = [
        *(_items(story) if story.items else _news(story)),
        f"{story.link_words}:\n{story.link}",
        "-- \n" + _why(story),
        f"{said.unsubscribe}:\n{address_of(Purpose.UNSUBSCRIBE)}{Gap.UNSUBSCRIBE.mark}",
        *([f"{said.mute}:\n{address_of(Purpose.MUTE)}{Gap.MUTE.mark}"] if story.blog_id else []),
        f"{said.choose}:\n{address_of(Purpose.MANAGE)}{Gap.MANAGE.mark}",
        *imprint(story.phrases),
    ]
    return "\n\n".join(blocks) + "\n"


def _news(story: Story) -> list[str]:
    picture = f"[{story.phrases.mail.picture.format(alt=story.picture.alt)}]" if story.picture else ""
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


def imprint(phrases: Phrases) -> list[str]:
    """Who sent this, and where errors can be reported."""
    room = newsroom()
    contact = phrases.mail.contact.format(contact=room.corrections_contact) if room.corrections_contact else ""
    own = f"{room.name}, {room.postal_address}" if room.postal_address else room.name
    return [wrapped(text) for text in (contact, own) if text]


def wrapped(text: str) -> str:
    """One paragraph in lines of at most 72 characters; a word that is longer stays whole, so that links work."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def _why(story: Story) -> str:
    because = story.phrases.mail.why_here.format(topic=story.topic_name, newsroom=newsroom().name)
    return f"{wrapped(because)}\n{Gap.TEXT_ADDRESS.mark}"
