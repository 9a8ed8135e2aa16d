"""The plain text of mail: for readers who prefer it, for small screens, and for machines that read aloud."""

import textwrap

from stoppress.alerts.mail.links import Purpose, address_of
from stoppress.alerts.mail.mould import Gap
from stoppress.alerts.mail.story import Story, Wrong
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.templatetags.times import clock, day

WIDTH = 72


def alert_text(story: Story) -> str:
    """The text part of an alert or digest."""
    blocks = [
        *(_items(story) if story.items else _news(story)),
        f"{story.link_words}:\n{story.link}",
        "-- \n" + _why(story),
        f"Unsubscribe:\n{address_of(Purpose.UNSUBSCRIBE)}{Gap.UNSUBSCRIBE.mark}",
        *([f"No more about this story:\n{address_of(Purpose.MUTE)}{Gap.MUTE.mark}"] if story.blog_id else []),
        f"Choose what you get:\n{address_of(Purpose.MANAGE)}{Gap.MANAGE.mark}",
        *imprint(),
    ]
    return "\n\n".join(blocks) + "\n"


def _news(story: Story) -> list[str]:
    when = f"{clock(story.published_at, story.zone)}, {day(story.published_at, story.zone)}"
    picture = f"[Picture: {story.picture.alt}]" if story.picture else ""
    return [
        story.label.upper(),
        wrapped(story.headline),
        wrapped(f"{story.byline} · {when}" if story.byline else when),
        *([wrapped(_wrong(story, story.wrong))] if story.wrong else []),
        *([wrapped(picture)] if picture else []),
        *(wrapped(paragraph) for paragraph in story.paragraphs),
    ]


def _wrong(story: Story, wrong: Wrong) -> str:
    sent = f"At {clock(wrong.at, story.zone)} on {day(wrong.at, story.zone)} we sent out: “{wrong.subject}”."
    return f"{sent} That was wrong. This is what is so."


def _items(story: Story) -> list[str]:
    blocks = [wrapped(story.headline), *(wrapped(paragraph) for paragraph in story.paragraphs)]
    for item in story.items:
        when = wrapped(f"{clock(item.at, story.zone)} · {item.blog}")
        lines = [when, wrapped(item.headline), wrapped(item.summary), item.link]
        blocks.append("\n".join(line for line in lines if line))
    return blocks


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
