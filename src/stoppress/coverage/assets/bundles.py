"""The joined files that pages load: `/static/page.4f1c2a9b.css`.

The setting ASSET_BUNDLES names each file and its parts. A name contains a digest of the content, so browsers keep the
file without a further request. Every process computes the same names.
"""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import rcssmin
import rjsmin
from django.conf import settings
from django.contrib.staticfiles import finders

from stoppress.coverage.assets.join_modules import join_modules

DIGEST_CHARACTERS = 8
RELATIVE_URL = re.compile(r"""url\(["']?(?!/|data:|https?:)([^"')]+)["']?\)""")
MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True)
class Bundle:
    """One joined file."""

    name: str
    body: bytes

    @property
    def digest(self) -> str:
        """The part of the file's name that changes with its content."""
        return sha256(self.body).hexdigest()[:DIGEST_CHARACTERS]

    @property
    def url(self) -> str:
        """The path of the file."""
        stem, _, suffix = self.name.rpartition(".")
        return f"{settings.STATIC_URL}{stem}.{self.digest}.{suffix}"

    @property
    def media_type(self) -> str:
        """Content-Type of the file."""
        return MEDIA_TYPES[self.name.rpartition(".")[2]]


@cache
def bundles() -> dict[str, Bundle]:
    """Return all joined files by name.

    Raises:
        ValueError: ASSET_BUNDLES names a missing file, or a script that cannot be joined.
    """
    return {name: Bundle(name, _join(name, parts).encode()) for name, parts in settings.ASSET_BUNDLES.items()}


def _join(name: str, parts: tuple[str, ...]) -> str:
    if name.endswith(".js"):
        return str(rjsmin.jsmin("".join(join_modules(part, _read) for part in parts)))
    return str(rcssmin.cssmin("".join(_style_part(part) for part in parts)))


def _style_part(path: str) -> str:
    """Return a style sheet with addresses that hold from anywhere; `print.css` in a block for print."""
    folder = f"{settings.STATIC_URL}{path.rpartition('/')[0]}/"
    css = RELATIVE_URL.sub(rf"url({folder}\1)", _read(path))
    return f"@media print {{\n{css}}}\n" if path.endswith("/print.css") else css


def _read(path: str) -> str:
    found = finders.find(path)
    if found is None:
        raise ValueError(f"there is no static file {path}")
    return Path(found).read_text(encoding="utf-8")
