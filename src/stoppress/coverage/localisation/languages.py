"""Languages of readers and texts: tags (BCP 47), the nearest translation, and the direction of writing.

Sentences are translated with gettext. The catalogues are in `stoppress/locale`. The active language is a context
variable of the current thread or task: `with in_language(tag): …` sets it and then restores the previous one.
"""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager

from django.conf import settings
from django.utils import translation

SOURCE_LANGUAGE = "en"
"""Language of the sentences in the source code."""
TRANSLATED_LANGUAGES = ("en", "de", "fr", "es", "uk", "ar")
"""Languages of the catalogues for readers' pages and mail."""
RIGHT_TO_LEFT = frozenset(
    ("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi")
)
"""Primary subtags of languages written from right to left."""
RIGHT_TO_LEFT_SCRIPTS = frozenset(("adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "syrc", "thaa"))
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)")
MAX_HEADER_CHARACTERS = 500
"""Characters of an Accept-Language header that are parsed; the rest is ignored."""


def nearest_tag(known: Iterable[str], language: str) -> str:
    """Return the tag of `known` that matches `language` best (RFC 4647 §3.4, lookup), or "" if none matches.

    `fr-CA` matches `fr-CA`, else `fr`. Upper and lower case do not matter.
    """
    tags = {tag.lower(): tag for tag in known}
    parts = language.lower().split("-") if language else []
    ranges = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((tags[tag] for tag in ranges if tag in tags), "")


def translated_language(*wanted: str) -> str:
    """Return the first of `wanted` that has a catalogue, or its nearest one (`de` for `de-AT`); English if none has."""
    tags = (nearest_tag(TRANSLATED_LANGUAGES, language) for language in wanted)
    return next((tag for tag in tags if tag), SOURCE_LANGUAGE)


def newsroom_language() -> str:
    """Return the newsroom's own language: the first of the setting `languages`, or English."""
    offered: list[str] = settings.READERS_LANGUAGES
    return offered[0] if offered else SOURCE_LANGUAGE


def page_language(language: str) -> str:
    """Return the catalogue for a page in `language`, or the newsroom's own if there is none."""
    return translated_language(language, newsroom_language())


def in_language(tag: str) -> AbstractContextManager[None]:
    """Return a context in which gettext, dates and numbers are in the language `tag`, one of TRANSLATED_LANGUAGES."""
    return translation.override(tag)


def parse_accept_language(header: str) -> list[str]:
    """Return the languages of an Accept-Language header (RFC 9110 §12.5.4), the preferred one first.

    Invalid parts are skipped.
    """
    weighted: list[tuple[float, str]] = []
    for part in header[:MAX_HEADER_CHARACTERS].split(","):
        tag, _, weight = part.strip().partition(";")
        quality = _quality(weight)
        if LANGUAGE_TAG.fullmatch(tag := tag.strip()) and quality > 0:
            weighted.append((quality, tag))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0], reverse=True)]


def _quality(text: str) -> float:
    match = WEIGHT.fullmatch(text.replace(" ", ""))
    return float(match[1]) if match else 0.0 if text.strip() else 1.0


def text_direction(language: str) -> str:
    """Return `rtl` or `ltr`, the value of HTML's `dir` attribute."""
    primary, *subtags = language.lower().split("-")
    script = next((part for part in subtags if len(part) == 4 and part.isalpha()), "")
    if script:
        return "rtl" if script in RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if primary in RIGHT_TO_LEFT else "ltr"
