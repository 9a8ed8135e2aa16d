"""The end of a parent's pipe stops a process; what else standard input may be does not."""

import subprocess
import sys

PROGRAM = """
import asyncio
from stoppress.runtime.processes.parent_pipe import watch_parent

async def main():
    closed, heard = asyncio.Event(), []
    transport = await watch_parent(closed.set, heard.append)
    print("watching" if transport else "alone", flush=True)
    if transport:
        await asyncio.wait_for(closed.wait(), 20)
        print(b"".join(heard).decode(), flush=True)

asyncio.run(main())
"""


def test_what_the_parent_writes_is_passed_on_and_its_end_is_reported() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], input="abc", capture_output=True, text=True, timeout=60)
    assert done.stdout == "watching\nabc\n", done.stderr


def test_under_a_service_manager_there_is_no_parent_to_watch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "alone\n", done.stderr
