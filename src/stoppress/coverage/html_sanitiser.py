"""From whatever was pasted to HTML of an allow-list: law 11. Plain text comes out of the same HTML."""

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
    """`html` reduced to the allow-list. Idempotent: clean(clean(x)) == clean(x)."""
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
    """Plain paragraphs as HTML, each text escaped."""
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs if text.strip())


def html_to_text(html: str) -> str:
    """The words of cleaned HTML, a blank line between blocks."""
    spaced = BLOCK_END.sub("\n\n", html)
    lines = (" ".join(line.split()) for line in unescape(TAG.sub("", spaced)).splitlines())
    return re.sub(r"\n{2,}", "\n\n", "\n".join(lines)).strip()


def shorten_html(html: str, characters: int) -> str:
    """The first words of cleaned HTML, at most `characters` long, cut between words."""
    text = " ".join(html_to_text(html).split())
    if len(text) <= characters:
        return text
    return text[: characters - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
