"""What a browser sends from the composer: the form as typed, and pictures that came with it."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone

from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.pictures import InvalidPictureError, store_picture
from stoppress.coverage.post_content import PictureUse
from stoppress.desk.forms.composer_form import PostFormData, parse_post_form


@dataclass(frozen=True)
class ComposerSubmission:
    """One submitted composer."""

    id: UUID
    form_data: PostFormData
    based_on: int
    post_id: UUID | None
    note: str
    notice: str
    upload_error: str = ""

    def raise_upload_error(self) -> None:
        """Raises InvalidContentError if a picture that came along cannot be used."""
        if self.upload_error:
            raise InvalidContentError("pictures", self.upload_error)


def parse_composer(request: HttpRequest) -> ComposerSubmission:
    """Read a submitted composer. Never raises for what was typed: it all comes back, with the trouble named."""
    data = request.POST
    form_data, trouble = _with_uploads(request, parse_post_form(data))
    return ComposerSubmission(
        id=parse_uuid(data.get("id", "")) or uuid4(),
        form_data=form_data,
        based_on=parse_number(data.get("based_on", "")),
        post_id=parse_uuid(data.get("post", "")),
        note=data.get("note", "").replace("\x00", ""),
        notice=data.get("notice", ""),
        upload_error=trouble,
    )


def _with_uploads(request: HttpRequest, form_data: PostFormData) -> tuple[PostFormData, str]:
    """Without scripts, pictures come with the form itself; their words are asked for on the next page."""
    trouble, uses = "", list(form_data.pictures)
    for file in request.FILES.getlist("picture_file"):
        try:
            picture = store_picture(file, by=request.user.get_username(), now=timezone.now())
        except InvalidPictureError as error:
            trouble = str(error)
        else:
            uses.append(PictureUse(picture.pk, ""))
    return replace(form_data, pictures=tuple(uses)), trouble


def parse_uuid(text: str) -> UUID | None:
    """The id that `text` spells, if it spells one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def parse_number(text: str) -> int:
    """The number of a revision that `text` spells; 0, which no revision has, if it spells none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
