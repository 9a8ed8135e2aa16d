"""HTML that another site copies to embed a live blog."""

from django.utils.html import format_html
from django.utils.translation import gettext as _

from stoppress.coverage.newsroom import Newsroom

FRAME_HEIGHT_PIXELS = 640
"""Fixed: a new post does not move the other page, and readers scroll within the frame."""


def embed_code(slug: str, headline: str, newsroom: Newsroom) -> str:
    """Return an iframe of `/embed/SLUG` that needs no script and loads when the reader scrolls near it."""
    return format_html(
        '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy" style="border:0"></iframe>',
        newsroom.absolute_url(f"/embed/{slug}"),
        _("Live: {headline}").format(headline=headline),
        FRAME_HEIGHT_PIXELS,
    )
