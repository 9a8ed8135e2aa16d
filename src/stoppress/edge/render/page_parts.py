"""Parts of a live page that change with the coverage: pages contain them, streams carry them.

They are rendered in the active language.
"""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from stoppress.coverage.public_posts import PostView
from stoppress.coverage.public_state import BlogHeader


def state_html(header: BlogHeader) -> str:
    """Render the state with its time, and the time of the last change."""
    return _render("edge/state.html", {"header": header, "zone": ZoneInfo(header.zone)})


def standfirst_html(header: BlogHeader) -> str:
    """Render the paragraphs of the standfirst."""
    return _render("edge/standfirst.html", {"header": header})


def key_events_html(slug: str, events: Iterable[PostView]) -> str:
    """Render the key events as links, in the given order; "" if there are none."""
    return _render("edge/key_events.html", {"slug": slug, "events": list(events)})


def _render(template: str, context: dict[str, object]) -> str:
    return render_to_string(template, context).strip()
