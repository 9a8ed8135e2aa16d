"""The signing keys that STOPPRESS_DKIM_KEYS names, before anything is read."""

import re
from pathlib import Path

_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)


def parse_dkim_keys(setting: str) -> list[tuple[str, Path]]:
    """Selectors and files out of `selector:file selector:file …`.

    Raises:
        ValueError: what is wrong.
    """
    named = []
    for word in setting.replace(",", " ").split():
        selector, _, path = word.partition(":")
        if not path or not _SELECTOR.fullmatch(selector):
            raise ValueError(f"{word!r} is not SELECTOR:FILE, such as news2026:/etc/stoppress/dkim.pem")
        named.append((selector, Path(path).expanduser()))
    if len({selector.lower() for selector, _ in named}) != len(named):
        raise ValueError("each selector is named once")
    return named
