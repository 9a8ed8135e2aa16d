"""The HTML of mail.

An MJML template is compiled once to HTML in which Django's tags still stand; what a message says is filled in
afterwards and escaped on the way, so that no headline is ever read as MJML or HTML.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import mrml
from django.template import Context, Engine, Template, engines

from stoppress.alerts.mail.mould import MARKS
from stoppress.coverage.newsroom import newsroom

TEMPLATES = files("stoppress.alerts") / "templates" / "alerts" / "mail"
NO_FONTS: dict[str, str] = {}
"""MJML would otherwise fetch web fonts from a third party whenever a mail is opened."""


def html(name: str, facts: Mapping[str, object]) -> str:
    """The HTML of `name` ("alert" or "letter") with these facts; gaps are marked."""
    return _compiled(name).render(Context({"newsroom": newsroom(), "gap": MARKS, **facts})).strip()


@cache
def _compiled(name: str) -> Template:
    head = {"head.mjml": _source("head.mjml")}
    compiled = mrml.to_html(
        _source(f"{name}.mjml"),
        parser_options=mrml.ParserOptions(include_loader=mrml.memory_loader(head)),
        render_options=mrml.RenderOptions(fonts=NO_FONTS, disable_comments=True),
    )
    return Template(compiled.content, engine=_engine())


def _source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _engine() -> Engine:
    engine: Engine = engines["django"].engine  # type: ignore[attr-defined]  # Django's own kind of engine
    return engine
