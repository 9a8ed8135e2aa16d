"""The editor's note in a correction's mail: what was wrong and what is right."""

from django.utils.translation import gettext as _

from stoppress.alerts.actions.send_request import clean_note
from stoppress.alerts.errors import InvalidAlertError
from stoppress.coverage.choices import NoteKind
from stoppress.coverage.models import Note
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.halt import filter_outdated


def correction_note(corrects: Alert | None, written: str) -> str:
    """Return the note as the editor wrote it, else the newest note that readers of the corrected post see.

    A note on the post counts only if the log has a correction or withdrawal after the alert.
    """
    if corrects is None or written or not filter_outdated(Alert.objects.filter(pk=corrects.pk)).exists():
        return written if corrects else ""
    kinds = [NoteKind.CORRECTION, NoteKind.CLARIFICATION, NoteKind.WITHDRAWAL]
    notes = Note.objects.filter(post=corrects.post_id, kind__in=kinds).order_by("-pk")
    return clean_note(next(iter(notes.values_list("text", flat=True)[:1]), ""))


def require_note(corrects: Alert | None, note: str) -> None:
    """Raise InvalidAlertError if a correction has no note."""
    if corrects is not None and not note:
        raise InvalidAlertError("note", missing_note_text())


def missing_note_text() -> str:
    """Return the sentence about a correction without a note, in the active language."""
    return _("Write what was wrong and what is right: readers who got the error see it in the mail.")
