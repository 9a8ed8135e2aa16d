"""Which program and settings answers are made with, so that nobody keeps an answer of an older release as a new one."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import stoppress
from stoppress.coverage.newsroom import newsroom

SOURCE_PATTERNS = ("*/templates/**/*.html", "coverage/*.py", "wires/**/*.py", "edge/**/*.py")
"""What answers are made by."""


@cache
def build_id() -> str:
    """Eight characters that change with the release and the newsroom's facts."""
    digest = sha256(repr(newsroom()).encode())
    folder = Path(stoppress.__file__).parent
    for path in sorted(path for pattern in SOURCE_PATTERNS for path in folder.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
