"""What an editor of another site copies to show a live blog there."""

from django.utils.html import format_html
from django.utils.translation import gettext as _

from stoppress.coverage.newsroom import Newsroom

FRAME_HEIGHT_PIXELS = 640
"""Pixels. The frame does not grow: when a post comes in nothing on the other page moves; readers scroll inside."""


def embed_code(slug: str, headline: str, newsroom: Newsroom) -> str:
    """An iframe of `/embed/SLUG`, loaded when the reader comes near it. It needs no script."""
    return format_html(
        '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy" style="border:0"></iframe>',
        newsroom.absolute_url(f"/embed/{slug}"),
        _("Live: {headline}").format(headline=headline),
        FRAME_HEIGHT_PIXELS,
    )
