"""Parse STOPPRESS_DKIM_KEYS, without reading any file."""

import re
from pathlib import Path

_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)


def parse_dkim_keys(setting: str) -> list[tuple[str, Path]]:
    """Return selectors and files of `selector:file selector:file …`.

    Raises:
        ValueError: a word is malformed, or a selector occurs twice.
    """
    keys = []
    for word in setting.replace(",", " ").split():
        selector, _, path = word.partition(":")
        if not path or not _SELECTOR.fullmatch(selector):
            raise ValueError(f"{word!r} is not SELECTOR:FILE, such as news2026:/etc/stoppress/dkim.pem")
        try:
            keys.append((selector, Path(path).expanduser()))
        except RuntimeError:
            raise ValueError(f"{word!r} names no person of this machine after ~") from None
    if len({selector.lower() for selector, _ in keys}) != len(keys):
        raise ValueError(f"each selector may occur once, got {setting!r}")
    return keys
