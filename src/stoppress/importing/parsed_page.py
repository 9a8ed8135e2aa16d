"""A live page as an importer parsed it, in the same form for every format, with a report on all of its input."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ParsedPost:
    """One post: its text as on the page, and its publication time in the page's time zone.

    `day_assumed` is True if neither the post nor the page names its day. `line` is the number of the line of its time.
    """

    headline: str
    bylines: tuple[str, ...]
    published_at: datetime
    paragraphs: tuple[str, ...]
    labels: tuple[str, ...] = ()
    day_assumed: bool = False
    line: int = field(default=0, compare=False)

    def report(self) -> dict[str, object]:
        """Return the post as JSON-ready values; the time is ISO 8601 with its offset."""
        return {
            "headline": self.headline,
            "bylines": list(self.bylines),
            "published_at": self.published_at.isoformat(),
            "paragraphs": list(self.paragraphs),
            "labels": list(self.labels),
        }


@dataclass(frozen=True, slots=True)
class SetAsideLine:
    """One line that is not part of the coverage, with its number (from 1) and the reason."""

    line: int
    text: str
    reason: str

    def report(self) -> dict[str, object]:
        """Return the line as JSON-ready values."""
        return {"line": self.line, "text": self.text, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class PageLayout:
    """One way to read a page, with a score from 0 to 1 of how well it fits."""

    description: str
    score: float

    def report(self) -> dict[str, object]:
        """Return the layout as JSON-ready values."""
        return {"layout": self.description, "score": self.score}


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A whole page, with its posts in the order of the page.

    `headline_given` is False if the headline is only proposed. `lost` is the number of non-blank input lines that are
    in no other field. It is counted, not assumed; a number above 0 is a bug in the importer.
    `layout` holds the way in which the page was read, and the runner-up.
    """

    format: str
    slug: str
    headline: str
    headline_given: bool
    standfirst: tuple[str, ...]
    posts: tuple[ParsedPost, ...]
    set_aside: tuple[SetAsideLine, ...]
    warnings: tuple[str, ...]
    lost: int = 0
    layout: tuple[PageLayout, ...] = ()

    def report(self) -> dict[str, object]:
        """Return the content of `import --report json`: these keys and no others."""
        return {
            "format": self.format,
            "slug": self.slug,
            "headline": self.headline,
            "standfirst": list(self.standfirst),
            "posts": [post.report() for post in self.posts],
            "set_aside": [line.report() for line in self.set_aside],
            "warnings": list(self.warnings),
            "lost": self.lost,
            "layout": [layout.report() for layout in self.layout],
        }
