"""Parse single values of submitted forms."""

from uuid import UUID

from django.http import QueryDict

from stoppress.runtime import text_cleaning


def clean_text(data: QueryDict, name: str) -> str:
    """Return the text of a field as it may be stored; empty if the field is missing."""
    return text_cleaning.clean_text(str(data.get(name, "")))


def parse_uuid(text: str) -> UUID | None:
    """Return the UUID that `text` spells, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def parse_number(text: str) -> int:
    """Return the number of at most 9 digits that `text` spells, or 0, which is the number of no revision."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
