"""The signing key: configured, or created once and kept in the home folder."""

import os
import secrets
from pathlib import Path

from stoppress.service.config.errors import BadSetting
from stoppress.service.config.model import Config


def secret_key(config: Config) -> str:
    """Return the configured key, or the one in the home folder, which is created for its owner only if missing.

    Raises:
        BadSetting: the home folder cannot be used.
    """
    if given := config.secret_key.get_secret_value():
        return given
    path = config.home / "secret.key"
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create(path, secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise BadSetting(
            f"home must be a folder that can be written, got {str(config.home)!r}: {error.strerror}"
        ) from error


def _create(path: Path, text: str) -> None:
    """Create the file unless it exists. Of two processes the first to link its file wins; both read the same key."""
    own = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
