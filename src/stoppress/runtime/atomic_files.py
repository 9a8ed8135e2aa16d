"""Replace files as a whole: a reader finds the old content or the new, also after a crash or on a full disk."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write `data` to `path`; a file of that name is replaced in one step.

    Args:
        path: The file to write. Its folder must exist.
        data: The whole content.
        durable: Wait until the disk has it. Without, a power cut may bring the old file back, or an empty one.

    Raises:
        OSError: The file was not written. Nothing is left of it, and an old one is unchanged.
    """
    with open_atomically(path, durable=durable) as file:
        file.write(data)


def create_atomically(path: Path, data: bytes) -> None:
    """Write `data` to a new file that only its owner may read, unless there is a file of that name.

    Of several processes that start at once one creates the file, and all find its content.

    Raises:
        OSError: The file was not written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


@contextmanager
def open_atomically(path: Path, *, durable: bool = True) -> Iterator[BufferedWriter]:
    """Open a draft to be written, which replaces `path` when the block ends without an exception.

    Args:
        path: The file to replace. Its folder must exist.
        durable: As in `write_atomically`.

    Raises:
        OSError: The file was not written. Nothing is left of it, and an old one is unchanged.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # half a file must not keep a full disk full
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Write the folder to disk: only then the new name of a file is safe."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
