"""The demo's story as values, read from story.toml."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stoppress.coverage.post_content import Source

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Beat:
    """One thing that happens: to the post named `key`, `after` seconds after the beat before it.

    A beat with `before` (minutes) has happened already when the demo starts.
    """

    do: str
    key: str
    before: float | None = None
    after: float = 0
    headline: str = ""
    paragraphs: tuple[str, ...] = ()
    bylines: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    labels: tuple[str, ...] = ()
    picture: dict[str, str] = field(default_factory=dict)
    note: str = ""
    urgency: str = "alert"


@dataclass(frozen=True)
class Story:
    """The whole of it."""

    slug: str
    zone: str
    headline: str
    standfirst: tuple[str, ...]
    beats: tuple[Beat, ...]


def load_story(path: Path = FOLDER / "story.toml") -> Story:
    """Read a story."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    head = found["blog"]
    beats = tuple(_beat(raw) for raw in found["beat"])
    return Story(head["slug"], head["zone"], head["headline"], tuple(head["standfirst"]), beats)


def _beat(raw: dict[str, Any]) -> Beat:
    names: dict[str, Any] = {name: tuple(raw.pop(name, ())) for name in ("paragraphs", "bylines", "labels")}
    sources = tuple(Source(**source) for source in raw.pop("sources", ()))
    return Beat(**raw, **names, sources=sources)
