"""At most one process holds a file lock, and the kernel releases it when the holder ends."""

import subprocess
import sys
from pathlib import Path

from stoppress.runtime.processes.leader_lock import FileLock

HOLDER = """
import sys
from pathlib import Path
from stoppress.runtime.processes.leader_lock import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def test_file_lock_has_one_holder_until_it_is_released(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "a.lock"), FileLock(tmp_path / "a.lock")
    assert first.acquire() and first.acquire()
    assert not second.acquire()
    second.release()
    assert not second.acquire()
    first.release()
    assert second.acquire() and not first.acquire()


def test_file_lock_is_free_when_its_holder_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "True\n"
        assert not FileLock(path).acquire()
        holder.kill()
        holder.wait(20)
        assert FileLock(path).acquire()
