"""The id of program and settings: part of every entity tag, so that no cache keeps a response of an older release."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import stoppress
from stoppress.coverage.newsroom import newsroom

SOURCE_PATTERNS = (
    "*/templates/**/*.html",
    "coverage/**/*.py",
    "syndication/**/*.py",
    "edge/**/*.py",
    "locale/**/*.mo",
    "*/static/**/*.css",
    "*/static/**/*.js",
)
"""Files that decide what public responses contain, relative to the package."""


@cache
def build_id() -> str:
    """Return eight characters that change when those files or the newsroom's settings change."""
    digest = sha256(repr(newsroom()).encode())
    folder = Path(stoppress.__file__).parent
    for path in sorted(path for pattern in SOURCE_PATTERNS for path in folder.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
