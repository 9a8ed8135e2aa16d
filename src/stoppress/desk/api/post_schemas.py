"""Schemas of posts in requests and responses."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, field_validator, model_validator

from stoppress.coverage.html_sanitiser import paragraphs_to_html
from stoppress.coverage.post_content import MAX_BODY_CHARACTERS, MAX_HEADLINE_CHARACTERS, Content, PictureUse, Source
from stoppress.runtime.text_cleaning import clean_line, clean_text


class StrictSchema(Schema):
    """A schema that refuses unknown fields, so that a misspelled name is noticed."""

    model_config = ConfigDict(extra="forbid")


class SourceSchema(StrictSchema):
    """The person or organisation quoted, and through whom if second hand."""

    name: str = Field(min_length=1, max_length=300)
    via: str = Field("", max_length=300)


class PictureSchema(StrictSchema):
    """One picture that was uploaded before; `alt` describes it for readers who cannot see it."""

    id: str = Field(max_length=32)
    alt: str = Field(min_length=1, max_length=2000)
    caption: str = Field("", max_length=2000)
    credit: str = Field("", max_length=300)


class PostText(StrictSchema):
    """The content of a post. Fields that a change omits keep their value."""

    headline: str | None = Field(None, max_length=MAX_HEADLINE_CHARACTERS)
    html: str | None = Field(None, max_length=MAX_BODY_CHARACTERS, description="Reduced to an allow-list of tags")
    text: str | None = Field(None, max_length=MAX_BODY_CHARACTERS, description="Paragraphs, a blank line between them")
    bylines: list[str] | None = None
    sources: list[SourceSchema] | None = None
    pictures: list[PictureSchema] | None = None
    language: str | None = Field(None, max_length=20, pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]+)*)?$")

    @model_validator(mode="after")
    def _one_body(self) -> "PostText":
        if self.html is not None and self.text is not None:
            raise ValueError("html and text must not both be set")
        if "\x00" in self.model_dump_json() or "\\u0000" in self.model_dump_json():
            raise ValueError("texts must not contain NUL characters")
        return self

    def apply_to(self, before: Content) -> Content:
        """Return the content `before` with the fields of this request replaced."""
        return Content(
            headline=before.headline if self.headline is None else self.headline,
            body=self._body(before.body),
            bylines=before.bylines if self.bylines is None else tuple(self.bylines),
            sources=before.sources if self.sources is None else tuple(Source(s.name, s.via) for s in self.sources),
            pictures=before.pictures if self.pictures is None else tuple(_use(use) for use in self.pictures),
            language=before.language if self.language is None else self.language,
        )

    def _body(self, before: str) -> str:
        if self.text is not None:
            return paragraphs_to_html(map(clean_line, clean_text(self.text).split("\n\n")))
        return before if self.html is None else self.html


def _use(picture: PictureSchema) -> PictureUse:
    return PictureUse(picture.id, picture.alt, picture.caption, picture.credit)


class NewPost(PostText):
    """A post to publish. If the client chooses the `id`, a repeated request publishes the post once."""

    id: UUID | None = None
    labels: list[Literal["breaking", "key-event"]] = Field(default_factory=list)
    happened_at: AwareDatetime | None = Field(None, description="When it happened, if not at the time of publication")

    @field_validator("happened_at")
    @classmethod
    def _check_year(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and not 1000 <= moment.year <= 9000:
            raise ValueError(f"year must be between 1000 and 9000, got {moment.year}")
        return moment


class PostUpdate(PostText):
    """An edit: new facts, or a better wording."""

    revision: int = Field(
        ge=1, description="The revision that the edit began from; refused with 409 if there is a newer one"
    )
    note: str = Field("", max_length=5000, description="Shown to readers as an update, if not empty")


class PostCorrection(PostText):
    """A correction of an error, or a clarification of something true but misleading."""

    revision: int = Field(ge=1)
    note: str = Field(min_length=1, max_length=5000, description="Shown to readers with the post")
    kind: Literal["correction", "clarification"] = "correction"


class PostWithdrawal(StrictSchema):
    """The reason why a post is withdrawn."""

    note: str = Field(min_length=1, max_length=5000, description="Shown to readers in place of the post")


class NoteOut(Schema):
    """One note for readers about an earlier version of a post."""

    kind: str
    text: str
    at: datetime


class PostOut(Schema):
    """One post as readers see it now."""

    id: UUID
    url: str
    revision: int
    published_at: datetime
    updated_at: datetime
    happened_at: datetime | None
    withdrawn_at: datetime | None
    headline: str
    html: str
    text: str
    bylines: list[str]
    sources: list[SourceSchema]
    pictures: list[PictureSchema]
    labels: list[str]
    language: str
    notes: list[NoteOut]


class AlertsOut(Schema):
    """The effect on alerts about this post: deliveries halted, and already sent."""

    halted: int
    already_sent: int


class ChangedPostOut(PostOut):
    """A corrected or withdrawn post."""

    alerts: AlertsOut


class PostPage(Schema):
    """One page of posts, newest first; `next` is the address of the next page."""

    posts: list[PostOut]
    next: str | None


class Problem(Schema):
    """Problem details (RFC 9457), sent as application/problem+json."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] = Field(default_factory=list)
