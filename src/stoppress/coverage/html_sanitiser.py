"""Reduce pasted HTML to an allow-list (law 11), and convert between HTML and plain text."""

import re
from collections.abc import Iterable
from html import escape, unescape

import nh3

TAGS = {"p", "h3", "strong", "em", "a", "ul", "ol", "li", "blockquote", "cite", "br", "hr", "sub", "sup", "s"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
RENAMED = ((re.compile(r"<(/?)b\b"), r"<\1strong"), (re.compile(r"<(/?)i\b"), r"<\1em"))
HEADINGS = re.compile(r"<(/?)h[12456]\b")
EMPTY = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>")
BLOCK_END = re.compile(r"</(?:p|h3|li|blockquote)>|<br>|<hr>")
TAG = re.compile(r"<[^>]*>")


def sanitise(html: str) -> str:
    """Return `html` reduced to the allow-list. A second pass changes nothing."""
    for pattern, replacement in RENAMED:
        html = pattern.sub(replacement, html)
    html = HEADINGS.sub(r"<\1h3", html)
    safe = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener",
        clean_content_tags={"script", "style", "template", "iframe", "object"},
    )
    return EMPTY.sub("", safe).strip()


def paragraphs_to_html(paragraphs: Iterable[str]) -> str:
    """Return plain paragraphs as HTML, with their text escaped. Blank ones are left out."""
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs if text.strip())


def html_to_text(html: str) -> str:
    """Return the text of sanitised HTML, with a blank line between blocks."""
    spaced = BLOCK_END.sub("\n\n", html)
    lines = (" ".join(line.split()) for line in unescape(TAG.sub("", spaced)).splitlines())
    return re.sub(r"\n{2,}", "\n\n", "\n".join(lines)).strip()


def shorten_html(html: str, characters: int) -> str:
    """Return the first words of sanitised HTML as text of at most `characters`, cut between words and ended by “…”."""
    text = " ".join(html_to_text(html).split())
    if len(text) <= characters:
        return text
    return text[: characters - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
