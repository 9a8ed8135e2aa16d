"""A live page as an importer read it: the same shape for every format, and a report that accounts for all of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ParsedPost:
    """One post: its words as they stood on the page, and its publication time in the page's zone."""

    headline: str
    bylines: tuple[str, ...]
    published_at: datetime
    paragraphs: tuple[str, ...]
    labels: tuple[str, ...] = ()

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
    """One line (counted from 1) that is not part of the coverage, and why."""

    line: int
    text: str
    reason: str

    def report(self) -> dict[str, object]:
        """Return the line as JSON-ready values."""
        return {"line": self.line, "text": self.text, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A whole page, posts in the order in which they stood on it.

    `headline_given` is false when the headline is only proposed. `lost` counts the non-blank lines of input that are
    in no other field; it is counted, not assumed, and anything but 0 is a fault of the importer.
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

    def report(self) -> dict[str, object]:
        """Return the report of the command line's `--report json`: these keys, and no others."""
        return {
            "format": self.format,
            "slug": self.slug,
            "headline": self.headline,
            "standfirst": list(self.standfirst),
            "posts": [post.report() for post in self.posts],
            "set_aside": [line.report() for line in self.set_aside],
            "warnings": list(self.warnings),
            "lost": self.lost,
        }
