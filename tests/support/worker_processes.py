"""The worker processes of a running installation."""

from pathlib import Path

from tests.support.installation import Installation


def worker_pids(installation: Installation) -> list[int]:
    return [pid for pid in installation.children() if b"--worker" in command_line(pid)]


def command_line(pid: int) -> bytes:
    """Its command line; nothing if it has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
