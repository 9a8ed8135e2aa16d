"""The parts of a live page that change with it: the page is built of them, and the stream carries them again."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from stoppress.coverage.reading import PostView
from stoppress.coverage.state import Head
from stoppress.coverage.words import State


def state_html(head: Head) -> str:
    """The state with its time, and when coverage last changed."""
    joined = "at" if head.state == State.ENDED else "since"
    return _render("edge/state.html", {"head": head, "zone": ZoneInfo(head.zone), "since": joined})


def standfirst_html(head: Head) -> str:
    """The introduction, paragraph by paragraph."""
    return _render("edge/standfirst.html", {"head": head})


def key_events_html(slug: str, events: Iterable[PostView]) -> str:
    """The key events as links, in the order given; nothing if there are none."""
    return _render("edge/key_events.html", {"slug": slug, "events": list(events)})


def _render(template: str, context: dict[str, object]) -> str:
    return render_to_string(template, context).strip()
