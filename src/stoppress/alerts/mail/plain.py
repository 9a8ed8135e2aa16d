"""The plain text of mail: for readers who prefer it, for small screens, and for machines that read aloud."""

import textwrap

from stoppress.alerts.mail.links import Purpose, address_of
from stoppress.alerts.mail.mould import Gap
from stoppress.alerts.mail.story import Story
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.templatetags.times import clock, day

WIDTH = 72


def alert_text(story: Story) -> str:
    """The text part of an alert."""
    when = f"{clock(story.published_at, story.zone)}, {day(story.published_at, story.zone)}"
    blocks = [
        story.label.upper(),
        wrapped(story.headline),
        wrapped(f"{story.byline} · {when}" if story.byline else when),
        *(wrapped(paragraph) for paragraph in story.paragraphs),
        f"Follow live coverage:\n{story.link}",
        "-- \n" + _why(story),
        f"Unsubscribe:\n{address_of(Purpose.UNSUBSCRIBE)}{Gap.UNSUBSCRIBE.mark}",
        f"Choose what you get:\n{address_of(Purpose.MANAGE)}{Gap.MANAGE.mark}",
        *imprint(),
    ]
    return "\n\n".join(blocks) + "\n"


def imprint() -> list[str]:
    """Who sent this, and where errors can be reported."""
    room = newsroom()
    contact = [wrapped(f"Something wrong? Tell us: {room.corrections_contact}")] if room.corrections_contact else []
    return [*contact, wrapped(f"{room.name}, {room.postal_address}" if room.postal_address else room.name)]


def wrapped(text: str) -> str:
    """One paragraph in lines of at most 72 characters; a word that is longer stays whole, so that links work."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def _why(story: Story) -> str:
    return "\n".join(
        (
            "You get this because this address:",
            Gap.TEXT_ADDRESS.mark,
            wrapped(f"is signed up for “{story.topic_name}” from {newsroom().name}."),
        )
    )
