"""The form of the post composer, parsed into a value; drafts store the same value."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from stoppress.coverage.choices import PostLabel
from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.pictures.store import MAX_UPLOADS_PER_FORM, InvalidPictureError, store_picture
from stoppress.coverage.post_content import Content, PictureUse, Source
from stoppress.desk.forms.form_parsing import clean_text, parse_number, parse_uuid
from stoppress.desk.models import DraftVersion
from stoppress.runtime.text_cleaning import clean_line

EMPTY_BODIES = ("", "<p></p>")


@dataclass(frozen=True)
class PostFormData:
    """The fields of the composer, unchecked. A draft stores all of them."""

    headline: str = ""
    body: str = ""
    bylines: str = ""
    sources: tuple[Source, ...] = ()
    pictures: tuple[PictureUse, ...] = ()
    breaking: bool = False
    key_event: bool = False
    note: str = ""
    notice: str = ""

    @property
    def content(self) -> Content:
        """Return the content of the post."""
        names = tuple(name.strip() for name in self.bylines.split(",") if name.strip())
        body = "" if self.body in EMPTY_BODIES else self.body
        sources = tuple(source for source in self.sources if source.name)
        return Content(self.headline, body, names, sources, self.pictures)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels whose boxes are checked."""
        boxes = ((PostLabel.BREAKING, self.breaking), (PostLabel.KEY_EVENT, self.key_event))
        return tuple(label for label, is_checked in boxes if is_checked)

    @property
    def is_blank(self) -> bool:
        """Return True if the form has no content; bylines alone are none."""
        content = self.content
        return not (content.headline.strip() or content.body or content.sources or content.pictures or self.note)

    def as_draft(self) -> dict[str, Any]:
        """Return the value as a draft stores it."""
        return asdict(self)


@dataclass(frozen=True)
class ComposerSubmission:
    """One submitted composer.

    Args:
        id: the id of the new post, or of the edit.
        form_data: the fields.
        based_on: the revision that an edit began from; 0 for none.
        post_id: the post that is edited, if any.
        version: the version of the draft that the browser saves.
        replaces: the version of the stored draft that it was made from; empty for none.
        upload_error: why an uploaded picture cannot be used; empty if there is no error.
    """

    id: UUID
    form_data: PostFormData
    based_on: int
    post_id: UUID | None
    version: DraftVersion = field(default_factory=DraftVersion)
    replaces: str = ""
    upload_error: str = ""

    def raise_upload_error(self) -> None:
        """Raise InvalidContentError if an uploaded picture cannot be used."""
        if self.upload_error:
            raise InvalidContentError("pictures", self.upload_error)


def parse_composer(request: HttpRequest, blog: LiveBlog | None = None) -> ComposerSubmission:
    """Parse a submitted composer. Never raises for wrong input, so that the form can be shown again with it.

    Args:
        request: the request.
        blog: the live blog for which uploaded pictures are stored; None: uploads are ignored.
    """
    data = request.POST
    form_data, upload_error = parse_post_form(data), ""
    if blog is not None:
        form_data, upload_error = _store_uploads(request, form_data, blog)
    return ComposerSubmission(
        id=parse_uuid(data.get("id", "")) or uuid4(),
        form_data=form_data,
        based_on=parse_number(data.get("based_on", "")),
        post_id=parse_uuid(data.get("post", "")),
        version=DraftVersion(str(parse_uuid(data.get("writer", "")) or ""), parse_number(data.get("turn", ""))),
        replaces=data.get("replaces", ""),
        upload_error=upload_error,
    )


def parse_post_form(data: QueryDict) -> PostFormData:
    """Parse the fields of a submitted form."""
    return PostFormData(
        headline=clean_text(data, "headline"),
        body=clean_text(data, "body"),
        bylines=clean_text(data, "bylines"),
        sources=_parse_sources(data),
        pictures=_parse_pictures(data),
        breaking="breaking" in data,
        key_event="key_event" in data,
        note=clean_text(data, "note"),
        notice=clean_text(data, "notice"),
    )


def post_form_from_draft(stored: dict[str, Any]) -> PostFormData:
    """Return the form with the fields of a draft."""
    rest = {key: value for key, value in stored.items() if key not in ("sources", "pictures")}
    sources = tuple(Source(**source) for source in stored.get("sources", ()))
    pictures = tuple(PictureUse(**use) for use in stored.get("pictures", ()))
    return PostFormData(**rest, sources=sources, pictures=pictures)


def post_form_from_content(content: Content) -> PostFormData:
    """Return the form for an existing post."""
    names = ", ".join(content.bylines)
    return PostFormData(content.headline, content.body, names, content.sources, content.pictures)


def _store_uploads(request: HttpRequest, form_data: PostFormData, blog: LiveBlog) -> tuple[PostFormData, str]:
    """Store pictures uploaded with the form, as browsers without scripts do; return the form with them and an error.

    Their alternative texts are requested on the next page.
    """
    upload_error, uses = "", list(form_data.pictures)
    files = request.FILES.getlist("picture_file")
    if len(files) > MAX_UPLOADS_PER_FORM:
        return form_data, _("Add at most {limit} pictures at once.").format(limit=MAX_UPLOADS_PER_FORM)
    for file in files:
        try:
            picture = store_picture(file, blog=blog, by=request.user.get_username(), now=timezone.now())
        except InvalidPictureError as error:
            upload_error = str(error)
        else:
            uses.append(PictureUse(picture.pk, ""))
    return replace(form_data, pictures=tuple(uses)), upload_error


def _parse_rows(data: QueryDict, *names: str) -> list[tuple[str, ...]]:
    columns = [[clean_line(value) for value in data.getlist(name)] for name in names]
    return list(zip(*columns, strict=False))


def _parse_sources(data: QueryDict) -> tuple[Source, ...]:
    return tuple(Source(name, via) for name, via in _parse_rows(data, "source_name", "source_via") if name or via)


def _parse_pictures(data: QueryDict) -> tuple[PictureUse, ...]:
    names = ("picture_id", "picture_alt", "picture_caption", "picture_credit")
    return tuple(PictureUse(*row) for row in _parse_rows(data, *names) if row[0])
