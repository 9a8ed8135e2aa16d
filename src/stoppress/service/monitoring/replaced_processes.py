"""Count the processes that a supervisor replaced, for /metrics: a small file of each supervisor in `run/`."""

import contextlib
import json
import os
from collections import Counter
from pathlib import Path

from stoppress.runtime.atomic_files import write_atomically
from stoppress.runtime.processes.child_process import is_process_alive
from stoppress.runtime.processes.guardian import REPLACED_VARIABLE

REASONS = ("hung", "ended")


class ReplacedProcesses:
    """The counts of this supervisor.

    Args:
        folder: the `run` folder of the home.
        roles: the supervised roles; their counts begin at 0.
    """

    def __init__(self, folder: Path, roles: set[str]) -> None:
        self._path = folder / f"{os.getpid()}.replaced"
        self._counts = Counter({f"{role} {reason}": 0 for role in roles for reason in REASONS})
        if guarded := os.environ.get(REPLACED_VARIABLE):
            role, *counts = guarded.split()
            self._counts |= {f"{role} {reason}": int(count) for reason, count in zip(REASONS, counts, strict=True)}
        self._write()

    def count(self, role: str, reason: str) -> None:
        """Count one replaced process."""
        self._counts[f"{role} {reason}"] += 1
        self._write()

    def _write(self) -> None:
        with contextlib.suppress(OSError):  # a full disk: the log has it
            write_atomically(self._path, json.dumps(self._counts).encode(), durable=False)


def read_replaced_processes(folder: Path) -> dict[tuple[str, str], int]:
    """Return the number of replaced processes by role and reason, over all living supervisors."""
    sums: Counter[tuple[str, str]] = Counter()
    for path in folder.glob("[0-9]*.replaced"):
        with contextlib.suppress(OSError, ValueError):
            if not is_process_alive(int(path.stem)):
                path.unlink(missing_ok=True)
                continue
            for name, count in json.loads(path.read_text(encoding="utf-8")).items():
                role, _, reason = name.partition(" ")
                sums[role, reason] += count
    return dict(sums)
