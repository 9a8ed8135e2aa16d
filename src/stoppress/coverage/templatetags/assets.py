"""Template tag for the addresses of joined style sheets and scripts."""

from django import template

from stoppress.coverage.assets.bundles import bundles

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """Return the path of a joined file, such as `page.css`.

    Raises:
        KeyError: ASSET_BUNDLES has no such file.
    """
    return bundles()[name].url
