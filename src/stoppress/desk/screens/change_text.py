"""One sentence for each change of a live blog, for its history and its log."""

from django.utils.translation import gettext as _

from stoppress.coverage.choices import BlogState, ChangeKind, NoteKind
from stoppress.coverage.models import Change


def change_text(change: Change) -> str:
    """Return what a change did: `Published`, `Corrected`, `Pinned`, `State set from Planned`."""
    detail = change.detail
    if change.kind == ChangeKind.PUBLISHED:
        return _("Published")
    if change.kind == ChangeKind.CORRECTED:
        return _("Clarified") if detail.get("notice") == NoteKind.CLARIFICATION else _("Corrected")
    if change.kind == ChangeKind.WITHDRAWN:
        return _("Withdrawn")
    if change.kind == ChangeKind.MOVED:
        return _("Pinned") if detail.get("pinned") else _("Unpinned")
    if change.kind == ChangeKind.BLOG_UPDATED:
        return _blog_text(detail)
    return _label_text(detail)


def _label_text(detail: dict[str, object]) -> str:
    if "key_event" in detail:
        return _("Marked as key event") if detail["key_event"] else _("No longer a key event")
    if "breaking" in detail:
        return _("Marked as breaking") if detail["breaking"] else _("No longer breaking")
    return _("Edited")


def _blog_text(detail: dict[str, object]) -> str:
    if detail.get("opened"):
        return _("Live blog opened")
    if "state_before" in detail:
        return _("State changed; it was “{state}”").format(state=BlogState(str(detail["state_before"])).label)
    return _("Headline, introduction or settings changed")
