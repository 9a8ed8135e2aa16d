"""Parse single values of submitted forms."""

from uuid import UUID

from django.http import QueryDict


def clean_text(data: QueryDict, name: str) -> str:
    """Return the text of a field without NUL characters and outer white space; empty if the field is missing."""
    return str(data.get(name, "")).replace("\x00", "").strip()


def parse_uuid(text: str) -> UUID | None:
    """Return the UUID that `text` spells, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def parse_number(text: str) -> int:
    """Return the number of at most 9 digits that `text` spells, or 0, which is the number of no revision."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
