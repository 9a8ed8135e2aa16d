"""What a post says: the value that goes in through the actions and comes out for reading."""

import re
from dataclasses import dataclass, field, replace

from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.html_sanitiser import sanitise, html_to_text

MAX_HEADLINE_CHARACTERS = 300
MAX_BODY_CHARACTERS = 200_000
MAX_BYLINES = 20
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML, PostgreSQL or mail cannot hold, and nobody can see: control characters and halves of characters."""


def strip_unprintable(text: str) -> str:
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

    def validate(self) -> "Content":
        """The same, cleaned and trimmed; raises BadContent where it cannot be published."""
        tidy = replace(
            self,
            headline=strip_unprintable(" ".join(self.headline.split())),
            body=sanitise(strip_unprintable(self.body)),
            bylines=tuple(name for name in (strip_unprintable(" ".join(name.split())) for name in self.bylines) if name),
            sources=tuple(Source(strip_unprintable(source.name), strip_unprintable(source.via)) for source in self.sources),
            pictures=tuple(_readable_use(use) for use in self.pictures),
        )
        tidy._refuse()
        return tidy

    def _refuse(self) -> None:
        if not (self.headline or html_to_text(self.body) or self.pictures):
            raise InvalidContentError("body", "There is nothing to publish yet: write a headline, some text or add a picture.")
        if len(self.headline) > MAX_HEADLINE_CHARACTERS:
            raise InvalidContentError("headline", f"A headline has at most {MAX_HEADLINE_CHARACTERS} characters.")
        if len(self.body) > MAX_BODY_CHARACTERS:
            raise InvalidContentError("body", f"A post has at most {MAX_BODY_CHARACTERS:,} characters.")
        if len(self.bylines) > MAX_BYLINES or any(len(name) > 150 for name in self.bylines):
            raise InvalidContentError("bylines", f"At most {MAX_BYLINES} bylines of at most 150 characters each.")
        if len(self.sources) > MAX_BYLINES:
            raise InvalidContentError("sources", f"At most {MAX_BYLINES} sources.")
        for picture in self.pictures:
            if not picture.alt.strip():
                raise InvalidContentError("pictures", "Say what the picture shows, for readers who do not see it (alt text).")


def _readable_use(use: PictureUse) -> PictureUse:
    return replace(use, alt=strip_unprintable(use.alt), caption=strip_unprintable(use.caption), credit=strip_unprintable(use.credit))
