"""Run the decoder process for one picture: one at a time on this machine, within limits."""

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from stoppress.imaging.results import Refusal, RefusedPictureError, Renditions
from stoppress.runtime.processes.leader_lock import FileLock

log = logging.getLogger(__name__)

MAX_SECONDS = 60.0
"""Time that one picture may take, while other processes use the processor too."""
MAX_WAIT_SECONDS = 60.0
"""Time to wait for the pictures before this one."""
MAX_WAITING = 3
"""Pictures that this process may decode or wait for; further ones are refused. Each holds a thread of the desk."""
POLL_SECONDS = 0.05
_places = BoundedSemaphore(MAX_WAITING)


def decode_picture(data: bytes, folder: Path, lock: Path) -> Renditions:
    """Write the renditions of a picture into `folder`.

    Args:
        data: the file.
        folder: an empty folder.
        lock: a file that all processes of this machine lock while they decode.

    Raises:
        RefusedPictureError: the file cannot be used, or the decoder is busy.
    """
    if not _places.acquire(blocking=False):
        raise RefusedPictureError(Refusal.BUSY)
    try:
        machine = FileLock(lock)
        _wait_for(machine)
        try:
            return _parse_result(_run(data, folder))
        finally:
            machine.release()
    finally:
        _places.release()


def _wait_for(lock: FileLock) -> None:
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while not lock.acquire():
        if time.monotonic() > deadline:
            raise RefusedPictureError(Refusal.BUSY)
        time.sleep(POLL_SECONDS)


def _run(data: bytes, folder: Path) -> bytes:
    """Return what the decoder printed."""
    command = (sys.executable, "-m", "stoppress.imaging.decoder", str(folder))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STOPPRESS_")}
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=MAX_SECONDS, env=environment, check=False
        )
    except subprocess.TimeoutExpired as error:
        log.warning("picture of %d bytes: decoder killed after %.0f s", len(data), MAX_SECONDS)
        raise RefusedPictureError(Refusal.COSTLY) from error
    except OSError as error:
        log.exception("picture of %d bytes: no decoder process could be started", len(data))
        raise RefusedPictureError(Refusal.BUSY) from error
    if done.returncode:
        seconds, last_line = (
            time.monotonic() - started,
            done.stderr.decode(errors="replace").strip().rpartition("\n")[2],
        )
        log.warning(
            "picture of %d bytes: decoder ended with code %d after %.1f s: %s",
            *(len(data), done.returncode, seconds, last_line[:200]),
        )
        raise RefusedPictureError(Refusal.COSTLY)
    return done.stdout


def _parse_result(output: bytes) -> Renditions:
    result: dict[str, Any] = json.loads(output)
    if "refusal" in result:
        raise RefusedPictureError(Refusal(result["refusal"]), result["detail"])
    return Renditions(**result)
