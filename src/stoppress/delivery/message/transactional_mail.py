"""The content of transactional mail: messages that answer an action of one reader."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.message.message_template import Placeholder
from stoppress.delivery.message.plain_text_body import imprint_lines, wrap_paragraph
from stoppress.subscribers.default_topic_names import localised_topic_name
from stoppress.subscribers.signed_links import LinkPurpose


@dataclass(frozen=True)
class TransactionalContent:
    """The texts of one transactional mail. The button's address ends in a token of `purpose`."""

    subject: str
    headline: str
    paragraphs: tuple[str, ...]
    button: str
    purpose: LinkPurpose
    why: str


def build_transactional_content(kind: TransactionalKind, topic_name: str) -> TransactionalContent:
    """Return the texts of a message about one topic, in the active language. The canary is always in English."""
    if kind is TransactionalKind.CANARY:
        return _canary()
    values = {"topic": localised_topic_name(topic_name), "newsroom": newsroom().name}
    return _confirm(values) if kind is TransactionalKind.CONFIRM else _already_subscribed(values)


def render_transactional_text(content: TransactionalContent, link: str) -> str:
    """Return the plain-text part of a transactional mail."""
    blocks = [wrap_paragraph(content.headline), *(wrap_paragraph(text) for text in content.paragraphs)]
    blocks += [
        f"{content.button}:\n{link}{Placeholder.LINK.marker}",
        "-- \n" + wrap_paragraph(content.why),
        *imprint_lines(),
    ]
    return "\n\n".join(blocks) + "\n"


def _confirm(values: Mapping[str, str]) -> TransactionalContent:
    return TransactionalContent(
        subject=_("Please confirm: {topic} from {newsroom}").format(**values),
        headline=_("One step left: please confirm your address"),
        paragraphs=(
            _("Someone, we hope you, asked for “{topic}” from {newsroom} at this address.").format(**values),
            _("Open the page below and press its button. Until then you will get nothing from us."),
        ),
        button=_("Confirm my address"),
        purpose=LinkPurpose.CONFIRM,
        why=_(
            "You did not ask for this? Then do nothing: without your confirmation we will not write again. "
            "The link works for seven days."
        ),
    )


def _already_subscribed(values: Mapping[str, str]) -> TransactionalContent:
    return TransactionalContent(
        subject=_("You are already signed up for {topic}").format(**values),
        headline=_("You are already signed up"),
        paragraphs=(
            _(
                "Someone, we hope you, asked for “{topic}” from {newsroom} at this address. "
                "You already get it, and nothing has changed."
            ).format(**values),
        ),
        button=_("Choose what you get, or unsubscribe"),
        purpose=LinkPurpose.MANAGE,
        why=_("You get this because your address was entered on our sign-up page."),
    )


def _canary() -> TransactionalContent:
    name = newsroom().name
    return TransactionalContent(
        subject=f"Test message: alerts from {name} are delivered",
        headline="This is a test message: there is no news",
        paragraphs=(
            f"{name} sends this message to itself from time to time, in the same way as its breaking news. "
            "Its arrival shows that mail is delivered.",
            "No reader gets it, and you do not need to do anything.",
        ),
        button="What this address gets",
        purpose=LinkPurpose.MANAGE,
        why="You get this because your address is set as STOPPRESS_CANARY_ADDRESS of this installation.",
    )
