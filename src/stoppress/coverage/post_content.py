"""What a post says: the value that goes in through the actions and comes out for reading."""

import re
from dataclasses import dataclass, field, replace

from stoppress.coverage.errors import BadContent
from stoppress.coverage.html_sanitiser import clean, text_of

LONGEST_HEADLINE = 300
LONGEST_BODY = 200_000
MOST_NAMES = 20
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML, PostgreSQL or mail cannot hold, and nobody can see: control characters and halves of characters."""


def readable(text: str) -> str:
    """`text` without what no reader could see and some could not be sent."""
    return UNPRINTABLE.sub("", text)


@dataclass(frozen=True)
class Source:
    """Who says it, and through whom if not at first hand."""

    name: str
    via: str = ""

    def __str__(self) -> str:
        return f"{self.name}, via {self.via}" if self.via else self.name


@dataclass(frozen=True)
class PictureUse:
    """One picture in one post; `alt` says what is to be seen, for those who do not see it."""

    id: str
    alt: str
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True)
class Content:
    """The text of one revision. `body` is HTML."""

    headline: str = ""
    body: str = ""
    bylines: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    pictures: tuple[PictureUse, ...] = field(default=())
    language: str = ""

    def checked(self) -> "Content":
        """The same, cleaned and trimmed; raises BadContent where it cannot be published."""
        tidy = replace(
            self,
            headline=readable(" ".join(self.headline.split())),
            body=clean(readable(self.body)),
            bylines=tuple(name for name in (readable(" ".join(name.split())) for name in self.bylines) if name),
            sources=tuple(Source(readable(source.name), readable(source.via)) for source in self.sources),
            pictures=tuple(_readable_use(use) for use in self.pictures),
        )
        tidy._refuse()
        return tidy

    def _refuse(self) -> None:
        if not (self.headline or text_of(self.body) or self.pictures):
            raise BadContent("body", "There is nothing to publish yet: write a headline, some text or add a picture.")
        if len(self.headline) > LONGEST_HEADLINE:
            raise BadContent("headline", f"A headline has at most {LONGEST_HEADLINE} characters.")
        if len(self.body) > LONGEST_BODY:
            raise BadContent("body", f"A post has at most {LONGEST_BODY:,} characters.")
        if len(self.bylines) > MOST_NAMES or any(len(name) > 150 for name in self.bylines):
            raise BadContent("bylines", f"At most {MOST_NAMES} bylines of at most 150 characters each.")
        if len(self.sources) > MOST_NAMES:
            raise BadContent("sources", f"At most {MOST_NAMES} sources.")
        for picture in self.pictures:
            if not picture.alt.strip():
                raise BadContent("pictures", "Say what the picture shows, for readers who do not see it (alt text).")


def _readable_use(use: PictureUse) -> PictureUse:
    return replace(use, alt=readable(use.alt), caption=readable(use.caption), credit=readable(use.credit))
