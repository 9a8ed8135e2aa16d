"""The history of a post: every change with its person, time and note, and every revision with its differences."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from stoppress.coverage.models import Change, Note, Post, Revision
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import revision_content
from stoppress.desk.access.people import display_names
from stoppress.desk.models import PostAct
from stoppress.desk.screens.change_text import change_text
from stoppress.desk.screens.word_differences import DiffPiece, diff_words


@dataclass(frozen=True)
class FieldDifference:
    """A field other than headline and text that a revision changed, with both values for display."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryEntry:
    """One change of a post.

    Attributes:
        at: Time of the change.
        by: Display name of the person.
        text: What was done.
        revision: Number of the revision that it made; None if it made none.
        note: The note that readers see; "" if there is none.
        differences: Headline and text compared with the revision before; empty if they are equal.
        fields: Other fields that differ.
        can_restore: The revision is not the current one and the post stands.
    """

    at: datetime
    by: str
    text: str
    revision: int | None = None
    note: str = ""
    differences: Sequence[DiffPiece] = ()
    fields: Sequence[FieldDifference] = field(default=())
    can_restore: bool = False


def post_history(post: Post) -> list[HistoryEntry]:
    """Return every act before publication and every change, the newest first. `post` has its revision loaded."""
    revisions = {revision.pk: revision for revision in post.revisions.all()}
    by_number = {revision.number: revision for revision in revisions.values()}
    changes = list(Change.objects.filter(post=post).order_by("-seq"))
    notes = list(post.notes.all())
    acts = list(PostAct.objects.filter(post_id=post.pk).order_by("-pk"))
    names = display_names([*(change.by for change in changes), *(act.by for act in acts)])
    before = [HistoryEntry(act.at, names[act.by], act.get_kind_display(), note=act.note) for act in acts]
    return [*(_entry(post, change, revisions, by_number, notes, names) for change in changes), *before]


def _entry(
    post: Post,
    change: Change,
    revisions: dict[int, Revision],
    by_number: dict[int, Revision],
    notes: list[Note],
    names: dict[str, str],
) -> HistoryEntry:
    note = next((note.text for note in notes if note.at == change.at and note.by == change.by), "")
    revision = revisions.get(change.revision_id) if change.revision_id else None
    if revision is None:
        return HistoryEntry(change.at, names[change.by], change_text(change), note=note)
    before = by_number.get(revision.number - 1)
    differences: list[DiffPiece] = []
    fields: list[FieldDifference] = []
    if before is not None:
        old, new = revision_content(before), revision_content(revision)
        differences = diff_words(old, new) if (old.headline, old.body) != (new.headline, new.body) else []
        fields = _field_differences(old, new)
    return HistoryEntry(
        change.at,
        names[change.by],
        change_text(change),
        revision.number,
        note,
        differences,
        fields,
        can_restore=post.withdrawn_at is None and revision.pk != post.revision_id,
    )


def _field_differences(old: Content, new: Content) -> list[FieldDifference]:
    def pictures(content: Content) -> str:
        return "; ".join(picture.alt or picture.caption or picture.id for picture in content.pictures)

    pairs = [
        (_("By"), ", ".join(old.bylines), ", ".join(new.bylines)),
        (_("Sources"), "; ".join(map(str, old.sources)), "; ".join(map(str, new.sources))),
        (_("Pictures"), pictures(old), pictures(new)),
        (_("Language"), old.language, new.language),
    ]
    return [FieldDifference(name, before, after) for name, before, after in pairs if before != after]
