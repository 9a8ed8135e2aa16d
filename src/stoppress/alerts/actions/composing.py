"""Turn a post into an alert that can be looked at before it is sent."""

from dataclasses import dataclass

from stoppress.alerts.errors import BadAlert, PostWithdrawn
from stoppress.alerts.mail import preview
from stoppress.alerts.mail.sentences import first_sentences
from stoppress.alerts.mail.story import Story
from stoppress.alerts.models import Topic
from stoppress.alerts.words import Urgency
from stoppress.coverage.content import readable
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.reading import PostView

LONGEST_SUBJECT = 200
LONGEST_SUMMARY = 2000


@dataclass(frozen=True)
class Draft:
    """An alert before Send: what it would say, and to whom."""

    story: Story
    topic: Topic
    post: PostView

    @property
    def subject(self) -> str:
        """The subject line."""
        return self.story.subject

    @property
    def summary(self) -> str:
        """The text below the headline."""
        return self.story.summary

    def preview_html(self) -> str:
        """The mail's HTML part, byte for byte as it is sent to a reader whose address is `reader@example.com`."""
        return preview.html(self.story)

    def preview_text(self) -> str:
        """The mail's plain-text part, likewise."""
        return preview.text(self.story)


def compose(
    blog: LiveBlog,
    post: PostView,
    *,
    topic: Topic,
    urgency: str = Urgency.ALERT,
    subject: str = "",
    summary: str = "",
) -> Draft:
    """The alert that `post` would make. Empty `subject` and `summary` are filled from the post.

    Raises PostWithdrawn, BadAlert (field `urgency`, `subject` or `summary`).
    """
    if post.withdrawn:
        raise PostWithdrawn(post.id)
    return Draft(
        Story(
            topic_slug=topic.slug,
            topic_name=topic.name,
            urgency=_urgency(urgency),
            subject=checked_subject(subject or post.title),
            headline=post.title,
            summary=checked_summary(summary or first_sentences(post.text)),
            bylines=post.content.bylines,
            published_at=post.published_at,
            zone=blog.tz,
            blog_headline=blog.headline,
            path=post.path,
            language=post.content.language or blog.language,
        ),
        topic,
        post,
    )


def _urgency(urgency: str) -> Urgency:
    try:
        return Urgency(urgency)
    except ValueError as error:
        raise BadAlert("urgency", f"There is no urgency “{urgency}”.") from error


def checked_subject(subject: str) -> str:
    """The subject on one line; raises BadAlert if nothing is left of it, or too much."""
    subject = " ".join("".join(char if char.isprintable() else " " for char in subject).split())
    if not subject:
        raise BadAlert("subject", "The alert needs a subject: it is what readers see first.")
    if len(subject) > LONGEST_SUBJECT:
        raise BadAlert("subject", f"A subject has at most {LONGEST_SUBJECT} characters; phones show about 40.")
    return subject


def checked_summary(summary: str) -> str:
    """The summary with single blank lines between its paragraphs; raises BadAlert if it is too long."""
    paragraphs = [" ".join(part.split()) for part in readable(summary).replace("\r\n", "\n").split("\n\n")]
    summary = "\n\n".join(part for part in paragraphs if part)
    if len(summary) > LONGEST_SUMMARY:
        raise BadAlert("summary", f"A summary has at most {LONGEST_SUMMARY:,} characters: the live page has the rest.")
    return summary
