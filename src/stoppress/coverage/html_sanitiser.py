"""Reduce pasted HTML to an allow-list (law 11), and convert between HTML and plain text."""

import re
from collections.abc import Iterable
from html import escape, unescape

import nh3

from stoppress.coverage import foreign_html
from stoppress.runtime.text_cleaning import clean_line, clean_text

TAGS = {"p", "h3", "strong", "em", "a", "ul", "ol", "li", "blockquote", "cite", "br", "hr", "sub", "sup", "s"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
LONELY_CELL = re.compile(r"<(/?)t[rdh]\b", re.IGNORECASE)
BLOCK_END = re.compile(r"</(?:p|h3|li|blockquote)>|<br>|<hr>")
TAG = re.compile(r"<[^>]*>")


def sanitise(html: str) -> str:
    """Return `html` reduced to the allow-list, with the structure that was meant. A second pass changes nothing."""
    html = clean_text(html)
    if "<table" not in html.lower():  # a parser drops cells outside a table, and their texts would run together
        html = LONELY_CELL.sub(r"<\1div", html)
    well_formed = nh3.clean(
        html,
        tags=foreign_html.TAGS,
        attributes=foreign_html.ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=None,
        clean_content_tags=foreign_html.LEFT_OUT_WITH_TEXT,
    )
    return nh3.clean(
        clean_text(foreign_html.normalise(well_formed, foreign_html.parse_classes(html))),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener",
    )


def paragraphs_to_html(paragraphs: Iterable[str]) -> str:
    """Return plain paragraphs as HTML, with their text escaped. Blank ones are left out."""
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs if text.strip())


def html_to_text(html: str) -> str:
    """Return the text of sanitised HTML, with a blank line between blocks."""
    spaced = BLOCK_END.sub("\n\n", html)
    lines = map(clean_line, unescape(TAG.sub("", spaced)).split("\n"))
    return re.sub(r"\n{2,}", "\n\n", "\n".join(lines)).strip()


def shorten_html(html: str, characters: int) -> str:
    """Return the first words of sanitised HTML as text of at most `characters`, cut between words and ended by “…”."""
    text = clean_line(html_to_text(html))
    if len(text) <= characters:
        return text
    return text[: characters - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
