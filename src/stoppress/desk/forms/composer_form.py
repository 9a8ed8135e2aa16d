"""The composer's form as somebody typed it: the value between the form, a draft and the text of a post."""

from dataclasses import asdict, dataclass
from typing import Any

from django.http import QueryDict

from stoppress.coverage.choices import PostLabel
from stoppress.coverage.post_content import Content, PictureUse, Source

EMPTY_BODIES = ("", "<p></p>")


@dataclass(frozen=True)
class PostFormData:
    """Everything that can be typed into the composer, unchecked."""

    headline: str = ""
    body: str = ""
    bylines: str = ""
    sources: tuple[Source, ...] = ()
    pictures: tuple[PictureUse, ...] = ()
    breaking: bool = False
    key_event: bool = False

    @property
    def content(self) -> Content:
        """What a post would say."""
        names = tuple(name.strip() for name in self.bylines.split(",") if name.strip())
        body = "" if self.body in EMPTY_BODIES else self.body
        return Content(self.headline, body, names, self.sources, self.pictures)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that are ticked."""
        marks = ((PostLabel.BREAKING, self.breaking), (PostLabel.KEY_EVENT, self.key_event))
        return tuple(label for label, ticked in marks if ticked)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written that would be missed."""
        content = self.content
        return not (content.headline.strip() or content.body or content.sources or content.pictures)

    def as_draft(self) -> dict[str, Any]:
        """As kept with a draft."""
        return asdict(self)


def parse_post_form(data: QueryDict) -> PostFormData:
    """What was typed, out of a submitted form."""
    return PostFormData(
        headline=_text(data, "headline"),
        body=_text(data, "body"),
        bylines=_text(data, "bylines"),
        sources=_sources(data),
        pictures=_pictures(data),
        breaking="breaking" in data,
        key_event="key_event" in data,
    )


def post_form_from_draft(kept: dict[str, Any]) -> PostFormData:
    """What was typed, out of a draft."""
    rest = {key: value for key, value in kept.items() if key not in ("sources", "pictures")}
    sources = tuple(Source(**source) for source in kept.get("sources", ()))
    return PostFormData(**rest, sources=sources, pictures=tuple(PictureUse(**use) for use in kept.get("pictures", ())))


def post_form_from_content(content: Content) -> PostFormData:
    """The form for a text that exists already."""
    names = ", ".join(content.bylines)
    return PostFormData(content.headline, content.body, names, content.sources, content.pictures)


def _text(data: QueryDict, name: str) -> str:
    return str(data.get(name, "")).replace("\x00", "").strip()


def _rows(data: QueryDict, *names: str) -> list[tuple[str, ...]]:
    columns = [[value.replace("\x00", "").strip() for value in data.getlist(name)] for name in names]
    return list(zip(*columns, strict=False))


def _sources(data: QueryDict) -> tuple[Source, ...]:
    return tuple(Source(name, via) for name, via in _rows(data, "source_name", "source_via") if name)


def _pictures(data: QueryDict) -> tuple[PictureUse, ...]:
    names = ("picture_id", "picture_alt", "picture_caption", "picture_credit")
    return tuple(PictureUse(*row) for row in _rows(data, *names) if row[0])
