"""The end of a parent's pipe is detected; any other standard input is ignored."""

import subprocess
import sys

PROGRAM = """
import asyncio
from stoppress.runtime.processes.parent_pipe import watch_parent

async def main():
    closed, received = asyncio.Event(), []
    transport = await watch_parent(closed.set, received.append)
    print("watching" if transport else "alone", flush=True)
    if transport:
        await asyncio.wait_for(closed.wait(), 20)
        print(b"".join(received).decode(), flush=True)

asyncio.run(main())
"""


def test_watch_parent_passes_on_data_and_reports_the_end_of_the_pipe() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], input="abc", capture_output=True, text=True, timeout=60)
    assert done.stdout == "watching\nabc\n", done.stderr


def test_watch_parent_returns_none_when_standard_input_is_dev_null() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "alone\n", done.stderr
