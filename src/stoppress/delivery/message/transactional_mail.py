"""The content of transactional mail: messages that answer an action of one reader."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

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


def build_transactional_content(
    kind: TransactionalKind, topic_name: str, other_topics: tuple[str, ...] = ()
) -> TransactionalContent:
    """Return the texts of a message about one topic or several, in the active language.

    The canary is always in English.
    """
    if kind is TransactionalKind.CANARY:
        return _canary()
    if kind is TransactionalKind.MANAGE_LINK:
        return _manage_link(newsroom().name)
    values = {"topic": localised_topic_name(topic_name), "newsroom": newsroom().name}
    content = _confirm(values) if kind is TransactionalKind.CONFIRM else _already_subscribed(values)
    return _name_several(kind, content, (topic_name, *other_topics)) if other_topics else content


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


def _name_several(
    kind: TransactionalKind, content: TransactionalContent, topic_names: tuple[str, ...]
) -> TransactionalContent:
    """Return the texts with a list of topics in place of the first one."""
    intro = _("Someone, we hope you, asked for these topics from {newsroom} at this address:")
    topics = [f"• {localised_topic_name(name)}" for name in topic_names]
    is_confirm = kind is TransactionalKind.CONFIRM
    subject = (
        _("Please confirm your topics from {newsroom}")
        if is_confirm
        else _("You are already signed up for these topics")
    )
    after = content.paragraphs[1:] if is_confirm else (_("You already get them, and nothing has changed."),)
    name = newsroom().name
    paragraphs = (intro.format(newsroom=name), *topics, *after)
    return replace(content, subject=subject.format(newsroom=name), paragraphs=paragraphs)


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


def _manage_link(name: str) -> TransactionalContent:
    return TransactionalContent(
        subject=_("Your link to choose what you get from {newsroom}").format(newsroom=name),
        headline=_("Choose what you get"),
        paragraphs=(
            _("Someone, we hope you, requested this link on our page. It works for 30 days."),
            _("Please do not forward it: it opens your choices and your data."),
        ),
        button=_("Choose what you get, or unsubscribe"),
        purpose=LinkPurpose.MANAGE,
        why=_("You did not request this? Then do nothing: nothing has changed."),
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
