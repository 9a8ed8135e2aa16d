"""A Ctrl-C that a library swallowed is not lost."""

import signal
import subprocess
import sys

SWALLOWED = """
import os, signal
from stoppress.service import interrupts
interrupts.listen()
interrupts.heed()
try:
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()
except BaseException:
    pass
print("still here", flush=True)
interrupts.heed()
print("not stopped")
"""


def test_what_was_swallowed_is_raised_before_anything_runs_on():
    done = subprocess.run([sys.executable, "-c", SWALLOWED], capture_output=True, text=True, timeout=30)
    assert done.stdout == "still here\n"
    assert done.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in done.stderr
