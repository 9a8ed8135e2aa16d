"""Parts of a live page that change with it, in the active language; pages are built of them, and streams carry them."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from stoppress.coverage.public_posts import PostView
from stoppress.coverage.public_state import BlogHeader


def state_html(head: BlogHeader) -> str:
    """The state with its time, and when coverage last changed."""
    return _render("edge/state.html", {"head": head, "zone": ZoneInfo(head.zone)})


def standfirst_html(head: BlogHeader) -> str:
    """The introduction, paragraph by paragraph."""
    return _render("edge/standfirst.html", {"head": head})


def key_events_html(slug: str, events: Iterable[PostView]) -> str:
    """The key events as links, in the order given; nothing if there are none."""
    return _render("edge/key_events.html", {"slug": slug, "events": list(events)})


def _render(template: str, context: dict[str, object]) -> str:
    return render_to_string(template, context).strip()
