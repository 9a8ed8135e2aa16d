"""Content of a post: the value that actions store and that pages show."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.html_sanitiser import html_to_text, sanitise
from stoppress.coverage.localisation.numbers import group_digits
from stoppress.runtime.text_cleaning import clean_line

MAX_HEADLINE_CHARACTERS = 300
MAX_BODY_CHARACTERS = 200_000
MAX_BYLINES = 20
MAX_BYLINE_CHARACTERS = 150
MAX_SOURCES = 20


@dataclass(frozen=True)
class Source:
    """The person or organisation quoted, and through whom if not at first hand."""

    name: str
    via: str = ""

    def __str__(self) -> str:
        return f"{self.name}, via {self.via}" if self.via else self.name


@dataclass(frozen=True)
class PictureUse:
    """One picture in one post; `alt` describes it for readers who cannot see it."""

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
        """Return this content, sanitised and trimmed.

        Raises:
            InvalidContentError: if it cannot be published.
        """
        content = replace(
            self,
            headline=clean_line(self.headline),
            body=sanitise(self.body),
            bylines=tuple(name for name in map(clean_line, self.bylines) if name),
            sources=tuple(Source(clean_line(source.name), clean_line(source.via)) for source in self.sources),
            pictures=tuple(_clean_picture_use(use) for use in self.pictures),
        )
        _check_limits(content)
        return content


def _check_limits(content: Content) -> None:
    if not (content.headline or html_to_text(content.body) or content.pictures):
        raise InvalidContentError(
            "body", _("There is nothing to publish yet: write a headline, some text or add a picture.")
        )
    if len(content.headline) > MAX_HEADLINE_CHARACTERS:
        raise InvalidContentError(
            "headline", _("A headline has at most {limit} characters.").format(limit=MAX_HEADLINE_CHARACTERS)
        )
    if len(content.body) > MAX_BODY_CHARACTERS:
        raise InvalidContentError(
            "body",
            _("A post has at most {limit} characters.").format(limit=group_digits(MAX_BODY_CHARACTERS)),
        )
    if len(content.bylines) > MAX_BYLINES or any(len(name) > MAX_BYLINE_CHARACTERS for name in content.bylines):
        raise InvalidContentError(
            "bylines",
            _("At most {limit} bylines of at most {length} characters each.").format(
                limit=MAX_BYLINES, length=MAX_BYLINE_CHARACTERS
            ),
        )
    if len(content.sources) > MAX_SOURCES:
        raise InvalidContentError("sources", _("At most {limit} sources.").format(limit=MAX_SOURCES))
    for picture in content.pictures:
        if not picture.alt.strip():
            raise InvalidContentError(
                "pictures", _("Say what the picture shows, for readers who do not see it (alt text).")
            )


def _clean_picture_use(use: PictureUse) -> PictureUse:
    return replace(use, alt=clean_line(use.alt), caption=clean_line(use.caption), credit=clean_line(use.credit))
