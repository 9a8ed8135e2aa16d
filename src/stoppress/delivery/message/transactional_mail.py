"""What the letters say: messages that answer what one reader did."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.message.message_template import Placeholder
from stoppress.delivery.message.plain_text_body import imprint_lines, wrap_paragraph
from stoppress.subscribers.default_topic import localised_topic_name
from stoppress.subscribers.signed_links import LinkPurpose


@dataclass(frozen=True)
class TransactionalContent:
    """One letter, before it is HTML or text. The button's address ends in a token of `purpose`."""

    subject: str
    headline: str
    paragraphs: tuple[str, ...]
    button: str
    purpose: LinkPurpose
    why: str


def build_transactional_content(letter: TransactionalKind, topic_name: str) -> TransactionalContent:
    """Return the words of a letter about one topic, in the active language. The canary is always in English."""
    if letter is TransactionalKind.CANARY:
        return _canary()
    facts = {"topic": localised_topic_name(topic_name), "newsroom": newsroom().name}
    return _confirm(facts) if letter is TransactionalKind.CONFIRM else _known(facts)


def render_transactional_text(words: TransactionalContent, link: str) -> str:
    """The text part of a letter."""
    blocks = [wrap_paragraph(words.headline), *(wrap_paragraph(text) for text in words.paragraphs)]
    blocks += [f"{words.button}:\n{link}{Placeholder.LINK.marker}", "-- \n" + wrap_paragraph(words.why), *imprint_lines()]
    return "\n\n".join(blocks) + "\n"


def _confirm(facts: Mapping[str, str]) -> TransactionalContent:
    return TransactionalContent(
        subject=_("Please confirm: {topic} from {newsroom}").format(**facts),
        headline=_("One step left: please confirm your address"),
        paragraphs=(
            _("Someone, we hope you, asked for “{topic}” from {newsroom} at this address.").format(**facts),
            _("Open the page below and press its button. Until then you will get nothing from us."),
        ),
        button=_("Confirm my address"),
        purpose=LinkPurpose.CONFIRM,
        why=_(
            "You did not ask for this? Then do nothing: without your confirmation we will not write again. "
            "The link works for seven days."
        ),
    )


def _known(facts: Mapping[str, str]) -> TransactionalContent:
    return TransactionalContent(
        subject=_("You are already signed up for {topic}").format(**facts),
        headline=_("You are already signed up"),
        paragraphs=(
            _(
                "Someone, we hope you, asked for “{topic}” from {newsroom} at this address. "
                "You already get it, and nothing has changed."
            ).format(**facts),
        ),
        button=_("Choose what you get, or leave"),
        purpose=LinkPurpose.MANAGE,
        why=_("You get this because your address was entered on our sign-up page."),
    )


def _canary() -> TransactionalContent:
    room = newsroom().name
    return TransactionalContent(
        subject=f"Dry run: alerts from {room} go out",
        headline="A dry run: there is no news",
        paragraphs=(
            f"{room} sends this message to itself from time to time, on the same way as its breaking news. That it "
            "arrived shows that the way is free.",
            "No reader gets it, and nothing needs to be done.",
        ),
        button="What this address gets",
        purpose=LinkPurpose.MANAGE,
        why="You get this because whoever runs our site named your address in STOPPRESS_CANARY_ADDRESS.",
    )
