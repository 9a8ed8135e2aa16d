"""Files that are there as a whole or not at all, also when the power goes or the disk is full."""

import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, in one step for whoever looks; a file of that name is replaced.

    Raises OSError if it could not be written; nothing is left of it then.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # half a file must not keep a full disk full
    _keep_the_name(path.parent)


def _keep_the_name(folder: Path) -> None:
    """A new name is only safe when its folder is written too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
