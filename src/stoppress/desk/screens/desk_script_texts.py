"""Sentences that the desk's scripts show, in the active language (static/desk, coverage/texts.js)."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stoppress.coverage.localisation.script_texts import plural_forms


def desk_script_texts() -> dict[str, str | dict[str, str]]:
    """Return every sentence by its name; a sentence with a number by plural category."""
    return {
        "characters": plural_forms(lambda number: ngettext("{number} character.", "{number} characters.", number)),
        "savedSecondsAgo": _("Saved {number} s ago"),
        "savedMinutesAgo": _("Saved {number} min ago"),
        "savedHoursAgo": _("Saved {number} h ago"),
        "loggedOut": _("You have been logged out. This browser stores your text: reload the page and log in."),
        "otherTab": _("Another tab or browser changed this text. What you write here is saved as a draft of its own."),
        "otherTabEdit": _(
            "Not saved on the server: another tab or browser changed this text. This browser stores your text: copy it."
        ),
        "draftIdTaken": _(
            "Not saved on the server: this form belongs to another text. "
            "This browser stores your text: copy it into a new post."
        ),
        "saveFailed": _("No connection. This browser stores your text and tries again."),
        "uploading": _("Uploading {file}…"),
        "uploadFailed": _("The picture could not be uploaded."),
        "linkRefused": _("This is no web, mail or phone address, such as example.org/page or name@example.org."),
        "refused": _("Not done. {errors}"),
        "refusedTitle": _("Error: {title}"),
        "noConnection": _("no connection."),
        "previewFailed": _("The preview needs a connection."),
    }
