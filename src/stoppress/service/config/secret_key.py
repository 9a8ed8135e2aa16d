"""The signing key: configured, or created once and kept in the home folder."""

import secrets
from pathlib import Path

from stoppress.runtime.atomic_files import create_atomically
from stoppress.service.config.field_types import describe_weak_key
from stoppress.service.config.home_folder import find_traces_of_use
from stoppress.service.config.model import Config
from stoppress.service.config_errors import SettingsError

KEY_FILE = "secret.key"
_created: set[Path] = set()
"""Key files that this process created."""


def secret_key(config: Config) -> str:
    """Return the configured key, or the one in the home folder, which is created for its owner only if missing.

    Raises:
        SettingsError: the home folder cannot be used, the key is weak, or a home folder in use has lost its key.
    """
    if given := config.secret_key.get_secret_value():
        return given
    path = config.home / KEY_FILE
    try:
        if not path.exists():
            _create_key(path, config)
        if path.is_dir():
            raise SettingsError(f"{path} must be a file with the key, but it is a folder")
        if not path.is_file():
            raise SettingsError(f"{path} must be a file with the key, but it is a pipe, socket or device")
        key = path.read_bytes().decode("ascii").strip()
    except OSError as error:
        raise SettingsError(
            f"home must be a folder that can be written, got {str(config.home)!r}: {error.strerror}"
        ) from error
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is damaged: it must hold ASCII text; restore it from a backup") from None
    if weakness := describe_weak_key(key):
        raise SettingsError(f"{path} is damaged: the key {weakness}; restore it from a backup")
    return key


def _create_key(path: Path, config: Config) -> None:
    traces = find_traces_of_use(config)
    if traces and not path.exists():  # another process may have created key and database meanwhile
        raise SettingsError(
            f"{path} is missing, but the home folder is in use (it has {traces[0]}); restore the key from a backup: "
            "with another one, links in mail that was sent stop working"
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_atomically(path, secrets.token_urlsafe(48).encode())
    _created.add(path)


def discard_new_key(home: Path) -> bool:
    """Delete the key file if this process created it; return True if it did."""
    path = home / KEY_FILE
    if path not in _created:
        return False
    path.unlink(missing_ok=True)
    _created.discard(path)
    return True
