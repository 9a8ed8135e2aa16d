"""What the mail of an alert says, as a value: made from a draft for the preview and from an alert for sending alike."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from stoppress.alerts.models import Alert
from stoppress.alerts.words import Urgency
from stoppress.alerts.zones import zone_named
from stoppress.coverage.newsroom import newsroom


@dataclass(frozen=True)
class Story:
    """Everything that is the same in every copy."""

    topic_slug: str
    topic_name: str
    urgency: Urgency
    subject: str
    headline: str
    summary: str
    bylines: tuple[str, ...]
    published_at: datetime
    zone: ZoneInfo
    blog_headline: str
    path: str
    language: str = "en"

    @property
    def label(self) -> str:
        """What stands above the headline."""
        return str(self.urgency.label) if self.urgency is not Urgency.FLASH else str(Urgency.ALERT.label)

    @property
    def tone(self) -> str:
        """The colour of the label: red is for breaking news alone, amber for corrections."""
        if self.urgency is Urgency.CORRECTION:
            return "correction"
        return "plain" if self.urgency is Urgency.UPDATE else "breaking"

    @property
    def link(self) -> str:
        """The one link: the post, at its permanent address. Nothing about the reader is in it."""
        return newsroom().absolute(self.path)

    @property
    def byline(self) -> str:
        """`Ines Okafor and Tom Reyer`."""
        *others, last = self.bylines or ("",)
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def paragraphs(self) -> list[str]:
        """The summary, paragraph by paragraph."""
        return [" ".join(part.split()) for part in self.summary.split("\n\n") if part.strip()]


def story_of(alert: Alert) -> Story:
    """What `alert` says, as it was at Send; `topic`, `blog` and `post` should be loaded with it."""
    blog, post = alert.blog, alert.post
    return Story(
        topic_slug=alert.topic.slug,
        topic_name=alert.topic.name,
        urgency=Urgency(alert.urgency),
        subject=alert.subject,
        headline=alert.headline,
        summary=alert.summary,
        bylines=tuple(alert.bylines),
        published_at=post.published_at if post else alert.created_at,
        zone=blog.tz if blog else zone_named(alert.zone),
        blog_headline=blog.headline if blog else "",
        path=_path(alert),
        language=blog.language if blog else "en",
    )


def _path(alert: Alert) -> str:
    if alert.blog is None:
        return "/"
    return f"/live/{alert.blog.slug}/posts/{alert.post_id}" if alert.post_id else f"/live/{alert.blog.slug}"
