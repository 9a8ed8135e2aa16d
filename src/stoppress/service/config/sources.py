"""Where settings come from: variables `STOPPRESS_…` and `DATABASE_URL`, and one TOML file."""

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path

from pydantic_settings import BaseSettings, TomlConfigSettingsSource

from stoppress.service.config_errors import SettingsError

PREFIX = "STOPPRESS_"
OTHER_VARIABLES = frozenset({"STOPPRESS_CONFIG", "STOPPRESS_PASSWORD"})
"""Variables that are read elsewhere: the path of the file, and the password for `stoppress people`."""


def config_path() -> Path:
    """Return the path of the TOML file, which need not exist unless STOPPRESS_CONFIG names it."""
    return Path(os.environ.get("STOPPRESS_CONFIG", "stoppress.toml"))


class TomlSource(TomlConfigSettingsSource):
    """The TOML file; a file that is named but missing, or that cannot be read, is refused."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        path = config_path()
        if str(path) != os.devnull and not os.path.isfile(path):  # noqa: PTH113  Path.is_file raises for a path that is too long
            if "STOPPRESS_CONFIG" in os.environ:
                raise SettingsError(f"STOPPRESS_CONFIG must name a file that exists, got {str(path)!r}")
            if os.path.lexists(path):
                raise SettingsError(f"{path} must be a file, but it is a folder, a pipe or a broken link")
        try:
            super().__init__(settings_cls, path)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise SettingsError(f"{path} cannot be read: {error}") from error
        except RecursionError:
            raise SettingsError(f"{path} cannot be read: lists or tables are nested too deeply") from None


def unknown_variables(settings_cls: type[BaseSettings]) -> list[str]:
    """Return one line for each variable `STOPPRESS_…` that is no setting."""
    known = set(settings_cls.model_fields)
    given = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name not in OTHER_VARIABLES)
    return [describe_unknown(name, known) for name in given if name.upper().removeprefix(PREFIX).lower() not in known]


def describe_unknown(name: str, known: set[str]) -> str:
    """Return the message for an unknown name, with the known field that resembles it most, written alike."""
    bare = name.upper().removeprefix(PREFIX)
    similar = get_close_matches(bare.lower(), known, n=1)
    if not similar:
        return f"{name} is not a setting; see docs/settings.md"
    is_variable = len(bare) < len(name)
    return f"{name} is not a setting; did you mean {PREFIX + similar[0].upper() if is_variable else similar[0]}?"
