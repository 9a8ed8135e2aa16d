"""Replace files as a whole: a reader finds the old or the new content, even after a crash or on a full disk."""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write `data` to `path`, and replace an existing file in one step.

    Args:
        path: The file to write. Its folder must exist.
        data: The whole content.
        durable: Wait until the data is on disk. If False, a power cut may restore the old file, or leave an empty one.

    Raises:
        OSError: if the file cannot be written. No partial file remains, and an existing file is unchanged.
    """
    with open_atomically(path, durable=durable) as file:
        file.write(data)


def create_atomically(path: Path, data: bytes) -> None:
    """Write `data` to a new file that only its owner may read (mode 0600), unless the file exists.

    If several processes call this at once, one creates the file and all of them read the same content.

    Raises:
        OSError: if the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


@contextmanager
def open_atomically(path: Path, *, durable: bool = True) -> Iterator[BufferedWriter]:
    """Open a temporary file that replaces `path` when the block ends without an exception.

    Args:
        path: The file to replace. Its folder must exist.
        durable: As in `write_atomically`.

    Raises:
        OSError: if the file cannot be written. No partial file remains, and an existing file is unchanged.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # a partial file must not keep a full disk full
    if durable:
        _sync_folder(path.parent)


def move_durably(targets: Mapping[Path, Path]) -> None:
    """Move complete files to their targets, by source, on the same file system; return when they are on disk.

    Raises:
        OSError: if a file cannot be written to disk or moved.
    """
    for source, target in targets.items():
        with source.open("rb") as file:
            os.fsync(file.fileno())
        source.replace(target)
    for folder in {target.parent for target in targets.values()}:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Write the folder to disk: only then does a new file name survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
