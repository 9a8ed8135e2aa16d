"""What a browser sends from the composer: the form as typed, and pictures that came with it."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone

from stoppress.coverage.errors import BadContent
from stoppress.coverage.pictures import BadPicture, keep_picture
from stoppress.coverage.post_content import PictureUse
from stoppress.desk.forms.composer_form import Written, from_form


@dataclass(frozen=True)
class Incoming:
    """One submitted composer."""

    id: UUID
    written: Written
    based_on: int
    post_id: UUID | None
    note: str
    notice: str
    trouble: str = ""

    def refuse(self) -> None:
        """Raises BadContent if a picture that came along cannot be used."""
        if self.trouble:
            raise BadContent("pictures", self.trouble)


def receive(request: HttpRequest) -> Incoming:
    """Read a submitted composer. Never raises for what was typed: it all comes back, with the trouble named."""
    data = request.POST
    written, trouble = _with_uploads(request, from_form(data))
    return Incoming(
        id=uuid_or_none(data.get("id", "")) or uuid4(),
        written=written,
        based_on=number(data.get("based_on", "")),
        post_id=uuid_or_none(data.get("post", "")),
        note=data.get("note", "").replace("\x00", ""),
        notice=data.get("notice", ""),
        trouble=trouble,
    )


def _with_uploads(request: HttpRequest, written: Written) -> tuple[Written, str]:
    """Without scripts, pictures come with the form itself; their words are asked for on the next page."""
    trouble, uses = "", list(written.pictures)
    for file in request.FILES.getlist("picture_file"):
        try:
            picture = keep_picture(file, by=request.user.get_username(), now=timezone.now())
        except BadPicture as error:
            trouble = str(error)
        else:
            uses.append(PictureUse(picture.pk, ""))
    return replace(written, pictures=tuple(uses)), trouble


def uuid_or_none(text: str) -> UUID | None:
    """The id that `text` spells, if it spells one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def number(text: str) -> int:
    """The number of a revision that `text` spells; 0, which no revision has, if it spells none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
