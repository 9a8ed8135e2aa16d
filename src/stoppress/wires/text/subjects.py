"""Names that the page's own sentences speak of: "Storm Maren" is what a post is about, and not who wrote it."""

from collections.abc import Iterable, Sequence

from stoppress.wires.text.names import read_byline

_MOST_NAMES = 100


def spoken_of(names: Iterable[str], texts: Sequence[str]) -> set[str]:
    """Return those names that stand inside longer lines which are no bylines themselves."""
    asked = sorted(set(names))[:_MOST_NAMES]
    if not asked:
        return set()
    prose = "\n".join(text for text in texts if read_byline(text) is None)
    return {name for name in asked if name in prose}
