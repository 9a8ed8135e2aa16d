"""What the letters say: messages that answer what one reader did."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.choices import Letter
from stoppress.delivery.message.message_template import Gap
from stoppress.delivery.message.plain_text_body import imprint, wrapped
from stoppress.subscribers.default_topic import shown_name
from stoppress.subscribers.signed_links import Purpose


@dataclass(frozen=True)
class Wording:
    """One letter, before it is HTML or text. The button's address ends in a token of `purpose`."""

    subject: str
    headline: str
    paragraphs: tuple[str, ...]
    button: str
    purpose: Purpose
    why: str


def wording(letter: Letter, topic_name: str) -> Wording:
    """Return the words of a letter about one topic, in the active language. The canary is always in English."""
    if letter is Letter.CANARY:
        return _canary()
    facts = {"topic": shown_name(topic_name), "newsroom": newsroom().name}
    return _confirm(facts) if letter is Letter.CONFIRM else _known(facts)


def letter_text(words: Wording, link: str) -> str:
    """The text part of a letter."""
    blocks = [wrapped(words.headline), *(wrapped(text) for text in words.paragraphs)]
    blocks += [f"{words.button}:\n{link}{Gap.LINK.mark}", "-- \n" + wrapped(words.why), *imprint()]
    return "\n\n".join(blocks) + "\n"


def _confirm(facts: Mapping[str, str]) -> Wording:
    return Wording(
        subject=_("Please confirm: {topic} from {newsroom}").format(**facts),
        headline=_("One step left: please confirm your address"),
        paragraphs=(
            _("Someone, we hope you, asked for “{topic}” from {newsroom} at this address.").format(**facts),
            _("Open the page below and press its button. Until then you will get nothing from us."),
        ),
        button=_("Confirm my address"),
        purpose=Purpose.CONFIRM,
        why=_(
            "You did not ask for this? Then do nothing: without your confirmation we will not write again. "
            "The link works for seven days."
        ),
    )


def _known(facts: Mapping[str, str]) -> Wording:
    return Wording(
        subject=_("You are already signed up for {topic}").format(**facts),
        headline=_("You are already signed up"),
        paragraphs=(
            _(
                "Someone, we hope you, asked for “{topic}” from {newsroom} at this address. "
                "You already get it, and nothing has changed."
            ).format(**facts),
        ),
        button=_("Choose what you get, or leave"),
        purpose=Purpose.MANAGE,
        why=_("You get this because your address was entered on our sign-up page."),
    )


def _canary() -> Wording:
    room = newsroom().name
    return Wording(
        subject=f"Dry run: alerts from {room} go out",
        headline="A dry run: there is no news",
        paragraphs=(
            f"{room} sends this message to itself from time to time, on the same way as its breaking news. That it "
            "arrived shows that the way is free.",
            "No reader gets it, and nothing needs to be done.",
        ),
        button="What this address gets",
        purpose=Purpose.MANAGE,
        why="You get this because whoever runs our site named your address in STOPPRESS_CANARY_ADDRESS.",
    )
