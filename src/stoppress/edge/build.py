"""Which templates and settings pages are made with, so that a browser does not keep a page of an older release."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import stoppress
from stoppress.coverage.newsroom import newsroom


@cache
def build() -> str:
    """Eight characters that change with the release, its templates and the newsroom's facts."""
    digest = sha256(repr(newsroom()).encode())
    for path in sorted(Path(stoppress.__file__).parent.glob("*/templates/**/*.html")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
