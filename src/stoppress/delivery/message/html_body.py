"""The HTML of mail.

An MJML template is compiled once to HTML in which Django's tags still stand, and its styles are written into the
elements for mail programs that read no style sheet (the sheet stays, for the dark). What a message says is filled in
afterwards and escaped on the way, so that no headline is ever read as MJML, CSS or HTML.
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
AWAY = re.compile(r"<!--tag(\d+)gat-->|tag(\d+)gat")
RESET = '<style type="text/css">\n#outlook'
"""MJML's own sheet evens out mail programs that read sheets: in the elements it would only make each copy longer."""
NO_FONTS: dict[str, str] = {}
"""MJML would otherwise fetch web fonts from a third party whenever a mail is opened."""


def render_html(name: str, facts: Mapping[str, object]) -> str:
    """The HTML of `name` ("alert", "digest" or "letter") with these facts; gaps are marked."""
    return _compiled(name).render(Context({"newsroom": newsroom(), "gap": MARKERS, **facts})).strip()


@cache
def _compiled(name: str) -> Template:
    options = mrml.RenderOptions(fonts=NO_FONTS, disable_comments=True)
    compiled = mrml.to_html(_source(f"{name}.mjml"), render_options=options)
    return Template(_inlined(compiled.content), engine=_engine())


def _inlined(html: str) -> str:
    """The styles in the elements. Meanwhile a word stands for each of Django's tags, and a comment between rows."""
    tags: list[str] = []

    def put_away(match: re.Match[str]) -> str:
        tags.append(match[0])
        return f"tag{len(tags) - 1}gat"

    html = html.replace(RESET, RESET.replace(">", ' data-css-inline="ignore">', 1), 1)
    html = BETWEEN_ROWS.sub(lambda match: f"<!--{put_away(match)}-->", html)
    html = TAG.sub(put_away, html)
    inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    return AWAY.sub(lambda match: tags[int(match[1] or match[2])], inliner.inline(html))


def _source(name: str) -> str:
    """One template with the files that it includes: mrml itself loses what stands around an include in a column."""
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return INCLUDE.sub(lambda match: _source(match[1]), text)


def _engine() -> Engine:
    engine: Engine = engines["django"].engine  # type: ignore[attr-defined]  # Django's own kind of engine
    return engine
