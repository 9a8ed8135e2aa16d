"""Find untranslated English sentences on a page, for tests of translated pages."""

import re
from functools import cache
from html.parser import HTMLParser

from tests.checks import catalogues

TAGS = re.compile(r"<[^>]+>")
SHOWN_ATTRIBUTES = ("aria-label", "title", "alt", "placeholder", "content")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in ("script", "style")
        self.texts += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.texts.append(data)


def visible_texts(html: str) -> list[str]:
    """Return every text of a page that a reader sees, or a screen reader reads."""
    parser = _Texts()
    parser.feed(html)
    return [text for one in parser.texts if (text := " ".join(one.split()))]


def find_untranslated(html: str, language: str) -> list[str]:
    """Return the texts of a page that are an English sentence of the source, and not the same in `language`."""
    patterns = _english_patterns(language)
    return [text for text in visible_texts(html) if any(pattern.fullmatch(text) for pattern in patterns)]


@cache
def _english_patterns(language: str) -> list[re.Pattern[str]]:
    catalogue = catalogues.read(language)
    own, english = set(), set()
    for message in catalogue:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
        strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
        english |= {piece for text in ids for piece in _pieces(text)}
        own |= {piece for text in strings for piece in _pieces(text)}
    return [_pattern(piece) for piece in english - own]


def _pieces(text: str) -> set[str]:
    """Return the texts between the tags of a sentence that have a word in them."""
    pieces = {" ".join(piece.split()) for piece in TAGS.split(text)}
    return {piece for piece in pieces if re.search(r"[^\W\d_]{2}", catalogues.GAP.sub("", piece))}


def _pattern(piece: str) -> re.Pattern[str]:
    parts, at = [], 0
    for gap in catalogues.GAP.finditer(piece):
        parts += [re.escape(piece[at : gap.start()]), ".+"]
        at = gap.end()
    return re.compile("".join([*parts, re.escape(piece[at:])]))
