"""The signing key: configured, or created once and kept in the home folder."""

import secrets

from stoppress.runtime.atomic_files import create_atomically
from stoppress.service.config.model import Config
from stoppress.service.config_errors import SettingsError


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
            create_atomically(path, secrets.token_urlsafe(48).encode())
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(
            f"home must be a folder that can be written, got {str(config.home)!r}: {error.strerror}"
        ) from error
