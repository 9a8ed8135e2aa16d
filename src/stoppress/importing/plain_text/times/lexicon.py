"""Words of dates and times in many languages, from CLDR (the Common Locale Data Repository) by way of Babel.

The words become regular expressions in the form of a trie, so that hundreds of month names cost hardly more than one.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

LANGUAGES = (
    *("en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "hu", "ro", "uk", "ru", "bg"),
    *("el", "tr", "ca", "ar", "ar_LB", "ar_DZ", "ar_MA", "fa", "ur", "he", "hi", "bn", "id", "ms", "vi", "th", "sr"),
    *("ja", "ko", "zh"),
)
"""If two languages use one abbreviation for different months, the earlier language decides."""

_WIDTHS = ("wide", "abbreviated")
_DIGITS = {
    code: str(unicodedata.digit(chr(code))) for code in range(0x80, 0x1FBFA) if unicodedata.category(chr(code)) == "Nd"
}
_SIGNS = {"：": ":", "／": "/", "．": ".", "，": ",", "،": ",", "（": "(", "）": ")", "［": "[", "］": "]", "｜": "|"}
_BIDI = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], " ")
_ASCII = str.maketrans({**_DIGITS, **_BIDI, **{ord(sign): plain for sign, plain in _SIGNS.items()}, 0x202F: " "})


def to_ascii_digits(text: str) -> str:
    """Return `text` with digits of all number systems, wide signs and direction marks as ASCII, of equal length."""
    return text if text.isascii() else text.translate(_ASCII)


@cache
def month_names() -> dict[str, int]:
    """Return the months by their names and abbreviations in lower case, without a full stop."""
    return _collect(lambda locale, context, width: locale.months[context][width].items())


@cache
def weekday_names() -> dict[str, int]:
    """Return the weekdays (0 for Monday) by their names and abbreviations in lower case, without a full stop."""
    return _collect(lambda locale, context, width: locale.days[context][width].items())


@cache
def day_periods() -> dict[str, str]:
    """Return "am", "pm", "noon" or "midnight" by its words in lower case, without spaces and full stops."""
    words: dict[str, str] = {}
    for locale in _locales():
        for width in ("wide", "abbreviated", "narrow"):
            periods = locale.day_periods["format"].get(width, {})
            for kind in ("am", "pm", "noon", "midnight"):
                word = compact(str(periods.get(kind, "")))
                if len(word) > 1 or (word and not word.isascii()):
                    words.setdefault(word, kind)
    return words


@cache
def zone_names() -> dict[str, tuple[str, str]]:
    """Return the IANA zone and "generic", "standard" or "daylight" by English names such as "british summer time"."""
    locale = Locale.parse("en")
    names: dict[str, tuple[str, str]] = {}
    for zone, metazone in get_global("meta_zones").items():
        for kind, name in locale.meta_zones.get(metazone, {}).get("long", {}).items():
            names.setdefault(str(name).lower(), (zone, kind))
    for zone, known in locale.time_zones.items():
        for kind, name in known.get("long", {}).items():
            names[str(name).lower()] = (zone, kind)
    return names


def fixed_offset(zone: str, kind: str) -> timedelta:
    """Return the offset of the standard or daylight time of an IANA zone."""
    offsets = [datetime(2024, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() or timedelta(0) for month in (1, 7)]
    return max(offsets) if kind == "daylight" else min(offsets)


def compact(text: str) -> str:
    """Return `text` in lower case without spaces and full stops."""
    return re.sub(r"[\s.\u00a0\u202f]", "", text).lower()


def any_of(words: Iterable[str]) -> str:
    """Return a regular expression that matches the longest of `words`, as a trie."""
    root: dict[str, dict[str, object]] = {}
    for word in words:
        node = root
        for character in word:
            node = node.setdefault(character, {})  # type: ignore[assignment]
        node[""] = {}
    return _write_trie(root)


def _write_trie(node: dict[str, dict[str, object]]) -> str:
    branches = [
        re.escape(character) + _write_trie(child)  # type: ignore[arg-type]
        for character, child in sorted(node.items())
        if character
    ]
    if not branches:
        return ""
    pattern = branches[0] if len(branches) == 1 and "" not in node else f"(?:{'|'.join(branches)})"
    return f"{pattern}?" if "" in node else pattern


def _locales() -> Iterator[Locale]:
    return map(Locale.parse, LANGUAGES)


def _collect(entries: Callable[[Locale, str, str], Iterable[tuple[int, str]]]) -> dict[str, int]:
    names: dict[str, int] = {}
    for locale in _locales():
        for context in ("format", "stand-alone"):
            for width in _WIDTHS:
                for number, name in entries(locale, context, width):
                    bare = name.rstrip(".").lower()
                    if len(bare) > 1 and not any(map(str.isdigit, bare)):
                        names.setdefault(bare, number)
    return names
