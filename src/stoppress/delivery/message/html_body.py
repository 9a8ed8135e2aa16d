"""Render the HTML of mail.

An MJML template is compiled once to HTML that still contains Django's tags. Its styles are written into the elements
for mail programs that read no style sheet; the sheet stays, for dark mode. The content is filled in afterwards and
escaped, so that no headline is ever parsed as MJML, CSS or HTML.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import css_inline
import mrml
from django.template import Context, Engine, Template, engines

from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.message_template import MARKERS

TEMPLATES = files("stoppress.delivery") / "templates" / "delivery" / "mail"
INCLUDE = re.compile(r'<mj-include path="([a-z]+\.mjml)" />')
TAG = re.compile(r"{[%{].*?[%}]}")
BETWEEN_ROWS = re.compile(r"(?<=</tr>)(?:\s*{%.*?%})+(?=\s*<tr>)")
SUBSTITUTE = re.compile(r"<!--tag(\d+)gat-->|tag(\d+)gat")
RESET = '<style type="text/css">\n#outlook'
"""The start of MJML's own style sheet. It is not written into the elements: it would only make each copy longer."""
NO_FONTS: dict[str, str] = {}
"""Without this, MJML would fetch web fonts from a third party whenever a mail is opened."""


def render_html(name: str, values: Mapping[str, object]) -> str:
    """Return the HTML of a template ("alert", "digest" or "transactional"), with markers in place of placeholders."""
    return _compile(name).render(Context({"newsroom": newsroom(), "placeholder": MARKERS, **values})).strip()


@cache
def _compile(name: str) -> Template:
    options = mrml.RenderOptions(fonts=NO_FONTS, disable_comments=True)
    compiled = mrml.to_html(_source(f"{name}.mjml"), render_options=options)
    return Template(_inline_styles(compiled.content), engine=_engine())


def _inline_styles(html: str) -> str:
    """Write the styles into the elements.

    During this, a word replaces each of Django's tags, and a comment replaces a tag between rows.
    """
    tags: list[str] = []

    def substitute(match: re.Match[str]) -> str:
        tags.append(match[0])
        return f"tag{len(tags) - 1}gat"

    html = html.replace(RESET, RESET.replace(">", ' data-css-inline="ignore">', 1), 1)
    html = BETWEEN_ROWS.sub(lambda match: f"<!--{substitute(match)}-->", html)
    html = TAG.sub(substitute, html)
    inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    return SUBSTITUTE.sub(lambda match: tags[int(match[1] or match[2])], inliner.inline(html))


def _source(name: str) -> str:
    """Return a template with the files that it includes: mrml itself loses what surrounds an include in a column."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return INCLUDE.sub(lambda match: _source(match[1]), text)


def _engine() -> Engine:
    engine: Engine = engines["django"].engine  # type: ignore[attr-defined]  # Django's own type of engine
    return engine
